"""`crmkit doctor`: everything that is wrong."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from crmkit.cli.doctor import database, plugins, records, surroundings, work
from crmkit.cli.doctor.problem import Problem, counted
from crmkit.cli.failures import sentence_of
from crmkit.cli.opening import check_migrated, check_there, open_to_look
from crmkit.cli.plugins import disabled_in
from crmkit.cli.printing import FailedError, answer, json_option
from crmkit.core import CrmError, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmkit.app import Crm

    Finder = Callable[[Crm], Iterator[Problem]]

_INSIDE = (
    surroundings.find_plugin_variables,
    surroundings.find_wrong_settings,
    surroundings.find_wrong_keys,
    database.find_wrong_database,
    work.find_work_undone,
    records.find_missing_records,
    records.find_broken_views,
    plugins.find_failing_hooks,
    plugins.find_hooks_to_go,
)


@click.command()
@click.option("--verbose", "-v", is_flag=True, help="Show the traces of plugins.")
@json_option
def doctor(*, verbose: bool, as_json: bool) -> None:
    """Tell everything that is wrong and what to do; exit 1 if anything is.

    What only will be wrong one day, as a hook that is to go, is told with exit 0.
    """
    found = sorted(find_problems(), key=lambda problem: problem.is_advice)
    lines = [problem.line for problem in found]
    if verbose:
        lines += [f"\n{p.about}:\n{p.trace}" for p in found if p.trace]
    answer(
        {"problems": [asdict(problem) for problem in found]},
        as_json=as_json,
        text=lines or "Nothing is wrong.",
    )
    wrong = sum(not problem.is_advice for problem in found)
    if wrong:
        verb = "was" if wrong == 1 else "were"
        sentence = f"{counted(wrong, 'problem')} {verb} found."
        raise FailedError(sentence)


def find_problems() -> Iterator[Problem]:
    """What is wrong, from the settings inwards; each step needs those before it."""
    yield from surroundings.find_unknown_variables()
    try:
        settings = Settings()
    except (ValidationError, ValueError) as error:
        yield Problem("settings", sentence_of(error))
        return
    yield from surroundings.find_full_disks(settings)
    try:
        crm = open_to_look()
    except (CrmError, SQLAlchemyError, ImportError) as error:
        yield Problem("database", sentence_of(error))
        return
    try:
        check_there(settings)
        check_migrated(crm)
        off = disabled_in(crm)
    except (CrmError, SQLAlchemyError) as error:
        yield Problem("database", sentence_of(error))
        yield from plugins.find_broken_plugins(crm, frozenset())
        return
    yield from plugins.find_broken_plugins(crm, off)
    for find in _INSIDE:
        yield from _tried(crm, find)


def _tried(crm: Crm, find: Finder) -> Iterator[Problem]:
    """What `find` finds; that it cannot look is a problem of its own."""
    try:
        yield from find(crm)
    except (CrmError, SQLAlchemyError) as error:
        yield Problem("database", sentence_of(error))
