"""Installs the core and some or all plugins into the environment it runs in.

    python -m tools.install NAME…         the core, its test kit and these plugins
    python -m tools.install --everything  the core, all plugins with what they can do
                                          without (their extras), and the tools

One way for the Makefile and for tox: versions follow constraints.txt.
"""

import subprocess
import sys

from tools.distributions import ROOT, Distribution, plugins

PINS = ["-c", "constraints.txt", "-b", "constraints.txt"]


def main(arguments: list[str]) -> int:
    """Installs what the arguments name; the exit code is uv's, 2 for a wrong name."""
    is_everything = arguments == ["--everything"]
    folders = {p.folder.name: _asked(p, extras=is_everything) for p in plugins()}
    wanted = list(folders) if is_everything else arguments
    if unknown := sorted(set(wanted) - set(folders)):
        print(f"No folder under plugins/: {', '.join(unknown)}", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", *PINS]
    command += ["--python", sys.executable, "-e", ".[testing]"]
    command += [part for name in wanted for part in ("-e", folders[name])]
    if is_everything:
        command += ["--group", "dev"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603  # uv, with our own folders


def _asked(plugin: Distribution, *, extras: bool) -> str:
    """How uv is asked for a plugin: its folder, with all of its extras or none."""
    folder = f"./plugins/{plugin.folder.name}"
    names = plugin.read_project()["project"].get("optional-dependencies", {})
    return f"{folder}[{','.join(names)}]" if extras and names else folder


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
