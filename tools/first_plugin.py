"""Follows docs/first-plugin.md word for word in an environment that has nothing else.

    python -m tools.first_plugin

The wheel of crmkit is built and installed with its test kit outside the repository, and
every block of the guide is done as it stands. Prints how long that took, and how much
of it a person types.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import urllib.request
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from time import monotonic

from tools.distributions import ROOT

GUIDE = ROOT / "docs" / "first-plugin.md"
PROJECT = "crmkit-house-calls"
# So many characters a minute types who does it seldom: 40 words of 5.
TYPED_IN_A_MINUTE = 200
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_END = re.compile(r"# at the end of (\S+)\n")
_INSTEAD = re.compile(r"# in (\S+), instead of: (.+)\n")
_SERVES = re.compile(r"crmkit serves on (\S+)")
# What a build would fetch by itself stands there already; nothing asks the network.
_PIP = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_QUIET": "1"}


class GuideError(Exception):
    """A block of the guide cannot be done as it stands."""


@dataclass(slots=True)
class Followed:
    """What came of the guide: what each command printed, which pages were served.

    `seconds` is what the machine took, `minutes` what a person types.
    """

    printed: dict[str, str] = field(default_factory=dict)
    served: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    minutes: float = 0.0

    @property
    def grade(self) -> dict[str, object]:
        """What `crmkit plugins check . --json` said."""
        facts: dict[str, object] = json.loads(self.printed["crmkit plugins check"])
        return facts


def main() -> int:
    """Follow it; the exit code is 1 where the plugin is not as good as it can be."""
    with tempfile.TemporaryDirectory(prefix="crmkit-guide-") as name:
        followed = follow(Path(name))
    print(followed.printed["crmkit plugins check"].strip())
    print(f"Followed in {followed.seconds:.0f} s;", end=" ")
    print(f"{followed.minutes:.0f} minutes of typing.")
    return 0 if followed.grade["grade"] == "gold" else 1


def follow(folder: Path) -> Followed:
    """Do every block of the guide in an empty environment, made in `folder`.

    Raises GuideError with what was printed where a block cannot be done.
    """
    began = monotonic()
    followed = Followed()
    bin_folder = make_environment(folder / "environment")
    environment = _environment(bin_folder)
    here = folder
    typed = 0
    for language, text in read_blocks():
        typed += len(text)
        if language == "sh":
            for line in text.splitlines():
                if line.startswith("cd "):
                    here /= line.removeprefix("cd ")
                    continue
                said = _run(["/bin/bash", "-ec", line], here, environment)
                followed.printed[" ".join(line.split()[:3])] = said
        elif language == "console":
            followed.served = _serve(text, here, environment)
        else:
            write(folder / PROJECT, text)
    followed.seconds = monotonic() - began
    followed.minutes = typed / TYPED_IN_A_MINUTE
    return followed


def read_blocks() -> list[tuple[str, str]]:
    """Language and text of each block of the guide."""
    guide = GUIDE.read_text(encoding="utf-8")
    return [(match[1], match[2]) for match in _BLOCK.finditer(guide)]


def write(project: Path, text: str) -> None:
    """Do with a file of the project what the first line of a block says."""
    if match := _END.match(text):
        file = project / match[1]
        file.write_text(file.read_text("utf-8") + text[match.end() :], "utf-8")
        return
    match = _INSTEAD.match(text)
    if match is None:
        raise GuideError(text)
    file, old = project / match[1], match[2] + "\n"
    before = file.read_text("utf-8")
    if before.count(old) != 1:
        sentence = f"{old!r} is not once in {file}."
        raise GuideError(sentence)
    file.write_text(before.replace(old, text[match.end() :]), "utf-8")


def make_environment(folder: Path) -> Path:
    """A new environment with the wheel of crmkit and its test kit; its bin folder."""
    wheels, pins = folder.with_name("wheels"), ["-c", str(ROOT / "constraints.txt")]
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    _run([*build, "-d", str(wheels)], ROOT, dict(os.environ))
    (wheel,) = wheels.glob("crmkit-*.whl")
    uv, here = [sys.executable, "-m", "uv"], folder.parent
    venv = [*uv, "venv", "--quiet", "--offline", "--python", sys.executable]
    _run([*venv, str(folder)], here, dict(os.environ))
    install = [*uv, "pip", "install", "--quiet", "--offline", "--python", str(folder)]
    wanted = [f"crmkit[testing] @ {wheel.as_uri()}", "editables", str(_find_pip())]
    _run([*install, *pins, *wanted], here, dict(os.environ))
    return folder / "bin"


def _find_pip() -> Path:
    """The wheel of pip that comes with Python."""
    places = [Path(str(files("ensurepip"))) / "_bundled"]
    if elsewhere := sysconfig.get_config_var("WHEEL_PKG_DIR"):
        places.append(Path(elsewhere))
    return next(wheel for place in places for wheel in place.glob("pip-*.whl"))


def _environment(bin_folder: Path) -> dict[str, str]:
    """What a person has who activated the environment; nothing of the repository."""
    path = f"{bin_folder}{os.pathsep}/usr/bin{os.pathsep}/bin"
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    return {**kept, **_PIP, "PATH": path}


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(  # noqa: S603  (the guide is ours)
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sentence = f"{command[-1]}\n{done.stdout}\n{done.stderr}"
        raise GuideError(sentence)
    return done.stdout


def _serve(text: str, folder: Path, environment: dict[str, str]) -> dict[str, int]:
    """Serve as the block says, on a free port; the status of pages by path."""
    command = f"exec {text.strip().removeprefix('$ ')} --port 0"
    serving = subprocess.Popen(  # noqa: S603  (the guide is ours)
        ["/bin/bash", "-ec", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        match = _SERVES.search(serving.stdout.readline() if serving.stdout else "")
        if match is None:
            sentence = f"{command} did not serve."
            raise GuideError(sentence)
        return {path: _status(match[1] + path) for path in ("/healthz", "/readyz")}
    finally:
        serving.terminate()
        serving.wait()
        if serving.stdout:
            serving.stdout.close()


def _status(address: str) -> int:
    with urllib.request.urlopen(address) as answer:  # noqa: S310  (ours, on 127.0.0.1)
        status: int = answer.status
        return status


if __name__ == "__main__":
    sys.exit(main())
