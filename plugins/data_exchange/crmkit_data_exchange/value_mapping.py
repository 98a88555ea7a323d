"""Which typed values mean which stage, status, user or team."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmkit_data_exchange.mapping import ANY_VALUE, ColumnRule
from crmkit_data_exchange.names import fold_header, fold_name
from crmkit_data_exchange.synonyms import LOST_WORDS, OPEN_WORDS, WON_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmkit_data_exchange.column_values import ColumnSample
    from crmkit_data_exchange.fields import FieldDescription

_FEW = 50


@dataclass(frozen=True, slots=True)
class Existing:
    """What the CRM knows by name already; `won_stage` is the name of its won stage."""

    stages: tuple[str, ...] = ()
    won_stage: str | None = None
    teams: tuple[str, ...] = ()
    user_names: tuple[str, ...] = ()
    user_mails: tuple[str, ...] = ()


def propose_rules(
    sample: ColumnSample,
    field: FieldDescription,
    fields: Sequence[FieldDescription],
    existing: Existing,
) -> list[ColumnRule]:
    """The uses of a column for `field`: one, or two where a stage tells the status."""
    name = field.name.removesuffix("_id")
    if name == "stage":
        return _propose_stage_rules(sample, field, fields, existing)
    if name == "status":
        return [ColumnRule(field=field.name, values=_map_status(sample))]
    if field.type in ("user", "team"):
        known = existing.teams
        if field.type == "user":
            known = (*existing.user_mails, *existing.user_names)
        return [ColumnRule(field=field.name, values=_map_known(sample, known))]
    if field.choices and field.type != "choices":
        return [ColumnRule(field=field.name, values=_map_known(sample, field.choices))]
    return [ColumnRule(field=field.name)]


def has_known_choices(sample: ColumnSample, field: FieldDescription) -> bool:
    """Whether at least half of the values are choices of `field`, or can be mapped."""
    if not field.choices or not sample.values or field.type == "choices":
        return True
    mapped = {*_map_known(sample, field.choices), *field.choices}
    if field.name == "status":
        mapped |= set(_map_status(sample))
    folded = {fold_name(name) for name in mapped}
    known = [value for value in sample.distinct if fold_name(value) in folded]
    return len(known) * 2 >= len(sample.distinct)


def _propose_stage_rules(
    sample: ColumnSample,
    field: FieldDescription,
    fields: Sequence[FieldDescription],
    existing: Existing,
) -> list[ColumnRule]:
    stages: dict[str, str | None] = dict(_map_known(sample, existing.stages))
    status: dict[str, str | None] = {}
    for value in sample.distinct:
        if _means(value, WON_WORDS):
            status[value] = "won"
            if existing.won_stage and existing.won_stage != value:
                stages[value] = existing.won_stage
        elif _means(value, LOST_WORDS):
            status[value] = "lost"
            stages.setdefault(value, None)  # lost is no stage: where it was is unknown
    rules = [ColumnRule(field=field.name, values=stages)]
    if status and any(other.name == "status" for other in fields):
        rules.append(ColumnRule(field="status", values={**status, ANY_VALUE: "open"}))
    return rules


def _map_status(sample: ColumnSample) -> dict[str, str | None]:
    meanings = (("won", WON_WORDS), ("lost", LOST_WORDS), ("open", OPEN_WORDS))
    return {
        value: status
        for value in sample.distinct[:_FEW]
        for status, words in meanings
        if _means(value, words) and fold_name(value) != status
    }


def _map_known(sample: ColumnSample, known: Iterable[str]) -> dict[str, str | None]:
    """The values that are known names but for their spelling."""
    by_words = {fold_header(name): name for name in known}
    return {
        value: by_words[fold_header(value)]
        for value in sample.distinct
        if fold_header(value) in by_words
        and fold_name(value) != fold_name(by_words[fold_header(value)])
    }


def _means(value: str, words: frozenset[str]) -> bool:
    """Whether a value is one of `words`, or one behind a number or "closed"."""
    parts = [part for part in fold_header(value).split() if not part.isdigit()]
    return " ".join(parts) in words
