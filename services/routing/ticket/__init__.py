"""One ticket as routing sees it, in pure functions: what it is, what a fact makes of it, what may be decided.

`state.py` what a ticket can be; `evolve.py` what a fact makes of it; `commands.py` what may be asked; `decide.py` the
one place that answers with facts; `route.py` and `assign.py` its larger leaves; `transitions.py` what the workflow
allows; `deadlines.py` by when; `places.py` which list it waits on and who holds it; `scope.py` whose tickets one may
touch; `seen.py` how much of the other sources a decision knew.
"""
