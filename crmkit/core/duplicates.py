"""Leads that may be the same: a plugin finds them, the core asks it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from crmkit.core.errors import CrmError, mark
from crmkit.hooks import DuplicatesContext, find_duplicates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core.leads import Lead, LeadDraft
    from crmkit.core.uow import UnitOfWork
    from crmkit.hooks import Duplicate

__all__ = [
    "NoFinderError",
    "duplicates_of",
    "duplicates_of_draft",
]


class NoFinderError(CrmError):
    """No plugin looks for leads that are alike."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(
            mark("Nothing finds similar leads here: the plugin “duplicates” is off.")
        )


def duplicates_of(uow: UnitOfWork, lead: Lead) -> tuple[str, Sequence[Duplicate]]:
    """The id of the plugin that answers, and the leads that are like `lead`.

    Raises NoFinderError where no plugin answers.
    """
    return _ask(DuplicatesContext(uow, lead=lead))


def duplicates_of_draft(
    uow: UnitOfWork, draft: LeadDraft
) -> tuple[str, Sequence[Duplicate]]:
    """The same for a lead that is not there yet."""
    return _ask(DuplicatesContext(uow, draft=draft))


def _ask(context: DuplicatesContext) -> tuple[str, Sequence[Duplicate]]:
    answers = context.uow.hooks.ask_each(find_duplicates, context)
    for plugin_id, found in answers.items():
        return plugin_id, found
    raise NoFinderError
