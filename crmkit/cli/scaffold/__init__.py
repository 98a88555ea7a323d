"""`crmkit plugins new`: the project of a plugin with one of each, which passes."""

from __future__ import annotations

from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

import crmkit
from crmkit.cli.printing import FailedError
from crmkit.hooks import ManifestError, Plugin

if TYPE_CHECKING:
    from pathlib import Path

_FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    ".gitignore": "gitignore",
    "{package}/__init__.py": "",
    "{package}/py.typed": "",
    "{package}/plugin.py": "plugin.py",
    "{package}/permissions.py": "permissions.py",
    "{package}/settings.py": "settings.py",
    "{package}/tables.py": "tables.py",
    "{package}/pins.py": "pins.py",
    "{package}/places.py": "places.py",
    "{package}/routes.py": "routes.py",
    "{package}/jobs.py": "jobs.py",
    "{package}/commands.py": "commands.py",
    "{package}/migrations/{id}_0001.py": "migration.py",
    "{package}/templates/pins.html": "pins.html",
    "{package}/templates/_panel.html": "panel.html",
    "{package}/locale/fr/LC_MESSAGES/{package}.po": "fr.po",
    "tests/test_pins.py": "test_pins.py",
    "tests/test_conformance.py": "test_conformance.py",
}
"""Each file of the project, and the template that it is written from."""


def make_project(name: str, folder: Path) -> Path:
    """The new folder, below `folder`, of the project of a plugin.

    `name` is its id or its distribution: `my_pins`, `my-pins` or `crmkit-my-pins`.
    Raises FailedError where it is no name of a plugin, or the folder is there.
    """
    plugin_id = name.lower().removeprefix("crmkit-").replace("-", "_")
    try:
        Plugin(id=plugin_id, name=plugin_id)
    except ManifestError as error:
        raise FailedError(str(error)) from error
    parts = {
        "id": plugin_id,
        "package": f"crmkit_{plugin_id}",
        "distribution": f"crmkit-{plugin_id.replace('_', '-')}",
        "command": plugin_id.replace("_", "-"),
        "title": plugin_id.replace("_", " ").capitalize(),
        "version": crmkit.__version__,
    }
    target = folder / parts["distribution"]
    if target.exists():
        sentence = f"{target} is there already; choose another name or folder."
        raise FailedError(sentence)
    for path, source in _FILES.items():
        file = target / path.format(**parts)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_read(source).safe_substitute(parts), encoding="utf-8")
    return target


def _read(source: str) -> Template:
    if not source:
        return Template("")
    path = files(__package__).joinpath("files", f"{source}.txt")
    return Template(path.read_text(encoding="utf-8"))
