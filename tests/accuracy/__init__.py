"""How often what is read in people's words is right: `python -m tests.accuracy` measures and writes `docs/accuracy.md`.

One module for each part with a function `report() -> str`, registered in `__main__.py`; `sets/` holds the cases, those
that the part was tuned on and those kept out of it.
"""
