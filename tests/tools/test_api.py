"""api.json: what would break those who rely on crmkit is named before it does."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest
from pydantic import BaseModel

from tools.api import settle, write_text
from tools.api_breaks import find_breaks
from tools.api_names import describe
from tools.event_kinds import list_kinds


class Colour(StrEnum):
    RED = "red"


@dataclass
class Context:
    number: int


class Draft(BaseModel):
    name: str
    note: str = ""


def paint(colour: Colour, *, twice: bool = False) -> str:
    return colour * (1 + twice)


OLD: dict[str, Any] = {
    "plugin_api": {"version": [1, 0]},
    "crmkit.core": {
        "Colour": describe(Colour),
        "Context": describe(Context),
        "Draft": describe(Draft),
        "paint": describe(paint),
        "LIMIT": "int",
    },
    "hooks": {
        "lead_won": {
            "form": "happened",
            "context": "LeadsContext",
            "fields": ["uow: UnitOfWork"],
            "answer": "None",
        }
    },
    "events": {"lead.won": "event"},
    "columns": {"lead.id": "Id"},
    "operations": {
        "win_lead": {
            "at": "POST /leads/{lead_id}/win",
            "asked": {},
            "sent": {"note": "may be left out"},
            "answers": {"200": ["id", "status"]},
        }
    },
}


def test_the_same_breaks_nothing():
    assert find_breaks(OLD, copy.deepcopy(OLD)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("crmkit.core/new", "int"),
        ("crmkit.core/Colour/one of", ["red", "blue"]),
        ("crmkit.core/Context/has/more", "str"),
        ("crmkit.core/Draft/has/more", "may be left out"),
        ("crmkit.core/Draft/has/name", "may be left out"),
        ("crmkit.core/paint/takes/2", "*, shade: int = …"),
        ("hooks/lead_won/fields/1", "leads: tuple[Lead, ...]"),
        ("events/lead.lost", "event"),
        ("columns/lead.name", "String"),
        ("operations/win_lead/sent/by", "may be left out"),
        ("operations/win_lead/answers/200/2", "name"),
    ],
)
def test_what_is_added_breaks_nothing(path, value):
    assert find_breaks(OLD, _changed(path, value)) == []


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("crmkit.core/paint", None, "crmkit.core: paint is gone."),
        ("crmkit.core/LIMIT", "str", "crmkit.core: LIMIT was “int” and is “str”."),
        ("crmkit.core/Colour/one of", [], "crmkit.core: Colour has “red” no longer."),
        (
            "crmkit.core/Context/has/number",
            "str",
            "crmkit.core: Context.number was “int” and is “str”.",
        ),
        ("crmkit.core/Draft/has/note", None, "crmkit.core: Draft.note is gone."),
        (
            "crmkit.core/Draft/has/more",
            "needed",
            "crmkit.core: Draft needs “more” now.",
        ),
        (
            "crmkit.core/paint/takes/2",
            "shade: int",
            "crmkit.core: paint needs “shade: int” now.",
        ),
        (
            "crmkit.core/paint/takes",
            ["colour: Colour"],
            "crmkit.core: paint takes “*, twice: bool = …” no longer.",
        ),
        (
            "crmkit.core/paint/gives",
            "int",
            "crmkit.core: paint gave “str” and gives “int”.",
        ),
        (
            "hooks/lead_won/form",
            "ask",
            "hooks: lead_won had the form “happened” and has “ask”.",
        ),
        (
            "hooks/lead_won/fields",
            [],
            "hooks: lead_won has “uow: UnitOfWork” no longer.",
        ),
        ("events/lead.won", None, "events: lead.won is gone."),
        ("columns/lead.id", None, "columns: lead.id is gone."),
        (
            "operations/win_lead/at",
            "GET /x",
            "operations: win_lead was at POST /leads/{lead_id}/win and is at GET /x.",
        ),
        (
            "operations/win_lead/sent/by",
            "needed",
            "operations: win_lead needs “by” now.",
        ),
        (
            "operations/win_lead/sent/note",
            None,
            "operations: win_lead takes “note” no longer.",
        ),
        (
            "operations/win_lead/answers/200",
            ["id"],
            "operations: win_lead answers “status” no longer (200).",
        ),
    ],
)
def test_what_breaks_is_named(path, value, sentence):
    new = _changed(path, value)
    assert find_breaks(OLD, new) == [sentence]
    new["plugin_api"]["version"] = [2, 0]
    assert find_breaks(OLD, new) == []


def _changed(path, value):
    new = copy.deepcopy(OLD)
    *way, last = path.split("/")
    place: Any = new
    for step in way:
        place = place[step]
    if isinstance(place, list):
        place.insert(int(last), value)
    elif value is None:
        del place[last]
    else:
        place[last] = value
    return new


def test_the_file_is_not_written_over_what_would_break(tmp_path, capsys):
    target = tmp_path / "api.json"
    assert settle(OLD, [], target) == 0
    assert json.loads(target.read_text(encoding="utf-8")) == OLD
    new = _changed("crmkit.core/paint", None)
    for arguments in ([], ["--check"]):
        assert settle(new, arguments, target) == 1
        said = capsys.readouterr().err
        assert "crmkit.core: paint is gone." in said
        assert "raise PLUGIN_API in crmkit/hooks/manifest.py to (" in said
    assert json.loads(target.read_text(encoding="utf-8")) == OLD


def test_a_file_that_is_not_fresh_says_what_to_do(tmp_path, capsys):
    target = tmp_path / "api.json"
    new = _changed("events/lead.lost", "event")
    target.write_text(write_text(OLD), encoding="utf-8")
    assert settle(new, ["--check"], target) == 1
    assert capsys.readouterr().err == "api.json is not up to date. Run: make api\n"
    assert settle(new, [], target) == 0
    assert settle(new, ["--check"], target) == 0


def test_the_kinds_of_event_are_those_of_the_code():
    assert {"lead.created", "lead.won", "lead.lost", "tag.created"} <= set(list_kinds())
