"""Imports: starting one from an uploaded file, finding it, changing its mapping."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, cast

from sqlalchemy import ColumnElement, select, true

from crmkit.core import (
    Job,
    NotFoundError,
    Role,
    User,
    fields_of,
    find_field,
    list_stages,
    list_teams,
    list_users,
    new_change_id,
)
from crmkit_data_exchange.csv_tables import Table
from crmkit_data_exchange.dialects import Dialect
from crmkit_data_exchange.errors import (
    NoLookupFileError,
    OtherEntityError,
    WrongStateError,
)
from crmkit_data_exchange.file_kinds import Kind
from crmkit_data_exchange.known_origins import apply_origin, find_origin
from crmkit_data_exchange.lookups import LookupTable, list_columns, read_lookup
from crmkit_data_exchange.mapping import Mapping, parse_mapping
from crmkit_data_exchange.matching import check_match_by
from crmkit_data_exchange.proposing import propose_mapping
from crmkit_data_exchange.saved_mappings import find_fitting
from crmkit_data_exchange.sources import Source, open_source, read_source
from crmkit_data_exchange.tables import Import, ImportFile, ImportState
from crmkit_data_exchange.value_mapping import Existing

if TYPE_CHECKING:
    from collections.abc import Mapping as Values

    from crmkit.core import Field, UnitOfWork

Entity = Literal["lead", "contact"]

_LONGEST_NAME = 250


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it comes through a door."""

    name: str
    content: bytes


def list_importable(uow: UnitOfWork, entity: str) -> list[Field]:
    """The fields that an import can fill, in the order of forms."""
    return [field for field in fields_of(uow, entity).values() if field.is_importable]


def start_import(
    uow: UnitOfWork,
    entity: Entity,
    file: Upload,
    *,
    mapping: Mapping | None = None,
    lookups: Values[str, bytes] | None = None,
) -> Import:
    """A new import of `file`, with this mapping, a saved one that fits, or a proposal.

    `lookups` holds second files by their file name.

    Raises:
        UnreadableFileError: with one sentence that says what to do instead.
        MappingError: the mapping does not fit the file.
    """
    source = open_source(file.content, mapping.dialect.sheet if mapping else None)
    table, chosen = read_upload(uow, entity, source, mapping)
    new = Import(
        entity=entity,
        file_name=file.name[-_LONGEST_NAME:],
        state=ImportState.DRAFT,
        mapping=chosen.to_json(),
        shape=_describe(source, table),
        total=table.row_count,
        unmatched=[],
        change_id=new_change_id(),
        undo_change_id=new_change_id(),
        created_by_id=uow.actor.id,
        created_at=uow.now(),
    )
    uow.session.add(new)
    uow.session.flush()
    original = file.content if len(source.sheets) > 1 else None
    kept = ImportFile(
        import_id=new.id, lookup="", content=source.text, original=original
    )
    uow.session.add(kept)
    add_lookups(uow, new, lookups or {})
    return new


def read_upload(
    uow: UnitOfWork, entity: Entity, source: Source, mapping: Mapping | None
) -> tuple[Table, Mapping]:
    """A file as a table, and how to import it: as given, as saved, or as proposed."""
    table = read_source(source, mapping.dialect if mapping else None)
    chosen = mapping or find_fitting(uow, entity, table.columns)
    if chosen is None:
        fields = list_importable(uow, entity)
        chosen = propose_mapping(table, entity, fields, _list_existing(uow))
        if origin := find_origin(entity, table.columns):
            chosen = apply_origin(chosen, origin)
    elif chosen.entity != entity:
        raise OtherEntityError(entity, chosen.entity)
    check_match_by(chosen)
    return table, chosen


def add_lookups(uow: UnitOfWork, import_: Import, files: Values[str, bytes]) -> None:
    """Keep second files, by file name; one of a name that is there is exchanged."""
    known = _files_of(uow, import_)
    for name, content in files.items():
        list_columns(content)  # what cannot be read is told now
        if name in known:
            known[name].content = content
        else:
            row = ImportFile(import_id=import_.id, lookup=name, content=content)
            uow.session.add(row)
    uow.session.flush()


def visible_imports(uow: UnitOfWork) -> ColumnElement[bool]:
    """The criterion of imports that the actor may see: his own, for managers all."""
    if uow.actor.can_be(Role.MANAGER):
        return true()
    return Import.created_by_id == uow.actor.id


