from __future__ import annotations

from pathlib import Path

import pytest

from crmkit_data_exchange import mapping as module
from crmkit_data_exchange.errors import UnreadableMappingError
from crmkit_data_exchange.mapping import ColumnRule, Mapping, parse_mapping

MAPS = Path(__file__).parent / "maps"


def test_a_column_is_mapped_by_a_name_a_rule_a_list_or_null() -> None:
    mapping = parse_mapping(
        '{"entity": "lead", "columns": {"A": "name", "B": null,'
        ' "C": {"field": "owner"}, "D": ["team", {"field": "stage"}]}}'
    )
    assert mapping.columns["A"] == (ColumnRule(field="name"),)
    assert mapping.columns["B"] == ()
    assert [rule.field for rule in mapping.columns["D"]] == ["team", "stage"]


def test_fallbacks_come_after_all_others() -> None:
    mapping = parse_mapping(
        '{"entity": "lead", "columns": {"list": {"field": "name", "fallback": true},'
        ' "deal": "name"}}'
    )
    assert [header for header, _ in mapping.rules()] == ["deal", "list"]


@pytest.mark.parametrize("file", sorted(MAPS.glob("*.json")), ids=lambda p: p.stem)
def test_a_saved_mapping_reads_back_the_same(file: Path) -> None:
    mapping = parse_mapping(file.read_bytes())
    assert parse_mapping(mapping.to_json()) == mapping


def test_the_example_in_the_docstring_is_a_mapping() -> None:
    text = module.__doc__ or ""
    example = parse_mapping(text[text.index("{") : text.rindex("}") + 1])
    assert isinstance(example, Mapping)
    assert example.create.stages


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "JSON"),
        ('{"entity": "lead", "columns": {}, "colums": {}}', "colums"),
        ('{"entity": "quote", "columns": {}}', "entity"),
        ('{"entity": "lead", "columns": {"A": {"feld": "x"}}}', "columns.A"),
    ],
)
def test_a_fault_in_a_mapping_is_named_with_its_place(text: str, words: str) -> None:
    with pytest.raises(UnreadableMappingError, match=words):
        parse_mapping(text)


def test_the_example_of_the_readme_is_a_mapping() -> None:
    readme = Path(__file__).parents[1] / "README.md"
    example = readme.read_text(encoding="utf-8").split("```json\n")[1].split("```")[0]
    mapping = parse_mapping(example)
    assert mapping.match_by == ("email",)
    assert parse_mapping(mapping.to_json()) == mapping
