"""Runs mypy over everything in one go: the core, each plugin, all tests, the tools.

Packages are named, not paths: two `tests/conftest.py` would be one module to mypy.
"""

import os
import subprocess
import sys

from tools.distributions import ROOT, plugins


def main() -> int:
    """Checks; the exit code is mypy's."""
    packages = ["crmkit", "tools", "tests", "benchmarks"]
    folders = [ROOT]
    for plugin in plugins():
        packages += [plugin.package, f"plugins.{plugin.folder.name}.tests"]
        folders.append(plugin.folder)
    named = [part for name in packages if exists(name) for part in ("-p", name)]
    path = os.pathsep.join(str(folder) for folder in folders)
    command = [sys.executable, "-m", "mypy", *named, "-m", "hatch_build", *sys.argv[1:]]
    environment = {**os.environ, "MYPYPATH": path}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode  # noqa: S603  # mypy, with our own packages


def exists(name: str) -> bool:
    """Whether there is Python code of that name, in the root or in a plugin."""
    folders = [ROOT, *(plugin.folder for plugin in plugins())]
    return any(any((f / name.replace(".", "/")).rglob("*.py")) for f in folders)


if __name__ == "__main__":
    sys.exit(main())
