"""The guide to a first plugin, followed word for word, ends with gold."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import DOCS

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_END = re.compile(r"# at the end of (\S+)\n")
_INSTEAD = re.compile(r"# in (\S+), instead of: (.+)\n")


def steps():
    """Language and text of each block of the guide."""
    guide = (DOCS / "first-plugin.md").read_text(encoding="utf-8")
    return [(match[1], match[2]) for match in _FENCE.finditer(guide)]


def write(project: Path, text: str) -> None:
    """Do with a file what the first line of a block says."""
    if match := _END.match(text):
        file = project / match[1]
        file.write_text(file.read_text("utf-8") + text[match.end() :], "utf-8")
        return
    match = _INSTEAD.match(text)
    assert match is not None, text
    file, old = project / match[1], match[2] + "\n"
    before = file.read_text("utf-8")
    assert before.count(old) == 1, f"{old} is not once in {file}"
    file.write_text(before.replace(old, text[match.end() :]), "utf-8")


def run(command: str, folder: Path) -> str:
    """What a command of the guide prints."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603  (the guide is ours)
        ["/bin/bash", "-ec", command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """The folder in which the guide was followed, and what it printed last."""
    folder = tmp_path_factory.mktemp("guide")
    said = ""
    for language, text in steps():
        if language == "sh":
            said = run(text, folder)
        elif language in {"python", "po"}:
            write(folder / "crmkit-house-calls", text)
    return folder, said


def test_the_plugin_of_the_guide_is_gold(followed):
    facts = json.loads(followed[1])
    assert (facts["grade"], facts["failed"]) == ("gold", [])
    assert facts["passed"] > 60


def test_its_wheel_is_installed_and_runs(followed):
    project = followed[0] / "crmkit-house-calls"
    here = Path(sys.executable).parent
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    run(
        f"""
        {here}/python -m hatchling build -t wheel -d dist > /dev/null
        {here}/python -m uv venv --quiet --offline --python {here}/python scratch
        beside=$(scratch/bin/python -c "{where}")
        echo "import site; site.addsitedir('$({here}/python -c "{where}")')" \\
            > $beside/beside.pth
        {here}/python -m uv pip install --quiet --offline --no-deps --no-index \\
            --python scratch/bin/python dist/*.whl
        """,
        project,
    )
    said = run(
        """
        export CRMKIT_DATABASE_URL=sqlite:///$PWD/scratch.db
        export CRMKIT_PLUGINS='["house_calls"]'
        scratch/bin/python -m crmkit db upgrade > /dev/null
        scratch/bin/python -m crmkit plugins show house_calls
        scratch/bin/python -m crmkit house-calls
        """,
        project,
    )
    assert "state: active" in said
    assert "Nobody pinned a lead." in said
