"""What `make check` and `make test` do: processes, two at a time, each with its seconds.

`python -m tests.check` runs every check that needs no server, `python -m tests.check lint types` some, `python -m
tests.check tests` all tests. Exit code 1 when one failed.
"""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
AT_ONCE = 2  # the cores of the smallest machine that this is meant for

# In the order of starting: what takes longest first, so that the others fit beside it.
CHECKS = {
    "types": ["mypy"],
    "unit": ["pytest", "-q", "--durations=5", "tests/unit"],
    "contract": ["pytest", "-q", "--durations=5", "tests/contract"],
    "tidy": ["pytest", "-q", "--durations=5", "tests/tidy"],
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "imports": ["lint-imports"],
}

# All tests: those of the whole program wait more than they compute, so that others fit beside them.
APART = {"program": ("chaos", "e2e"), "servers": ("integration",), "properties": ("properties",)}
TESTS = {
    **{name: ["pytest", "-q", *(f"tests/{part}" for part in parts)] for name, parts in APART.items()},
    "others": ["pytest", "-q", "tests", *(f"--ignore=tests/{part}" for parts in APART.values() for part in parts)],
}
COMMANDS = CHECKS | TESTS


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one check ended, with what it printed."""

    name: str
    passed: bool
    seconds: float
    output: str


def main(names: list[str]) -> int:
    """Run the named checks, or all, and print each as it ends. Answers the exit code."""
    wanted = {*(names or CHECKS), *(TESTS if "tests" in names else ())} - {"tests"}
    unknown = wanted - set(COMMANDS)
    if unknown:
        print(f"no such check: {', '.join(sorted(unknown))}; there are {', '.join(COMMANDS)}, and tests")
        return 2
    chosen = [name for name in COMMANDS if name in wanted]
    failed = []
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for ended in as_completed([threads.submit(run, name) for name in chosen]):
            outcome = ended.result()
            show(outcome)
            failed += [] if outcome.passed else [outcome.name]
    print(f"failed: {', '.join(failed)}" if failed else "all good")
    return 1 if failed else 0


def run(name: str) -> Outcome:
    """Start one check as a process of its own and wait for it."""
    began = time.monotonic()
    command = [str(Path(sys.executable).with_name(COMMANDS[name][0])), *COMMANDS[name][1:]]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return Outcome(name, done.returncode == 0, time.monotonic() - began, done.stdout + done.stderr)


def show(outcome: Outcome) -> None:
    """One line for what passed, with the last one that it printed; everything for what did not."""
    mark = "ok" if outcome.passed else "FAILED"
    last = outcome.output.strip().rpartition("\n")[2]
    print(f"{outcome.name:8} {mark:6} {outcome.seconds:6.1f} s  {last}", flush=True)
    if not outcome.passed:
        print(outcome.output, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
