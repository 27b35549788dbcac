"""Building the read model anew from offset zero, beside the live one, in a process of its own.

`build.py` folds the log into a new generation, one partition at a time in bounded memory, `workers.py` with every core
if the log is long; `compare.py` tells whether it equals the live one at the same offsets, ticket by ticket; `switch.py`
flips the row that names the live generation; `run.py` does these one after the other.
"""

from services.projection.rebuild.run import Report, drop_retained, rebuild, switch_back

__all__ = ["Report", "drop_retained", "rebuild", "switch_back"]
