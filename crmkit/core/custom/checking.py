"""What is checked of a custom field before it is made or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import column, select, table

from crmkit.core.custom.described import CustomFieldDraft, Definition
from crmkit.core.custom.kinds import KINDS, LINKED
from crmkit.core.custom.unique import UNIQUE, find_repeated
from crmkit.core.custom.values import check_value
from crmkit.core.errors import CrmError, mark
from crmkit.core.field_types import FieldType
from crmkit.core.uow import Role
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core.uow import UnitOfWork


class FieldTypeError(CrmError):
    """Fields of that type are crmkit's own."""

    def __init__(self) -> None:
        types = ", ".join([*KINDS, *LINKED, FieldType.RELATED])
        super().__init__(
            mark("The type of a field is one of {types}."), field="type", types=types
        )


class ChoicesError(CrmError):
    """A field to choose from needs something to choose, once each; others do not."""

    def __init__(self) -> None:
        super().__init__(
            mark("Give the choices of this field, each once; other types have none."),
            field="choices",
        )


class SourceError(CrmError):
    """A related field does not say what it shows, or says it of no such field."""

    def __init__(self, source: str) -> None:
        super().__init__(
            mark(
                "“{source}” is no value of a linked contact. Write a field that names "
                "a contact, a dot and one of its fields, like contact.industry."
            ),
            field="source",
            source=source,
        )


class NotRelatedError(CrmError):
    """A field of its own values shows no other, and a related one holds none."""

    def __init__(self) -> None:
        super().__init__(
            mark(
                "A related field only shows a value: it cannot be required, unique "
                "or searched, and has no default."
            ),
            field="type",
        )


class NotUniqueError(CrmError):
    """Values of this type are never unique."""

    def __init__(self) -> None:
        super().__init__(
            mark("Values of this type cannot be unique."), field="is_unique"
        )


class RepeatedValueError(CrmError):
    """Two records have the same value, so that it cannot become unique."""

    def __init__(self, value: object) -> None:
        super().__init__(
            mark("Several records have the value “{value}”; mend that first."),
            field="is_unique",
            value=str(value),
        )


class NotSearchedError(CrmError):
    """Values of this type are no words, or not everybody may find them."""

    def __init__(self) -> None:
        super().__init__(
            mark("Search finds only texts and numbers that everybody sees."),
            field="is_searched",
        )


class NoTeamError(CrmError):
    """A field belongs to a team that is not there, or contacts have no team."""

    def __init__(self) -> None:
        super().__init__(
            mark("Only fields of leads belong to teams, to those there are."),
            field="team_ids",
        )


def check_draft(
    uow: UnitOfWork, draft: CustomFieldDraft, before: Definition | None = None
) -> None:
    """Raise the error that says what cannot be in a field, new or changed.

    `before` is the field as it is now.
    """
    kind = draft.type
    if kind not in {*KINDS, *LINKED, FieldType.RELATED}:
        raise FieldTypeError
    _check_choices(kind, draft.choices)
    _check_related(uow, draft)
    if draft.default is not None:
        check_value(_described(draft), draft.default)
    if draft.is_unique and kind not in UNIQUE:
        raise NotUniqueError
    if draft.is_searched and (kind not in _SEARCHED or draft.lowest_role != Role.OWN):
        raise NotSearchedError
    _check_teams(uow, draft)
    if before is not None and draft.is_unique and not before.is_unique:
        repeated = find_repeated(uow, before)
        if repeated is not None:
            raise RepeatedValueError(repeated)


def _check_related(uow: UnitOfWork, draft: CustomFieldDraft) -> None:
    is_related = draft.type is FieldType.RELATED
    path = uow.catalogue.follow(draft.entity, draft.source)
    if is_related != bool(draft.source) or (is_related and path is None):
        raise SourceError(draft.source)
    holds = draft.is_required or draft.is_unique or draft.is_searched
    if is_related and (holds or draft.default is not None):
        raise NotRelatedError


_SEARCHED = UNIQUE - {FieldType.DECIMAL, FieldType.DATE} | {
    FieldType.LONG_TEXT,
    FieldType.CHOICE,
}


def _described(draft: CustomFieldDraft) -> Definition:
    return Definition(
        0,
        draft.entity,
        draft.slug,
        draft.label,
        draft.help,
        draft.type,
        draft.choices,
        draft.is_required,
        is_indexed=False,
        lowest_role=draft.lowest_role,
        plugin_id=None,
    )


def _check_teams(uow: UnitOfWork, draft: CustomFieldDraft) -> None:
    wanted = set(draft.team_ids)
    if not wanted:
        return
    number = _team.c.id
    found = set(uow.session.scalars(select(number).where(number.in_(wanted))))
    if draft.entity != "lead" or wanted - found:
        raise NoTeamError


_team = table("team", column("id"))


def _check_choices(kind: FieldType, choices: Sequence[str]) -> None:
    is_choice = kind in {FieldType.CHOICE, FieldType.CHOICES}
    is_clear = len({fold(choice) for choice in choices}) == len(choices)
    if bool(choices) != is_choice or not is_clear:
        raise ChoicesError
