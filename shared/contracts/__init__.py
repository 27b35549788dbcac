"""Contracts: topic cards, JSON Schemas of every version of every type, named examples, AsyncAPI.

`topics/*.yaml` are written by hand and are the one list of topics. `schemas/` and `asyncapi.json` are made from the
models and the cards by `python -m shared.contracts.write`, and committed: a test fails when a model changes without
a new version. `examples/<type>/*.json` are events as they may lie on the log, each one a test; an example of an old
version stays for ever.
"""
