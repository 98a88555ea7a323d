"""`crmkit plugins check`: a plugin's own tests and the suite, with a grade."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree.ElementTree import parse as parse_xml

from crmkit.cli.printing import FailedError

_SUITE = """\
from {module} import plugin as manifest

from crmkit.testing import PluginConformance


class TestConformance(PluginConformance):
    plugin = "{id}"
    partners = manifest.requires
"""
GRADES = ("none", "bronze", "silver", "gold")


@dataclass(frozen=True, slots=True)
class Project:
    """The sources of a plugin: its folder, and what its pyproject.toml says."""

    folder: Path
    name: str
    points: dict[str, dict[str, str]]

    @property
    def module(self) -> str:
        """The module of its manifest."""
        return next(iter(self.points["crmkit.plugins"].values()))

    @property
    def id(self) -> str:
        """Its id, as its entry point says."""
        return next(iter(self.points["crmkit.plugins"]))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One test: what it says, whose it is, and why it failed, if it did."""

    sentence: str
    is_of_suite: bool
    error: str


def read_project(folder: Path) -> Project:
    """The project in `folder`. Raises FailedError where it is none of a plugin."""
    path = folder / "pyproject.toml"
    if not path.is_file():
        sentence = f"There is no pyproject.toml in {folder}."
        raise FailedError(sentence)
    try:
        project: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))["project"]
        points: dict[str, dict[str, str]] = project["entry-points"]
        found = Project(folder.resolve(), project["name"], points)
        found.module  # noqa: B018  (raises where there is no entry point)
    except (KeyError, StopIteration, tomllib.TOMLDecodeError) as error:
        sentence = (
            f"{path} names no plugin: it wants [project.entry-points."
            f'"crmkit.plugins"] with one line like visits = "crmkit_visits.plugin".'
        )
        raise FailedError(sentence) from error
    return found


def check_project(project: Project, databases: str, profile: str) -> list[Outcome]:
    """Run its tests and the suite, without installing it; what came of each."""
    if find_spec("pytest") is None:
        raise FailedError('Tests need more: pip install "crmkit[testing]".')
    with TemporaryDirectory(prefix="crmkit-check-") as name:
        folder = Path(name)
        _pretend_installed(project, folder)
        suite = folder / "test_conformance.py"
        own = project.folder / "tests"
        paths = [own] if own.is_dir() else []
        if not _has_suite(own):
            text = _SUITE.format(module=project.module, id=project.id)
            suite.write_text(text, encoding="utf-8")
            paths.append(suite)
        return _run(
            project, folder, paths, {"databases": databases, "profile": profile}
        )


def grade(outcomes: list[Outcome]) -> str:
    """How good it is.

    Gold: everything passes, and it has tests of its own. Silver: the suite passes.
    Bronze: it starts, keeps its data apart, and is silent when switched off.
    """
    failed = [one for one in outcomes if one.error]
    suite = [one for one in failed if one.is_of_suite]
    own = [one for one in outcomes if not one.is_of_suite]
    if not outcomes or any(_is_grave(one) for one in suite):
        return GRADES[0]
    if suite:
        return GRADES[1]
    return GRADES[3] if own and not failed else GRADES[2]


def _is_grave(outcome: Outcome) -> bool:
    words = ("it starts", "switched off", "taken away", "lives its life", "core")
    return any(word in outcome.sentence for word in words)


def _has_suite(tests: Path) -> bool:
    texts = (path.read_text("utf-8") for path in tests.rglob("test_*.py"))
    return any("PluginConformance" in text for text in texts)


def _pretend_installed(project: Project, folder: Path) -> None:
    """Metadata that names the plugin's entry points, as installing it would write."""
    info = folder / f"{project.name.replace('-', '_')}-0.dist-info"
    info.mkdir()
    head = f"Metadata-Version: 2.1\nName: {project.name}\nVersion: 0\n"
    (info / "METADATA").write_text(head, encoding="utf-8")
    lines = []
    for group, points in project.points.items():
        lines.append(f"[{group}]")
        lines += [f"{name} = {value}" for name, value in points.items()]
    text = "\n".join(lines) + "\n"
    (info / "entry_points.txt").write_text(text, encoding="utf-8")


def _run(
    project: Project, folder: Path, paths: list[Path], chosen: dict[str, str]
) -> list[Outcome]:
    report = folder / "report.xml"
    places = [str(folder), str(project.folder), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(place for place in places if place),
        "CRMKIT_TEST_DATABASES": chosen["databases"],
        "CRMKIT_PROFILE": chosen["profile"],
    }
    options = ["-q", "-p", "no:cacheprovider", "--tb=line", f"--junitxml={report}"]
    done = subprocess.run(  # noqa: S603  (our own interpreter, the author's own tests)
        [sys.executable, "-m", "pytest", *options, *map(str, paths)],
        cwd=project.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if not report.is_file():
        sentence = f"The tests could not be run.\n{done.stdout}{done.stderr}".rstrip()
        raise FailedError(sentence)
    return _read_report(report)


def _read_report(report: Path) -> list[Outcome]:
    # The report was written by our own pytest a moment ago.
    root = parse_xml(report).getroot()  # noqa: S314
    found = []
    for case in root.iter("testcase"):
        bad = [case.find("failure"), case.find("error")]
        error = next((one.get("message", "?") for one in bad if one is not None), "")
        words = case.get("name", "").removeprefix("test_").replace("_", " ")
        is_of_suite = "Conformance" in case.get("classname", "")
        found.append(Outcome(words, is_of_suite, error))
    return found
