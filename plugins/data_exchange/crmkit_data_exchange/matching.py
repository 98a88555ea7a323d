"""Finding the records that rows are about, by the fields of `match_by`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crmkit.core import (
    Contact,
    Lead,
    fold,
    normalize_email,
    normalize_phone,
    visible,
    visible_contacts,
)
from crmkit_data_exchange.errors import UnfitMatchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import UnitOfWork
    from crmkit_data_exchange.drafts import Draft
    from crmkit_data_exchange.mapping import Mapping

Key = tuple[object, ...]

_COLUMNS = {"email": "email_normalized", "phone": "phone_e164", "name": "name_folded"}
_LINKS = {"company"}
MATCHABLE: dict[str, tuple[str, ...]] = {
    "lead": ("email", "phone", "name", "company_name", "contact_name", "website"),
    "contact": ("email", "phone", "name", "vat", "website", "zip", "city", "company"),
}
# The first of these that is asked for narrows the search; its column has an index.
_NARROWING = ("email", "phone", "vat", "name", "company_name")


def check_match_by(mapping: Mapping) -> None:
    """Raise UnfitMatchError for a field that no record is found by."""
    for name in mapping.match_by:
        if name not in MATCHABLE[mapping.entity]:
            raise UnfitMatchError(name, MATCHABLE[mapping.entity])


def _column_of(field: str) -> str:
    if field in _LINKS:
        return f"{field}_id"
    return _COLUMNS.get(field, field)


def make_key(uow: UnitOfWork, draft: Draft, match_by: Sequence[str]) -> Key | None:
    """What identifies the record of a row; None where one of the fields is empty."""
    parts: list[object] = []
    for name in match_by:
        value: Any = getattr(draft, f"{name}_id" if name in _LINKS else name)
        if name == "email":
            value = normalize_email(value)
        elif name == "phone":
            country = draft.country or uow.settings.country
            value = normalize_phone(value, country)
        elif isinstance(value, str):
            value = fold(value)
        if value in (None, ""):
            return None
        parts.append(value)
    return tuple(parts)


def find_records(
    uow: UnitOfWork, entity: str, match_by: Sequence[str], drafts: Sequence[Draft]
) -> dict[Key, list[int]]:
    """Ids of the records that the actor sees, by the key of the drafts they match."""
    keys = {make_key(uow, draft, match_by) for draft in drafts} - {None}
    if not keys:
        return {}
    kind: Any = Lead if entity == "lead" else Contact
    criterion = visible(uow) if entity == "lead" else visible_contacts(uow)
    first = next((name for name in _NARROWING if name in match_by), match_by[0])
    narrowing = getattr(kind, _column_of(first))
    values = _values_of(first, match_by, keys, drafts)
    rows = uow.session.execute(
        select(kind.id, *(getattr(kind, _column_of(name)) for name in match_by))
        .where(criterion, narrowing.in_(values))
        .order_by(kind.id)
    )
    found: dict[Key, list[int]] = {}
    for record_id, *cells in rows:
        key = tuple(map(_compare, match_by, cells))
        if key in keys:
            found.setdefault(key, []).append(record_id)
    return found


def _compare(name: str, cell: Any) -> object:
    """A cell of a record as `make_key` makes those of rows."""
    return fold(cell) if isinstance(cell, str) and name not in _COLUMNS else cell


def _values_of(
    first: str,
    match_by: Sequence[str],
    keys: set[Key | None],
    drafts: Sequence[Draft],
) -> set[object]:
    """What the narrowing column may hold: normalised, or as the rows write it."""
    if first in _COLUMNS or first in _LINKS:
        place = match_by.index(first)
        return {key[place] for key in keys if key is not None}
    return {getattr(draft, first) for draft in drafts} - {None}
