# The index of commands: each target says after ## what it does. What is done, Python does.
PYTHON ?= python3
PY = .venv/bin/python
ARGS ?=
ROUNDS ?= 20
SEED ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint format types imports unit bench chaos lock

help: ## print these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 16

setup: ## the environment in .venv with the command gongdan, and Kafka's jars; quick when nothing changed
	@$(PYTHON) bootstrap.py

run: setup ## everything on this machine, with the sample chain and its story; ARGS="--port 9000 --no-story"
	@$(PY) -m services run $(ARGS)

test: setup ## all tests, with real servers; ARGS="tests/e2e -k cup"
	@$(PY) -m $(if $(ARGS),pytest $(ARGS),tests.check tests)

check: setup ## all that needs no server: format, lint, types, imports, unit, contract, tidy
	@$(PY) -m tests.check

lint: setup ## style: ruff and its formatter, nothing is changed
	@$(PY) -m tests.check format lint

format: setup ## lay the code out, and mend what can be mended by itself
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

types: setup ## mypy, strict
	@$(PY) -m tests.check types

imports: setup ## who may import whom
	@$(PY) -m tests.check imports

unit: setup ## tests without a server: unit, contract, tidy
	@$(PY) -m tests.check unit contract tidy

bench: setup ## figures beside their raw baselines of the same run, as a table and JSON
	@$(PY) -m tests.bench $(ARGS)

chaos: setup ## break the machine under load, then check the laws; ROUNDS=100 SEED=7 ARGS="--faults kill,freeze"
	@$(PY) -m tests.chaos --rounds $(ROUNDS) --seed $(SEED) $(ARGS)

lock: setup ## requirements.lock anew from pyproject.toml
	@$(PY) -m uv pip compile pyproject.toml --extra dev --universal --generate-hashes --python-version 3.11 --no-emit-index-url --quiet --output-file requirements.lock
