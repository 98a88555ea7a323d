"""Writes api.json: all that plugins and scripts may rely on, one line for each thing.

Without an argument it writes the file, unless the difference would break a plugin and
the major of the plugin API is the same. `--check` only tells: it fails on what breaks,
and where the file is not up to date. `--break` writes in any case, while crmkit itself
is at version 0.
"""

from __future__ import annotations

import importlib
import json
import sys
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import crmkit
from crmkit.hooks import PLUGIN_API, all_hooks

from tools.api_breaks import find_breaks
from tools.api_names import Described, describe
from tools.api_operations import describe_operations
from tools.distributions import ROOT
from tools.event_kinds import list_kinds
from tools.hooks import list_fields, read_hooks

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = ("hooks", "core", "web", "jobs", "cli", "testing")
TARGET = ROOT / "api.json"
Api = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Write or check the file; 1 where something has to be done first."""
    return settle(read_api(), arguments, TARGET)


def settle(new: Api, arguments: list[str], target: Path) -> int:
    """Write `new` to `target` or compare both; 1 where it breaks or is not fresh."""
    text = write_text(new)
    held = target.read_text(encoding="utf-8") if target.exists() else ""
    breaks = [] if not held else find_breaks(json.loads(held), new)
    may_break = "--break" in arguments and crmkit.__version__.startswith("0.")
    if breaks and not may_break:
        for sentence in breaks:
            print(sentence, file=sys.stderr)
        major = PLUGIN_API[0]
        print(
            f"Plugins of API {major} would break. Keep the old beside the new, or "
            f"raise PLUGIN_API in crmkit/hooks/manifest.py to ({major + 1}, 0). While "
            "crmkit is at version 0: python -m tools.api --break",
            file=sys.stderr,
        )
        return 1
    if "--check" in arguments:
        if held == text:
            return 0
        print("api.json is not up to date. Run: make api", file=sys.stderr)
        return 1
    target.write_text(text, encoding="utf-8")
    return 0


def read_api() -> Api:
    """The API as the code has it."""
    return {
        "plugin_api": {"version": list(PLUGIN_API)},
        **{f"crmkit.{name}": describe_package(f"crmkit.{name}") for name in PACKAGES},
        "hooks": _describe_hooks(),
        "events": dict.fromkeys(list_kinds(), "event"),
        "columns": _describe_columns(),
        "operations": _describe_operations(),
    }


def write_text(api: Api) -> str:
    """The file's text: a line for each name, so that a review shows what changed."""
    parts = []
    for section, entries in api.items():
        lines = [
            f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}"
            for name, value in sorted(entries.items())
        ]
        parts.append(f" {json.dumps(section)}: {{\n" + ",\n".join(lines) + "\n }")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def describe_package(name: str) -> dict[str, Described]:
    """Each public name of a package, with how it is used."""
    package = importlib.import_module(name)
    return {entry: describe(getattr(package, entry)) for entry in package.__all__}


def _describe_hooks() -> dict[str, Described]:
    told = read_hooks()
    return {
        hook.name: {
            "form": hook.form,
            "context": hook.context.__name__,
            "fields": sorted(list_fields(hook.context)),
            "answer": told[hook.name].answer,
        }
        for hook in all_hooks()
    }


def _describe_columns() -> dict[str, Described]:
    """The columns of the core's tables, to which those of plugins may refer."""
    from crmkit.core.db import Base  # noqa: PLC0415  (its models are loaded by now)

    return {
        f"{table.name}.{column.name}": type(column.type).__name__.lstrip("_")
        + (" or null" if column.nullable else "")
        for table in Base.metadata.tables.values()
        for column in table.columns
    }


def _describe_operations() -> dict[str, Described]:
    from crmkit.app import open_crm  # noqa: PLC0415  (the doors are slow to load)
    from crmkit.core import Settings  # noqa: PLC0415
    from crmkit.web import create_app  # noqa: PLC0415

    with TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{folder}/api.db", plugins=())
        crm = open_crm(settings)
        try:
            return describe_operations(create_app(crm).openapi())
        finally:
            crm.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
