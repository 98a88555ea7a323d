"""Writes api.json: the public names of crmkit and how each is called.

Plugins rely on these names; a change of the file shows in review what changed for them.
"""

import importlib
import inspect
import json
import re
import sys
from pathlib import Path

from tools.distributions import ROOT

PACKAGES = ("hooks", "core", "web", "jobs", "cli", "testing")
TARGET = ROOT / "api.json"


def main(target: Path = TARGET) -> int:
    """Writes the file."""
    api = {f"crmkit.{name}": describe_package(f"crmkit.{name}") for name in PACKAGES}
    text = json.dumps(api, indent=1, sort_keys=True, ensure_ascii=False)
    target.write_text(text + "\n", encoding="utf-8")
    print(f"{target.name}: {sum(map(len, api.values()))} names")
    return 0


def describe_package(name: str) -> dict[str, str]:
    """Each public name of a package with its form; empty where there is none yet."""
    try:
        package = importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name != name:
            raise
        return {}
    public = getattr(package, "__all__", [])
    return {entry: describe(getattr(package, entry)) for entry in public}


def describe(value: object) -> str:
    """How a name is called, or else what kind of value it is."""
    kind = type(value).__name__
    if not callable(value):
        return kind
    try:
        signature = str(inspect.signature(value))
    except (TypeError, ValueError):  # an alias or a class of C has no signature
        return kind
    return kind + re.sub(r" at 0x[0-9a-f]+", "", signature)  # not the same twice


if __name__ == "__main__":
    sys.exit(main())
