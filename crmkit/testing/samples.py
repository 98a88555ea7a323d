"""Plugins made by a test: in memory, or as a package with migrations on disk."""

from __future__ import annotations

from importlib import import_module, invalidate_caches
from types import ModuleType
from typing import TYPE_CHECKING, Any

from crmkit.core import Found
from crmkit.hooks import Plugin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VERSION = "1.0"


def sample_plugin(manifest: Plugin | str, *answers: Callable[[Any], Any]) -> ModuleType:
    """A plugin's module that lies in no package: its manifest (or id) and answers.

    Each of `answers` is a function that a hook's `impl` has marked.
    """
    if isinstance(manifest, str):
        manifest = Plugin(id=manifest, name=manifest.replace("_", " ").capitalize())
    module = ModuleType(f"crmkit_{manifest.id}")
    module.plugin = manifest  # type: ignore[attr-defined]  # a module made here
    for number, answer in enumerate(answers):
        setattr(module, f"answer_{number}", answer)
    return module


def found(module: ModuleType) -> Found:
    """`module` as if an installed package offered it."""
    return Found(module.plugin.id, VERSION, lambda: module)


def write_plugin(folder: Path, plugin_id: str, files: dict[str, str]) -> Found:
    """A plugin's package written below `folder`, which has to be on `sys.path`.

    `files` holds the text of each file by its path inside `crmkit_<id>/`; without
    `plugin.py` there is a manifest and nothing else.
    """
    package = f"crmkit_{plugin_id}"
    manifest = (
        "from crmkit.hooks import Plugin\n"
        f'plugin = Plugin(id="{plugin_id}", name="{plugin_id.capitalize()}")\n'
    )
    for path, text in {"__init__.py": "", "plugin.py": manifest, **files}.items():
        target = folder / package / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    invalidate_caches()
    return Found(plugin_id, VERSION, lambda: import_module(f"{package}.plugin"))
