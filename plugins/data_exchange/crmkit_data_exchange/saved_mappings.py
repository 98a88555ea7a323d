"""Mappings kept by name, found again by the headers of a file."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core import CrmError, NotFoundError, fold, mark
from crmkit_data_exchange.mapping import Mapping, parse_mapping
from crmkit_data_exchange.names import fold_header
from crmkit_data_exchange.tables import SavedMapping

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmkit.core import UnitOfWork

_LONGEST_NAME = 120


class NoMappingNameError(CrmError):
    """A mapping was to be kept without a name, or with one that is too long."""

    def __init__(self) -> None:
        super().__init__(
            mark("Give the mapping a name of at most {count} characters."),
            field="name",
            count=_LONGEST_NAME,
        )


def save_mapping(
    uow: UnitOfWork, name: str, mapping: Mapping, columns: Iterable[str]
) -> SavedMapping:
    """Keep `mapping` by `name` for files with these columns, in place of a namesake."""
    name = " ".join(name.split())
    if not fold(name) or len(name) > _LONGEST_NAME:
        raise NoMappingNameError
    found = uow.session.scalar(
        select(SavedMapping).where(
            SavedMapping.entity == mapping.entity,
            SavedMapping.name_folded == fold(name),
        )
    )
    saved = found or SavedMapping(
        entity=mapping.entity,
        name_folded=fold(name),
        created_by_id=uow.actor.id,
        created_at=uow.now(),
    )
    saved.name, saved.headers = name, fingerprint(columns)
    saved.mapping = mapping.to_json()
    uow.session.add(saved)
    uow.session.flush()
    return saved


def list_mappings(uow: UnitOfWork, entity: str) -> list[SavedMapping]:
    """The mappings kept for an entity, by name."""
    query = select(SavedMapping).where(SavedMapping.entity == entity)
    return list(uow.session.scalars(query.order_by(SavedMapping.name_folded)))


def load_mapping(uow: UnitOfWork, mapping_id: int) -> Mapping:
    """The mapping that was kept with that id."""
    saved = uow.session.get(SavedMapping, mapping_id)
    if saved is None:
        raise NotFoundError("mapping", mapping_id)
    return parse_mapping(saved.mapping)


def find_fitting(
    uow: UnitOfWork, entity: str, columns: Iterable[str]
) -> Mapping | None:
    """The newest mapping kept for a file with the same columns, if there is one."""
    saved = uow.session.scalar(
        select(SavedMapping)
        .where(
            SavedMapping.entity == entity, SavedMapping.headers == fingerprint(columns)
        )
        .order_by(SavedMapping.id.desc())
        .limit(1)
    )
    return None if saved is None else parse_mapping(saved.mapping)


def fingerprint(columns: Iterable[str]) -> str:
    """A text that is the same for files with the same headers, in whatever spelling."""
    words = "\n".join(fold_header(column) for column in columns)
    return sha256(words.encode()).hexdigest()
