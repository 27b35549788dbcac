"""Routing's database: how tickets are locked and loaded, how decisions are saved, in statements over many rows at once.

`changes.py` what a decision changes; `save.py` writes it with its events; `tickets.py` locks and loads; `crews.py` what
waits and what each holds; `deadlines.py` what is due; `answers.py` stored answers and the decisions in between;
`policies.py` the rules.
"""
