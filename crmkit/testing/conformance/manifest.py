"""What the package and the manifest say, held against what they do."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from inspect import isfunction
from typing import TYPE_CHECKING, Any

import click
from importlib_metadata import entry_points

from crmkit.cli.group import COMMANDS as CORE_COMMANDS
from crmkit.core import User
from crmkit.hooks import PLUGIN_API, all_hooks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.testing.conformance.subject import Subject

IMPORT_MS = 300
_PERSON = f"{User.__tablename__}.id"
_NEVER = ("pytest", "crmkit.testing", "playwright", "hypothesis", "mypy")
_PROGRAM = """
import sys, time
import crmkit.app, crmkit.cli, crmkit.core, crmkit.hooks, crmkit.jobs, crmkit.web
before = time.process_time()
import {module}
spent = time.process_time() - before
print(round(spent * 1000), *(name for name in {never} if name in sys.modules))
"""


class ManifestChecks:
    """The manifest is complete and true, and the module is light."""

    def test_it_is_named_alike_everywhere(self, subject: Subject) -> None:
        """Id, entry point, package and distribution have one name."""
        (point,) = entry_points(group="crmkit.plugins", name=subject.id)
        assert subject.manifest.id == subject.id
        assert subject.package == f"crmkit_{subject.id}"
        assert point.value == f"crmkit_{subject.id}.plugin"
        assert point.dist is not None
        named = re.sub(r"[-_.]+", "-", point.dist.name).lower()
        assert named == f"crmkit-{subject.id.replace('_', '-')}"

    def test_it_says_what_it_is_for(self, subject: Subject) -> None:
        """A name and a summary, which lists of plugins show."""
        assert subject.manifest.name.strip()
        assert subject.manifest.summary.strip(), "Say in `summary` what it gives."

    def test_it_speaks_the_api_of_this_crmkit(self, subject: Subject) -> None:
        """Its major version of the plugin API is the one that is installed."""
        assert subject.manifest.api == PLUGIN_API[0]

    def test_it_does_not_name_itself_as_a_partner(self, subject: Subject) -> None:
        """What it requires, comes after or conflicts with are other plugins."""
        manifest = subject.manifest
        partners = {*manifest.requires, *manifest.after, *manifest.conflicts}
        assert subject.id not in partners
        assert not set(manifest.requires) & set(manifest.conflicts)

    def test_what_it_keeps_about_people_is_said(self, subject: Subject) -> None:
        """A plugin with tables says in `personal_data` what of it is about people."""
        metadata = subject.tables()
        about_people = [
            f"{table.name}.{column.name}"
            for table in (metadata.tables.values() if metadata is not None else ())
            for column in table.columns
            if any(key.target_fullname == _PERSON for key in column.foreign_keys)
        ]
        assert not about_people or subject.manifest.personal_data, about_people

    def test_its_module_is_light_to_import(self, subject: Subject) -> None:
        """Importing it takes little beyond crmkit, and nothing made for tests."""
        program = _PROGRAM.format(module=subject.module.__name__, never=_NEVER)
        done = subprocess.run(  # noqa: S603  (our own interpreter)
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        spent, *heavy = done.stdout.split()
        assert heavy == []
        assert int(spent) < IMPORT_MS

    def test_its_module_reads_like_a_table_of_contents(self, subject: Subject) -> None:
        """`plugin.py` holds the manifest and answers to hooks, nothing else."""
        others = [
            name
            for name, value in vars(subject.module).items()
            if isfunction(value)
            and value.__module__ == subject.module.__name__
            and not hasattr(value, "crmkit_impl")
        ]
        assert others == [], "Move these to a module named after what they are about."

    def test_each_answer_says_what_it_does(self, subject: Subject) -> None:
        """Every answer to a hook has a docstring and types."""
        answers = list(_answers(subject))
        assert answers, "It answers no hook."
        for answer in answers:
            assert answer.__doc__, answer.__name__
            assert set(answer.__annotations__) == {"ctx", "return"}, answer.__name__

    def test_it_answers_hooks_that_are_called(self, subject: Subject) -> None:
        """No answer to a hook that this crmkit does not know, or that is to go."""
        known = {hook.name for hook in all_hooks() if hook.deprecated is None}
        asked = {answer.crmkit_impl["specname"] for answer in _answers(subject)}
        assert asked <= known

    def test_permissions_it_declares_are_asked_for(self, subject: Subject) -> None:
        """Each permission of the manifest stands in the code that takes it."""
        texts = {
            node.value
            for path in subject.sources()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        declared = {f"{subject.id}.{one.name}" for one in subject.manifest.permissions}
        assert declared <= texts

    def test_its_commands_are_its_own(self, subject: Subject) -> None:
        """Commands load, explain themselves, and take no name of crmkit's."""
        (own,) = entry_points(group="crmkit.plugins", name=subject.id)
        for point in entry_points(group="crmkit.commands"):
            if (
                point.dist is None
                or own.dist is None
                or point.dist.name != own.dist.name
            ):
                continue
            command = point.load()
            assert isinstance(command, click.Command)
            assert command.help, f"{point.name} has no docstring."
            assert point.name not in CORE_COMMANDS

    def test_its_package_is_complete(self, subject: Subject) -> None:
        """It says that it is typed, and tells its readers what it gives."""
        assert (subject.folder / "py.typed").is_file()
        if subject.project is not None:
            readme = (subject.project / "README.md").read_text(encoding="utf-8")
            assert len(readme.split()) > 40, (
                "Say what it gives, its settings and hooks."
            )


def _answers(subject: Subject) -> Iterator[Any]:
    for value in vars(subject.module).values():
        if hasattr(value, "crmkit_impl"):
            yield value
