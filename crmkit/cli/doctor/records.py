"""Records that are missing or broken: admins, stages, rates, files, saved views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.cli.doctor.problem import Problem, counted
from crmkit.core import (
    Role,
    broken_blobs,
    broken_views,
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


def find_broken_views(crm: Crm) -> Iterator[Problem]:
    """Saved views that name a field which is not there, or say something else wrong."""
    with crm.read() as uow:
        found = broken_views(uow)
    for name, reason in found:
        sentence = f"The saved view “{name}” cannot be shown. {reason}"
        remedy = "Edit or delete it, or bring back the plugin whose field it names."
        yield Problem("views", sentence, remedy)


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
