"""`python -m services` is the command `gongdan`."""

from services.cli import main

main()
