"""What the Makefile, tox and the wheel build call; none of it is installed."""
