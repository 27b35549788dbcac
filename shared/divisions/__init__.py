"""The official divisions of China, and the parser that finds them in an address.

`lists/` the committed lists, made by `deploy/divisions`; `gazetteer.py` the names, compiled once; `parse.py` reads an
address, by `mentions.py`, `reading.py`, `complete.py` with `typos.py` and `short_towns.py`, and `rest.py`; `rules.py`
every rule by name; `answer.py` the answer as JSON.
"""

from shared.divisions.answer import shown
from shared.divisions.parse import Address, Candidate, nearby, parse

__all__ = ["Address", "Candidate", "nearby", "parse", "shown"]
