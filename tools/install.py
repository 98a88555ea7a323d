"""Installs the core and some or all plugins into the environment it runs in.

    python -m tools.install NAME…         the core, its test kit and these plugins
    python -m tools.install --everything  the core, all plugins and the tools

One way for the Makefile and for tox: versions follow constraints.txt.
"""

import subprocess
import sys

from tools.distributions import ROOT, plugins

PINS = ["-c", "constraints.txt", "-b", "constraints.txt"]


def main(arguments: list[str]) -> int:
    """Installs what the arguments name; the exit code is uv's, 2 for a wrong name."""
    folders = {p.folder.name: f"./plugins/{p.folder.name}" for p in plugins()}
    wanted = list(folders) if arguments == ["--everything"] else arguments
    if unknown := sorted(set(wanted) - set(folders)):
        print(f"No folder under plugins/: {', '.join(unknown)}", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", *PINS]
    command += ["--python", sys.executable, "-e", ".[testing]"]
    command += [part for name in wanted for part in ("-e", folders[name])]
    if arguments == ["--everything"]:
        command += ["--group", "dev"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603  # uv, with our own folders


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
