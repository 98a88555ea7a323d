"""Records that are missing: admins, stages, exchange rates, parts of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.cli.doctor.problem import Problem, counted
from crmkit.core import (
    Role,
    broken_blobs,
    currencies_without_rate,
    list_stages,
    list_users,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.app import Crm
    from crmkit.core import UnitOfWork


def find_missing_records(crm: Crm) -> Iterator[Problem]:
    """Records without which something cannot work."""
    with crm.read() as uow:
        yield from _people(uow)
        yield from _stages(uow)
        missing = currencies_without_rate(uow)
        broken = broken_blobs(uow)
    for code, count in missing:
        sentence = f"{counted(count, 'lead')} in {code} without an exchange rate."
        remedy = f"crmkit currencies set {code} RATE enters one."
        yield Problem("currencies", sentence, remedy)
    if broken:
        first = ", ".join(map(str, broken[:5]))
        sentence = f"{counted(len(broken), 'file')} without all bytes: blob {first}."
        yield Problem(
            "files", sentence, "Take them from the last backup that has them."
        )


def _people(uow: UnitOfWork) -> Iterator[Problem]:
    if not any(u.role is Role.ADMIN and u.password_hash for u in list_users(uow)):
        add = "crmkit user add EMAIL --role admin adds one."
        yield Problem("users", "No admin can sign in.", add)


def _stages(uow: UnitOfWork) -> Iterator[Problem]:
    stages = list_stages(uow)
    add = "Add one in the settings, under Stages."
    if not stages:
        yield Problem("stages", "There is no stage yet.", add)
    elif not any(stage.is_won for stage in stages):
        yield Problem("stages", "No stage means “won”.", add)
