"""Lets `python -m crmkit` do what the command `crmkit` does."""

from crmkit.cli import main

main(prog_name="crmkit")
