"""The distributions of this repository: the core, and each folder under plugins/."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Distribution:
    """One installable package: its folder, and the name Python code imports."""

    folder: Path
    package: str

    @property
    def code(self) -> Path:
        """The folder of the import package."""
        return self.folder / self.package

    @property
    def tests(self) -> Path:
        """The folder of its tests."""
        return self.folder / "tests"

    @property
    def french(self) -> Path:
        """The file of its French words."""
        name = f"{self.package}.po"
        return self.code / "locale" / "fr" / "LC_MESSAGES" / name

    def read_project(self) -> dict[str, Any]:
        """Its pyproject.toml."""
        return tomllib.loads((self.folder / "pyproject.toml").read_text("utf-8"))

    def list_sources(self, pattern: str = "*.py") -> Iterator[Path]:
        """The files of the import package, without fetched ones, sorted."""
        return (p for p in sorted(self.code.rglob(pattern)) if "vendor" not in p.parts)


def core(root: Path = ROOT) -> Distribution:
    """The distribution `crmkit`."""
    return Distribution(root, "crmkit")


def plugins(root: Path = ROOT) -> list[Distribution]:
    """The plugins: each folder under plugins/ with a pyproject.toml, by name."""
    found = sorted(path.parent for path in root.glob("plugins/*/pyproject.toml"))
    return [Distribution(folder, f"crmkit_{folder.name}") for folder in found]


def everything(root: Path = ROOT) -> list[Distribution]:
    """The core first, then the plugins."""
    return [core(root), *plugins(root)]
