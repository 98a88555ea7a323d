"""What the mapping page shows: each column with its samples and its rules."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from crmkit.core import list_stages, list_teams, list_users, mark
from crmkit_data_exchange.column_values import ColumnSample, sample_columns
from crmkit_data_exchange.csv_tables import MOST_COLUMNS
from crmkit_data_exchange.file_kinds import Kind
from crmkit_data_exchange.imports import (
    list_importable,
    list_lookup_files,
    mapping_of,
    table_of,
)
from crmkit_data_exchange.known_origins import find_origin
from crmkit_data_exchange.mapping import ANY_VALUE, ColumnRule
from crmkit_data_exchange.names import fold_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from crmkit.core import Field, UnitOfWork
    from crmkit_data_exchange.mapping import Mapping
    from crmkit_data_exchange.tables import Import

Pairs = list[tuple[str, str]]

# What the choice of a value may say beside a name: leave it as it stands.
AS_IT_IS = "="
TAKE_MARK = "\x1f"
_DELIMITERS = {",": mark("comma"), ";": mark("semicolon"), "\t": mark("tab")}
_SAMPLED_ROWS = 2000
_SAMPLES = 3
_MOST_VALUES = 60
_FEW_VALUES = 8
_NAMED = frozenset({"stage", "user", "team", "choice"})


@dataclass(frozen=True, slots=True)
class ValueView:
    """A typed value, what it is exchanged for, and what it may be."""

    typed: str
    value: str
    options: Pairs


@dataclass(frozen=True, slots=True)
class RuleView:
    """One use of a column; its form fields begin with `prefix`."""

    prefix: str
    field: str
    take: str
    fallback: bool
    joined: bool
    values: list[ValueView]

    @property
    def is_open(self) -> bool:
        """Whether the values are shown at once: few, or some that are exchanged."""
        is_set = any(value.value != AS_IT_IS for value in self.values)
        return is_set or len(self.values) <= _FEW_VALUES


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column of the file: its header, its first values, its uses and a free one."""

    header: str
    samples: tuple[str, ...]
    rules: list[RuleView]


@dataclass(frozen=True, slots=True)
class MappingView:
    """All that the mapping page shows of a mapping; `free` columns fill no field."""

    columns: list[ColumnView]
    free: int
    fields: Pairs
    takes: Pairs
    fixed: list[tuple[str, str, str]]
    lookups: list[tuple[str, str, Pairs]]


def view_mapping(
    uow: UnitOfWork, import_: Import, translate: Callable[[str], str]
) -> MappingView:
    """The import's mapping as its page shows it."""
    mapping, table = mapping_of(import_), table_of(uow, import_)
    fields = list_importable(uow, import_.entity)
    samples = sample_columns(table.columns, islice(table.rows(), _SAMPLED_ROWS))
    viewer = _Viewer(mapping, {field.name: field for field in fields}, _list_names(uow))
    files = list_lookup_files(uow, import_)
    return MappingView(
        free=sum(
            bool(sample.values) and not mapping.columns.get(sample.header)
            for sample in samples
        ),
        columns=[viewer.view(*item) for item in enumerate(samples[:MOST_COLUMNS])],
        fields=[(field.name, translate(field.label)) for field in fields],
        takes=_list_takes(mapping, files),
        fixed=_list_fixed(mapping, fields, translate),
        lookups=_list_lookups(mapping, files),
    )


def describe_file(import_: Import, translate: Callable[[str], str]) -> str:
    """Where a file comes from, if that is known, and how it is written."""
    origin = find_origin(import_.entity, import_.shape["columns"])
    kind = _describe_kind(import_.shape, translate)
    return f"{origin.origin} · {kind}" if origin else kind


def _describe_kind(shape: dict[str, Any], translate: Callable[[str], str]) -> str:
    if shape["kind"] == Kind.WORKBOOK:
        return str(shape["sheet"])
    if shape["kind"] != Kind.CSV:
        return {Kind.CARDS: "vCard", Kind.JSON: "JSON"}[Kind(shape["kind"])]
    dialect = shape["dialect"]
    sign = translate(_DELIMITERS.get(dialect["delimiter"], dialect["delimiter"]))
    return f"{dialect['encoding']} · {sign}"


