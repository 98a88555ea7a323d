"""What a new database begins with: stages, reasons, types of activity, named once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from crmkit.cli.demo.scenery import name_activity_types
from crmkit.cli.demo.words import words_of
from crmkit.core import (
    FIRST_PIPELINE,
    LostReason,
    NameDraft,
    Stage,
    add_named,
    choose_pipeline,
)

if TYPE_CHECKING:
    from crmkit.app import Crm


def begin(crm: Crm) -> bool:
    """Give a database that never had a stage its first; tell whether it was so.

    The names are in the language of the settings and stay so; a manager changes them.
    """
    words = words_of(crm.settings.locale)
    with crm.work() as uow:
        if uow.session.scalar(select(func.count()).select_from(Stage)):
            return False
        choose_pipeline(uow, FIRST_PIPELINE, crm.settings.locale)
        name_activity_types(uow, words)
        for name in words.lost_reasons:
            add_named(uow, LostReason, NameDraft(name=name))
    return True
