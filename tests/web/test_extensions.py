"""What plugins add to leads as scripts get them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crmkit.hooks import Plugin, extend_leads
from crmkit.testing import sample_plugin

from tests.web.doors import borrow_door

ASKED: list[int] = []


@extend_leads.impl
def answer_scores(ctx):
    ASKED.append(len(ctx.ids))
    return {lead_id: {"score": Decimal("7.5")} for lead_id in ctx.ids if lead_id > 1}


@extend_leads.impl
def fail(ctx):
    raise ValueError(ctx.ids)


@pytest.fixture(scope="module")
def door(crm_database, crm_templates):
    scores = sample_plugin(Plugin(id="scores", name="Scores"), answer_scores)
    broken = sample_plugin(Plugin(id="broken", name="Broken"), fail)
    with borrow_door(crm_database, crm_templates, scores, broken) as opened:
        for number in range(12):
            opened.lead(f"Pump {number}")
        yield opened


def test_one_lead_shows_what_plugins_know_of_it(door):
    eve = door.script("eve")
    assert eve.get("/leads/2").json()["ext"] == {"scores": {"score": "7.5"}}
    assert eve.get("/leads/1").json()["ext"] == {}
    changed = eve.patch("/leads/2", {"name": "Other"}).json()
    assert changed["ext"] == {"scores": {"score": "7.5"}}


def test_a_list_asks_a_plugin_once_and_only_where_it_is_named(door):
    eve = door.script("eve")
    ASKED.clear()
    (first, *_) = eve.get("/leads?limit=10").json()["items"]
    assert "ext" not in first
    assert ASKED == []
    (first, *others) = eve.get("/leads?limit=10&ext=scores").json()["items"]
    assert (first["ext"], len(others)) == ({"scores": {"score": "7.5"}}, 9)
    assert ASKED == [10]
    (first, *_) = eve.get("/leads?limit=10&ext=all").json()["items"]
    assert first["ext"] == {"scores": {"score": "7.5"}}
    (first, *_) = eve.get("/leads?limit=10&ext=broken").json()["items"]
    assert first["ext"] == {}
    assert ASKED == [10, 10]


def test_a_plugin_that_is_switched_off_adds_nothing(door):
    eve = door.script("eve")
    eve.patch("/plugins/scores", {"enabled": False})
    assert eve.get("/leads/2").json()["ext"] == {}
    eve.patch("/plugins/scores", {"enabled": True})
    assert eve.get("/leads/2").json()["ext"] != {}