def get_import(uow: UnitOfWork, import_id: int) -> Import:
    """The import of that id, if the actor may see it."""
    found = uow.session.scalar(
        select(Import)
        .where(Import.id == import_id, visible_imports(uow))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFoundError("import", import_id)
    return found


def list_imports(uow: UnitOfWork, limit: int = 100) -> list[tuple[Import, str]]:
    """The newest imports that the actor may see, each with who started it."""
    rows = uow.session.execute(
        select(Import, User.name)
        .outerjoin(User, User.id == Import.created_by_id)
        .where(visible_imports(uow))
        .order_by(Import.id.desc())
        .limit(limit)
    )
    return [(import_, name or "crmkit") for import_, name in rows]


def find_job(uow: UnitOfWork, import_: Import) -> Job | None:
    """The job that runs the import or takes it back; None where it is forgotten."""
    if import_.job_id is None:
        return None
    return uow.session.get(Job, import_.job_id)


def check_state(import_: Import, *allowed: ImportState) -> None:
    """Raise WrongStateError unless the import is in one of these states."""
    if import_.state not in allowed:
        raise WrongStateError


def set_mapping(uow: UnitOfWork, import_: Import, mapping: Mapping) -> None:
    """Give a draft another mapping; its file is read anew where the dialect differs.

    A mapping that changes how the file is read keeps what still fits its columns.
    """
    check_state(import_, ImportState.DRAFT)
    if mapping.entity != import_.entity:
        raise OtherEntityError(import_.entity, mapping.entity)
    check_match_by(mapping)
    for field in (*mapping.fixed, *(rule.field for _, rule in mapping.rules())):
        find_field(uow, mapping.entity, field)
    if mapping.dialect != mapping_of(import_).dialect:
        table = _read_anew(uow, import_, mapping)
        kept = {
            name: rules
            for name, rules in mapping.columns.items()
            if name in table.columns
        }
        mapping = mapping.model_copy(update={"columns": kept})
    import_.mapping = mapping.to_json()
    uow.session.flush()


def _read_anew(uow: UnitOfWork, import_: Import, mapping: Mapping) -> Table:
    """The draft's file read as the mapping says, maybe another sheet of it."""
    file = _main_file(uow, import_)
    shape, wanted = import_.shape, mapping.dialect.sheet
    source = Source(
        Kind(shape["kind"]), file.content, shape["sheet"], tuple(shape["sheets"])
    )
    if file.original is not None and wanted != source.sheet:
        source = open_source(file.original, wanted)
        file.content = source.text
    table = read_source(source, mapping.dialect)
    import_.shape, import_.total = _describe(source, table), table.row_count
    return table


def mapping_of(import_: Import) -> Mapping:
    """The import's mapping."""
    return parse_mapping(import_.mapping)


def discard_import(uow: UnitOfWork, import_: Import) -> None:
    """Forget a draft and its files; nothing of it was imported."""
    check_state(import_, ImportState.DRAFT)
    uow.session.delete(import_)
    uow.session.flush()


def content_of(uow: UnitOfWork, import_: Import) -> bytes:
    """The bytes of the import's file."""
    return _main_file(uow, import_).content


def _main_file(uow: UnitOfWork, import_: Import) -> ImportFile:
    query = select(ImportFile).where(
        ImportFile.import_id == import_.id, ImportFile.lookup == ""
    )
    return uow.session.scalars(query).one()


def table_of(uow: UnitOfWork, import_: Import) -> Table:
    """The import's file as columns and rows; it is not searched for faults again."""
    shape = import_.shape
    return Table(
        columns=tuple(shape["columns"]),
        dialect=Dialect(**shape["dialect"]),
        row_count=import_.total,
        data=content_of(uow, import_),
        is_armed=shape["is_armed"],
    )


def lookups_of(uow: UnitOfWork, import_: Import) -> dict[str, LookupTable]:
    """The second files that the mapping names, ready to look values up.

    Raises:
        NoLookupFileError: one of them was not given.
    """
    if not mapping_of(import_).lookups:
        return {}
    files = _files_of(uow, import_)
    contents = {name: file.content for name, file in files.items()}
    return read_lookups(mapping_of(import_), contents)


def read_lookups(mapping: Mapping, files: Values[str, bytes]) -> dict[str, LookupTable]:
    """The second files that `mapping` names, out of `files` by file name.

    Raises:
        NoLookupFileError: one of them is not among these.
    """
    found: dict[str, LookupTable] = {}
    for name, lookup in mapping.lookups.items():
        if lookup.file not in files:
            raise NoLookupFileError(lookup.file)
        found[name] = read_lookup(lookup, files[lookup.file])
    return found


def list_lookup_files(uow: UnitOfWork, import_: Import) -> dict[str, tuple[str, ...]]:
    """The columns of each second file that was given, by file name."""
    files = _files_of(uow, import_)
    return {name: list_columns(file.content) for name, file in files.items()}


def _files_of(uow: UnitOfWork, import_: Import) -> dict[str, ImportFile]:
    rows = uow.session.scalars(
        select(ImportFile)
        .where(ImportFile.import_id == import_.id, ImportFile.lookup != "")
        .order_by(ImportFile.lookup)
    )
    return {row.lookup: row for row in rows}


def _describe(source: Source, table: Table) -> dict[str, object]:
    return {
        "kind": source.kind.value,
        "sheet": source.sheet,
        "sheets": list(source.sheets),
        "columns": list(table.columns),
        "dialect": asdict(table.dialect),
        "is_armed": table.is_armed,
    }


def _list_existing(uow: UnitOfWork) -> Existing:
    """What is known by name, for a proposal."""
    stages, users = list_stages(uow), list_users(uow)
    return Existing(
        stages=tuple(stage.name for stage in stages),
        won_stage=next((stage.name for stage in stages if stage.is_won), None),
        teams=tuple(team.name for team in list_teams(uow)),
        user_names=tuple(user.name for user in users),
        user_mails=cast(
            "tuple[str, ...]", tuple(user.email for user in users if user.email)
        ),
    )
