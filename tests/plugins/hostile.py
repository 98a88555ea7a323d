"""The distributions of tests/plugins_bad, as if pip had installed them somewhere."""

from __future__ import annotations

import shutil
import sys
import tomllib
from importlib import invalidate_caches
from importlib.metadata import distributions
from pathlib import Path

from crmkit.core import Found

FOLDER = Path(__file__).parents[1] / "plugins_bad"
EVERY = tuple(sorted(path.name for path in FOLDER.iterdir() if path.is_dir()))


def install(site: Path, *names: str) -> list[Found]:
    """The plugins of these distributions, copied into `site` with their metadata."""
    for name in names:
        source = FOLDER / name
        project = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))
        about = project["project"]
        shutil.copytree(source / f"crmkit_{name}", site / f"crmkit_{name}")
        known = site / f"crmkit_{name}-{about['version']}.dist-info"
        known.mkdir()
        text = f"Name: {about['name']}\nVersion: {about['version']}\n"
        (known / "METADATA").write_text(text)
        points = about["entry-points"]["crmkit.plugins"].items()
        lines = ["[crmkit.plugins]", *(f"{key} = {value}" for key, value in points)]
        (known / "entry_points.txt").write_text("\n".join(lines))
    invalidate_caches()
    return [
        Found(point.name, one.version, point.load)
        for one in distributions(path=[str(site)])
        for point in one.entry_points.select(group="crmkit.plugins")
    ]


def forget() -> None:
    """Let the next test import them anew."""
    for name in [name for name in sys.modules if name.startswith("crmkit_bad_")]:
        del sys.modules[name]
