"""What Sphinx needs to know; `make docs` runs it."""

project = "crmkit"
copyright = "The crmkit authors"  # noqa: A001  # Sphinx reads this name
extensions = ["myst_parser"]
html_theme = "furo"
exclude_patterns = ["_build"]
myst_heading_anchors = 3
