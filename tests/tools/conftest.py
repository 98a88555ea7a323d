from pathlib import Path

import pytest


class Tree:
    """A small repository to try the tools on."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target


@pytest.fixture
def tree(tmp_path):
    """A repository with a core and two plugins, `alpha` and `beta`."""
    made = Tree(tmp_path)
    made.write("pyproject.toml", "")
    for package in ("hooks", "core", "web", "cli", "testing"):
        made.write(f"crmkit/{package}/__init__.py", '__all__ = ["Public"]\n')
    for plugin in ("alpha", "beta"):
        made.write(f"plugins/{plugin}/pyproject.toml", "")
        made.write(f"plugins/{plugin}/crmkit_{plugin}/__init__.py", "")
    return made
