"""The program with one thing wrong in it, to show that the checkers find it.

`table.py` names all of them; `python -m tests.chaos.mutants <name> serve …` is the program with one of them, and
nothing of it is in the program itself. `python -m tests.chaos --mutants` shows each of them to the checkers.
"""
