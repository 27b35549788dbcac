"""`python -m tests.chaos.mutants <name> serve …`: the program with one thing wrong in it."""

import sys

from services.cli import main
from tests.chaos.mutants.table import MUTANTS, NOTHING_WRONG

name = sys.argv.pop(1)
MUTANTS.get(name, NOTHING_WRONG).patch()
main()
