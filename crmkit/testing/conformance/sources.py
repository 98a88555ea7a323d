"""What stands in the files of a plugin: imports, templates, the wheel, types."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crmkit.testing.conformance.subject import Subject

PUBLIC = ("hooks", "core", "web", "jobs", "cli")
_UNSAFE = {
    r"\|\s*safe\b": "a filter |safe",
    r"<script(?![^>]*\bsrc=)": "a script without a file",
    r"<style\b": "a style without a file",
    r"\sstyle\s*=": "an inline style",
    r"\son[a-z]+\s*=": "an inline script",
    r"javascript:": "an inline script",
    r"{%\s*autoescape\s+false": "text that is not escaped",
}
_RUN_TIME = {".py", ".html", ".po", ".js", ".css", ".svg", ".typed", ".json", ".toml"}


class SourceChecks:
    """The code keeps to what is public, and the wheel holds all of it."""

    def test_it_imports_public_names_only(self, subject: Subject) -> None:
        """What is not in an `__all__` may change any day."""
        private = [
            f"{subject.where(path)}: {problem}"
            for path in sorted(subject.folder.rglob("*.py"))
            for problem in _private_imports(path)
        ]
        assert private == []

    def test_it_imports_no_other_plugin_but_by_its_api(self, subject: Subject) -> None:
        """Of a plugin that it requires, the module `api`; of others nothing."""
        allowed = {f"crmkit_{name}.api" for name in subject.manifest.requires}
        others = {
            f"{subject.where(path)}: {module}"
            for path in subject.sources()
            for module, _ in _imports(path)
            if module.startswith("crmkit_")
            and module.split(".")[0] != subject.package
            and module not in allowed
        }
        assert others == set()

    def test_its_templates_keep_to_the_policy_of_pages(self, subject: Subject) -> None:
        """No inline script or style, and nothing that is not escaped."""
        found = [
            f"{subject.where(path)} has {what}"
            for path in subject.sources("templates/**/*.html")
            for pattern, what in _UNSAFE.items()
            if re.search(pattern, path.read_text(encoding="utf-8"), re.IGNORECASE)
        ]
        assert found == []

    def test_its_wheel_holds_all_that_it_runs_with(
        self, subject: Subject, tmp_path: Path
    ) -> None:
        """Templates, words, migrations and static files come with the package."""
        wanted = {
            subject.where(path)
            for path in subject.folder.rglob("*")
            if path.suffix in _RUN_TIME and path.is_file()
        }
        packed = (
            wanted if subject.project is None else _build(subject.project, tmp_path)
        )
        assert wanted - packed == set()

    @pytest.mark.soak
    def test_its_types_are_strict(self, subject: Subject) -> None:
        """`mypy --strict` has nothing to say."""
        command = [sys.executable, "-m", "mypy", "--strict", "-p", subject.package]
        done = subprocess.run(  # noqa: S603  (our own interpreter)
            command,
            cwd=subject.folder.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def _imports(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.module, alias.name) for alias in node.names)


def _private_imports(path: Path) -> Iterator[str]:
    for module, name in _imports(path):
        if module.split(".")[0] != "crmkit":
            continue
        package = module.removeprefix("crmkit.")
        if package not in PUBLIC:
            yield f"{module} is private"
        elif name and name not in import_module(module).__all__:
            yield f"{name} is not in __all__ of {module}"


def _build(project: Path, target: Path) -> set[str]:
    """The files of the wheel that the project's own build makes."""
    builder = "hatchling" if find_spec("hatchling") else "build"
    arguments = (
        ["build", "-t", "wheel", "-d"] if builder == "hatchling" else ["-w", "-o"]
    )
    command = [sys.executable, "-m", builder, *arguments, str(target)]
    done = subprocess.run(  # noqa: S603  (our own interpreter)
        command, cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = target.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())
