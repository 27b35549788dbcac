"""Intake's routes: `contacts.py` what comes in, `directory.py` callers and imports, `look.py` the ledger."""
