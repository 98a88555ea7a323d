"""An environment of its own, with the distributions of tests/plugins_bad installed."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.wheel import WheelBuilder

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]
PROBE = Path(__file__).with_name("probe.py")


@dataclass(frozen=True, slots=True)
class Scratch:
    """A virtual environment beside ours, which sees what ours has."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def install(self, projects: Iterable[Path]) -> None:
        """Build the wheel of each project, and install all of them."""
        wheels = self.folder / "wheels"
        built = [
            artifact
            for project in projects
            for artifact in WheelBuilder(str(project)).build(directory=str(wheels))
        ]
        self._pip("install", "--no-deps", "--no-index", *built)

    def _pip(self, what: str, *arguments: str) -> None:
        command = ["pip", what, "--quiet", "--offline", "--python", str(self.python)]
        _uv(*command, *arguments)

    def probe(self, database: Path, *plugins: str) -> dict[str, Any]:
        """What came of each plugin, alone on a copy of `database`; see probe.py."""
        done = subprocess.run(  # noqa: S603  (our own program)
            [str(self.python), "-B", str(PROBE), str(database), *plugins],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def make_scratch(folder: Path) -> Scratch:
    """An environment that has our packages, and none of the hostile ones yet."""
    _uv("venv", "--quiet", "--offline", "--python", sys.executable, str(folder))
    scratch = Scratch(folder)
    (site,) = folder.glob("lib/python*/site-packages")
    ours = sysconfig.get_path("purelib")
    (site / "beside.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    return scratch


def _uv(*arguments: str) -> None:
    command = [sys.executable, "-m", "uv", *arguments]
    subprocess.run(command, check=True)  # noqa: S603  (uv, in a folder of the test)
