"""The command `gongdan`: the one layer that may know all four services.

Every command has `--help` and, where it answers something, `--json`; exit codes are 0 done, 1 failed, 2 misused.
Modules: `app.py` the index of commands; `run.py`, `everything.py`, `serve.py`, `prepare.py` start things; `sample.py`,
`story.py` fill them; `tickets.py` looks at tickets; `trying/` runs the pure parts without a server; `operate.py`,
`dead_letters.py`, `doctor.py`, `rebuild.py` look after them; `door.py` is the way in over HTTP.
"""

import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from services.cli.answer import explain
    from services.cli.app import app

    try:
        app(prog_name="gongdan")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - the boundary: what went wrong is said to a person, in words
        sys.exit(explain(error))
