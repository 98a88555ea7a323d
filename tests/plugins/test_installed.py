"""Hostile plugins, really installed: what works on, and what each of us is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmkit.core import get_user, set_password

from tests.plugins.hostile import EVERY, FOLDER
from tests.plugins.scratch import make_scratch

FINE = {"create": 201, "move": 200, "board": 200, "lead": 200}
# Those that cannot start do nothing to each other: they are tried in one CRM.
BROKEN = {
    "bad_api": ("incompatible", "It speaks plugin API 99, not 1."),
    "bad_circle_a": ("blocked", "bad_circle_a → bad_circle_b → bad_circle_a"),
    "bad_circle_b": ("blocked", "bad_circle_a → bad_circle_b → bad_circle_a"),
    "bad_hook_name": (
        "failed",
        "There is no hook “lead_wun”. Did you mean “lead_won”?",
    ),
    "bad_import": ("failed", "no module named abacus"),
    "bad_migration": ("needs-migration", "Its migrations were not run yet."),
    "bad_needs": ("blocked", "It requires “no_such_plugin”, which is not installed."),
    "bad_pending": ("needs-migration", "Its migrations were not run yet."),
    "bad_register": ("failed", "bad_register"),
    "bad_relationship": ("failed", "failed to locate a name ('Nobody')"),
    "bad_routes": ("failed", "Its address GET /p/bad_routes/home is there twice."),
    "bad_signature": ("failed", "cheer"),
    "bad_table": ("failed", "Its table “lead” is not named bad_table__…."),
    "bad_twin": ("conflict", "Two installed packages have this id; uninstall one."),
}
BROKEN_TOGETHER = ",".join(BROKEN)
# So do these, which run; the first disappears while it is active.
RUNNING = ("bad_leaving", "bad_slow_hook", "bad_slow_import", "bad_sql")
RUNNING_TOGETHER = ",".join(RUNNING) + "-leaving"


@pytest.fixture
def found(kit, tmp_path):
    """What the probe found, by what it was asked."""
    with kit.work() as uow:
        set_password(uow, get_user(uow, kit.eve), "correct horse")
    scratch = make_scratch(tmp_path / "scratch")
    scratch.install(FOLDER / name for name in EVERY)
    database = Path(kit.crm.engine.url.database)
    kit.crm.close()  # so that all of it stands in the file
    return scratch.probe(database, BROKEN_TOGETHER, RUNNING_TOGETHER, "bad_hooks")


@pytest.mark.databases("sqlite")
def test_what_they_do_and_what_is_said_of_them(found):
    check_those_that_cannot_start(found[BROKEN_TOGETHER])
    check_one_that_raises(found["bad_hooks"])
    check_those_that_run(found[RUNNING_TOGETHER])
    check_what_is_left_of_one(found[RUNNING_TOGETHER]["after"])


def check_those_that_cannot_start(one):
    """The core works, each is named with a remedy, and a strict start refuses."""
    assert one["statuses"] == FINE
    assert one["states"] == {name: state for name, (state, _) in BROKEN.items()}
    told = {p["about"].removeprefix("plugin "): p for p in one["doctor"]["problems"]}
    assert one["doctor"]["code"] == 1
    assert set(told) == set(BROKEN)
    for name, (state, said) in BROKEN.items():
        assert told[name]["sentence"].startswith(f"It is {state}. ")
        assert said in told[name]["sentence"]
        assert told[name]["remedy"]
        assert bool(told[name]["trace"]) == (state == "failed")
        assert told[name]["remedy"] in one["admin"][name]
        assert f"{name} is {state}." in one["strict"]["error"]
    assert "bad_" not in one["ann"]
    assert one["upgrade"]["code"] == 1
    assert one["upgrade"]["said"] == "Migrated: bad_pending.\n"
    assert "bad_migration: half-way." in one["upgrade"]["error"]
    assert one["disable"]["code"] == 0


def check_one_that_raises(one):
    """Only what it was to judge is refused, by its name; admins see where it failed."""
    assert one["statuses"] == {**FINE, "move": 422}
    assert one["doctor"]["problems"] == []
    assert one["later"]["code"] == 1
    for problem in one["later"]["problems"]:
        assert problem["about"] == "plugin bad_hooks"
        assert "It failed" in problem["sentence"]
        assert "crmkit plugins disable bad_hooks" in problem["remedy"]
    told = " ".join(problem["sentence"] for problem in one["later"]["problems"])
    for hook in ("check_lead_move", "lead_created", "place_lead_panel"):
        assert f" in {hook} since " in told
    assert "“bad_hooks” could not check this" in one["refusal"]
    assert "crmkit plugins disable bad_hooks" in one["refusal"]
    assert "bad_hooks" not in one["ann"]
    assert "bad_hooks" in one["eve"]
    for hook in ("check_lead_move", "lead_created", "estimate_probability"):
        assert hook in one["admin"]["bad_hooks"]


def check_those_that_run(one):
    """Slow ones, and one whose statements are refused, harm nobody."""
    assert one["statuses"] == FINE
    assert one["states"] == dict.fromkeys(RUNNING, "active")
    assert (one["doctor"]["code"], one["doctor"]["problems"]) == (0, [])
    assert {p["about"] for p in one["later"]["problems"]} == {"plugin bad_sql"}
    assert one["strict"]["error"].startswith("Port ")
    assert one["upgrade"]["said"] == "Nothing was pending.\n"
    assert "bad_" not in one["ann"]
    for name in ("bad_slow_hook", "bad_sql"):
        assert "lead_created" in one["admin"][name]


def check_what_is_left_of_one(after):
    """The data of a plugin that disappeared stays and is told of; the rest works on."""
    gone, *others = RUNNING
    assert after["statuses"] == FINE
    assert after["states"] == {gone: "orphaned", **dict.fromkeys(others, "active")}
    assert after["doctor"]["code"] == 1
    problem, *failed = after["doctor"]["problems"]
    assert {one["about"] for one in failed} == {"plugin bad_sql"}
    assert problem["sentence"].startswith(
        "It is orphaned. Its package is not installed"
    )
    assert "or remove what it left" in problem["remedy"]
    assert problem["remedy"] in after["admin"][gone]
    assert after["strict"]["error"].startswith("Port ")
    assert "bad_" not in after["ann"]
