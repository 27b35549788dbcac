"""Building intake's contacts, tickets and numbers anew from offset zero, beside the live ones.

`fold.py` says what each record of the log makes of them; `beside.py` keeps them beside the live ones, one partition at
a time; `run.py` compares the two and exchanges them.
"""

from services.intake.rebuild.run import Report, rebuild

__all__ = ["Report", "rebuild"]
