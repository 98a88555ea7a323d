"""Lets `python -m crmkit` do what the command `crmkit` does."""

from crmkit.cli import main

if __name__ == "__main__":
    main(prog_name="crmkit")
