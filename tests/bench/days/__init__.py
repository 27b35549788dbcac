"""Generated days of one store, played with different ways of matching: who is late, how far they drive, how evenly.

`python -m tests.bench.days` prints the table of docs/decisions/0018. `generate.py` makes the days, `play.py` plays
them, `ways.py` are the ways: one by one as the product does it, and matched together.
"""
