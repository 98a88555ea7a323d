"""From the rows of a file to the values of records, by a mapping compiled once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmkit_data_exchange.errors import (
    UnfitConstantError,
    UnknownColumnError,
    UnknownFieldError,
    UnknownLookupError,
)
from crmkit_data_exchange.lookups import LookupTable, Unmatched
from crmkit_data_exchange.mapping import ANY_VALUE, ColumnRule, Mapping
from crmkit_data_exchange.names import fold_name
from crmkit_data_exchange.problems import (
    CONTROL_CHARACTER,
    MISSING,
    TOO_MANY_CELLS,
    Problem,
    ValueRefusedError,
)
from crmkit_data_exchange.typed_values import Parse, Value, choose_parse

if TYPE_CHECKING:
    from crmkit_data_exchange.csv_tables import Row
    from crmkit_data_exchange.fields import FieldDescription

Source = Callable[[list[str]], str]
Misses = list[tuple[str, str]]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CACHED = 10_000
# Nearly every cell of these differs, so remembering them would only cost.
_UNCACHED = frozenset({"text", "long_text", "phone", "link", "mail"})


@dataclass(frozen=True, slots=True)
class Converted:
    """The values of one row by field, None where it has none, and what is wrong.

    `misses` are the lookups that do not know a value of the row, with the value.
    """

    values: dict[str, Value]
    problems: tuple[Problem, ...]
    misses: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """How one field is filled: the first source that gives a text, else `constant`."""

    field: FieldDescription
    column: str
    sources: tuple[Source, ...]
    parse: Parse
    constant: Value
    cache: dict[str, Value] | None

    def read(self, cells: list[str]) -> Value:
        """The value of the field in a row.

        Raises:
            ValueRefusedError: its text does not fit; `args[1]` is the text.
        """
        for source in self.sources:
            if text := source(cells):
                break
        else:
            return self.constant
        if self.cache is None:
            return self._parse(text)
        if text not in self.cache:
            if len(self.cache) >= _CACHED:
                self.cache.clear()
            self.cache[text] = self._parse(text)
        value = self.cache[text]
        return list(value) if isinstance(value, list) else value

    def _parse(self, text: str) -> Value:
        try:
            return self.parse(text)
        except ValueRefusedError as error:
            error.args = (error.message, text)
            raise


class CompiledMapping:
    """A mapping made ready for the columns of one file and its second files."""

    def __init__(
        self, plans: Iterable[FieldPlan], columns: dict[int, str], misses: Misses
    ) -> None:
        self._plans = tuple(plans)
        self._columns = columns
        self._misses = misses
        self._unmatched: Counter[tuple[str, str]] = Counter()

    def convert(self, row: Row) -> Converted:
        """The values of `row`, and the reasons why some are missing."""
        problems: list[Problem] = []
        cells = row.cells
        if row.extra:
            parts = {"count": len(row.extra)}
            problems.append(Problem("", ", ".join(row.extra), TOO_MANY_CELLS, parts))
        if _CONTROL.search("".join(cells)):
            cells = self._empty_unclean(cells, problems)
        values: dict[str, Value] = {}
        for plan in self._plans:
            try:
                value = values[plan.field.name] = plan.read(cells)
            except ValueRefusedError as error:
                values[plan.field.name] = None
                problems.append(
                    Problem(plan.column, error.args[1], error.message, error.parts)
                )
            else:
                if value is None and plan.field.is_required:
                    parts_of_label = {"label": plan.field.label}
                    problems.append(Problem(plan.column, "", MISSING, parts_of_label))
        misses: tuple[tuple[str, str], ...] = ()
        if self._misses:
            misses = tuple(dict.fromkeys(self._misses))
            self._unmatched.update(misses)
            self._misses.clear()
        return Converted(values, tuple(problems), misses)

    @property
    def unmatched(self) -> tuple[Unmatched, ...]:
        """The values no lookup knew in the rows so far, the most frequent first."""
        return tuple(
            Unmatched(lookup, value, rows)
            for (lookup, value), rows in self._unmatched.most_common()
        )

    def _empty_unclean(self, cells: list[str], problems: list[Problem]) -> list[str]:
        clean = list(cells)
        for place, column in self._columns.items():
            if _CONTROL.search(cells[place]):
                clean[place] = ""
                shown = _CONTROL.sub("\ufffd", cells[place])
                problems.append(Problem(column, shown, CONTROL_CHARACTER))
        return clean


def compile_mapping(
    mapping: Mapping,
    fields: Iterable[FieldDescription],
    columns: Sequence[str],
    lookups: dict[str, LookupTable] | None = None,
) -> CompiledMapping:
    """`mapping` ready to convert rows of a file with these `columns`.

    Raises:
        MappingError: it names a field, column or lookup that there is not, or its
            constants do not fit their fields.
    """
    by_name = {field.name: field for field in fields}
    uses: dict[str, list[tuple[str, ColumnRule]]] = {}
    for header, rule in mapping.rules():
        if header not in columns:
            raise UnknownColumnError(header)
        uses.setdefault(rule.field, []).append((header, rule))
    for name in (*uses, *mapping.fixed, *mapping.match_by):
        if name not in by_name:
            raise UnknownFieldError(name)
    compiler = _Compiler(mapping, columns, lookups or {})
    plans = [
        compiler.plan_field(field, uses.get(name, []))
        for name, field in by_name.items()
        if name in uses or name in mapping.fixed or field.is_required
    ]
    read = {columns.index(header): header for header, _ in mapping.rules()}
    return CompiledMapping(plans, read, compiler.misses)


def convert_row(row: Row, compiled: CompiledMapping) -> Converted:
    """The values of `row` and what is wrong with it: `compiled.convert(row)`."""
    return compiled.convert(row)


class _Compiler:
    """Builds the sources of fields; the lookups' misses of a row gather in `misses`."""

    def __init__(
        self, mapping: Mapping, columns: Sequence[str], lookups: dict[str, LookupTable]
    ) -> None:
        self._mapping = mapping
        self._columns = columns
        self._lookups = lookups
        self.misses: Misses = []

    def plan_field(
        self, field: FieldDescription, uses: list[tuple[str, ColumnRule]]
    ) -> FieldPlan:
        """How `field` is filled by these uses of columns, in their order."""
        sources: list[Source] = []
        joined: list[Source] = []
        for header, rule in uses:
            source = self._make_source(header, rule)
            if rule.joined and not joined:
                sources.append(_join_sources(joined))
            (joined if rule.joined else sources).append(source)
        parse = choose_parse(field, self._mapping)
        return FieldPlan(
            field=field,
            column=uses[0][0] if uses else "",
            sources=tuple(sources),
            parse=parse,
            constant=self._read_constant(field, parse),
            cache=None if field.type in _UNCACHED else {},
        )

    def _read_constant(self, field: FieldDescription, parse: Parse) -> Value:
        text = self._mapping.fixed.get(field.name, "").strip()
        try:
            return parse(text) if text else None
        except ValueRefusedError as error:
            problem = Problem("", text, error.message, error.parts)
            raise UnfitConstantError(field.name, problem.text()) from None

    def _make_source(self, header: str, rule: ColumnRule) -> Source:
        source = _read_cell(self._columns.index(header))
        if rule.values:
            source = _exchange_values(source, rule.values)
        if rule.lookup is not None:
            source = self._look_up(source, rule.lookup, rule.take)
        return source

    def _look_up(self, source: Source, name: str, take: str | None) -> Source:
        if name not in self._lookups:
            raise UnknownLookupError(name)
        table, misses = self._lookups[name], self.misses
        place = table.find_column(take or "")
        found: dict[str, str | None] = {}

        def look_up(cells: list[str]) -> str:
            key = source(cells)
            if not key:
                return ""
            if key not in found:
                row = table.by_key.get(fold_name(key))
                found[key] = None if row is None else row[place].strip()
            value = found[key]
            if value is None:
                misses.append((name, key))
            return value or ""

        return look_up


def _read_cell(place: int) -> Source:
    def read_cell(cells: list[str]) -> str:
        return cells[place].strip()

    return read_cell


def _exchange_values(source: Source, values: dict[str, str | None]) -> Source:
    by_name = {fold_name(typed): value or "" for typed, value in values.items()}
    other = by_name.pop(ANY_VALUE, None)
    found: dict[str, str] = {}

    def exchange(cells: list[str]) -> str:
        text = source(cells)
        if text not in found:
            value = by_name.get(fold_name(text), text if other is None else other)
            if not text:
                value = by_name.get("", "")
            if len(found) >= _CACHED:
                found.clear()
            found[text] = value
        return found[text]

    return exchange


def _join_sources(sources: list[Source]) -> Source:
    def join(cells: list[str]) -> str:
        return " ".join(text for source in sources if (text := source(cells)))

    return join
