"""`python -m ganforge.cli` is `ganforge`."""

from ganforge.cli._main import main

main()