def _list_names(uow: UnitOfWork) -> dict[str, list[str]]:
    """What may stand in fields that name a record."""
    return {
        "stage": [stage.name for stage in list_stages(uow)],
        "user": [user.name for user in list_users(uow)],
        "team": [team.name for team in list_teams(uow)],
    }


def _list_takes(mapping: Mapping, files: dict[str, tuple[str, ...]]) -> Pairs:
    """The columns of second files: name of the lookup and column, and what to show."""
    return [
        (f"{name}{TAKE_MARK}{column}", f"{column} ({lookup.file})")
        for name, lookup in mapping.lookups.items()
        for column in files.get(lookup.file, ())
    ]


def _list_lookups(
    mapping: Mapping, files: dict[str, tuple[str, ...]]
) -> list[tuple[str, str, Pairs]]:
    """Each second file with its key and the columns that may be the key."""
    keys = {lookup.file: lookup.key for lookup in mapping.lookups.values()}
    missing = {file: () for file in keys if file not in files}
    return [
        (file, keys.get(file, ""), [(column, column) for column in columns])
        for file, columns in {**files, **missing}.items()
    ]


def _list_fixed(
    mapping: Mapping, fields: Sequence[Field], translate: Callable[[str], str]
) -> list[tuple[str, str, str]]:
    """The constants that there are, and two that are asked for often."""
    wanted = {*mapping.fixed, "kind", "currency", "owner"}
    return [
        (field.name, translate(field.label), mapping.fixed.get(field.name, ""))
        for field in fields
        if field.name in wanted
    ]


@dataclass(frozen=True, slots=True)
class _Viewer:
    mapping: Mapping
    fields: dict[str, Field]
    names: dict[str, list[str]]

    def view(self, place: int, sample: ColumnSample) -> ColumnView:
        rules = [*self.mapping.columns.get(sample.header, ()), ColumnRule(field="")]
        return ColumnView(
            sample.header,
            sample.distinct[:_SAMPLES],
            [
                self._view_rule(f"c{place}r{number}", rule, sample)
                for number, rule in enumerate(rules)
            ],
        )

    def _view_rule(
        self, prefix: str, rule: ColumnRule, sample: ColumnSample
    ) -> RuleView:
        take = f"{rule.lookup}{TAKE_MARK}{rule.take}" if rule.lookup else ""
        return RuleView(
            prefix,
            rule.field,
            take,
            rule.fallback,
            rule.joined,
            list(self._view_values(rule, sample)),
        )

    def _view_values(
        self, rule: ColumnRule, sample: ColumnSample
    ) -> Iterator[ValueView]:
        """The values that stand in the column, then others that the rule names."""
        field = self.fields.get(rule.field)
        if field is None or rule.lookup:
            return
        known = list(field.choices) or self.names.get(str(field.type), [])
        is_named = str(field.type) in _NAMED and len(sample.distinct) <= _MOST_VALUES
        if not rule.values and not is_named:
            return
        given = {fold_name(typed): value for typed, value in rule.values.items()}
        folded = {fold_name(name) for name in known}
        listed = [*sample.distinct[:_MOST_VALUES], *rule.values]
        shown: set[str] = {ANY_VALUE}
        for typed in listed:
            if fold_name(typed) in shown:
                continue
            shown.add(fold_name(typed))
            is_open = fold_name(typed) not in folded
            if fold_name(typed) in given or is_open:
                value = given.get(fold_name(typed), AS_IT_IS)
                yield ValueView(typed, value or "", _offer(known, value))
        other = given.get(ANY_VALUE, AS_IT_IS)
        if rule.values:
            yield ValueView(ANY_VALUE, other or "", _offer(known, other))


def _offer(known: list[str], value: str | None) -> Pairs:
    extra = [] if not value or value == AS_IT_IS or value in known else [value]
    return [(name, name) for name in (*known, *extra)]
