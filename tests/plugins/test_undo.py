"""Records of plugins are taken back by the same undo as those of the core."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from crmkit.core import (
    CrmError,
    CustomFieldDraft,
    Fact,
    State,
    TakenBack,
    Undoable,
    add_field,
    edit_field,
    edit_lead,
    get_field,
    get_lead,
    list_custom_fields,
    record,
    switch_plugin,
    undo_change,
)
from crmkit.hooks import register_undo
from crmkit.testing import sample_plugin


@dataclass(slots=True)
class Box:
    """What a plugin keeps: words by number, and how often they were read."""

    words: dict[int, str] = field(default_factory=dict)
    asked: list[set[int]] = field(default_factory=list)
    error: Exception | None = None

    def load(self, uow, ids):
        del uow
        self.asked.append(ids)
        return {number: number for number in ids if number in self.words}

    def take_back(self, uow, number, event):
        edit_lead(uow, get_lead(uow, 1), {"name": "Half"})
        if self.error is not None:
            raise self.error
        edit_lead(uow, get_lead(uow, 1), {"name": "Valve"})
        old, new = event.values["word"]
        if self.words[number] != new:
            return TakenBack(f"Word {number}", 0, ("word",))
        self.words[number] = old
        return TakenBack(f"Word {number}")


def plugin_of(box, entity="words_word"):
    def answer(ctx):
        del ctx
        return {entity: Undoable(box.load, box.take_back)}

    return sample_plugin("words", register_undo.impl(answer))


@pytest.fixture
def world(make_kit):
    """A plugin with two words, and a change of both and of a lead."""
    box = Box({1: "new", 2: "new"})
    kit = make_kit(plugin_of(box))
    lead = kit.lead("Valve")
    with kit.work(kit.ann) as uow:
        edit_lead(uow, get_lead(uow, lead.id), {"priority": 2})
        words = [
            Fact("words.written", "words_word", number, 1, {"word": ("old", "new")})
            for number in (1, 2)
        ]
        record(uow, words)
    return kit, box, uow.change_id


def undo(kit, change_id):
    with kit.work(kit.ann) as uow:
        return undo_change(uow, change_id)


def test_they_go_back_together_with_the_cores_and_are_read_once(world):
    kit, box, change_id = world
    undone = undo(kit, change_id)
    assert (undone.records, undone.kept) == (3, [])
    assert box.words == {1: "old", 2: "old"}
    assert box.asked == [{1, 2}]


def test_what_was_changed_since_or_is_gone_stays_and_is_listed(world):
    kit, box, change_id = world
    box.words = {1: "newer"}
    undone = undo(kit, change_id)
    assert undone.records == 1
    assert [(one.id, one.name) for one in undone.kept] == [
        (2, "words.written"),
        (1, "Word 1"),
    ]


def test_a_way_back_that_fails_harms_nobody(world):
    kit, box, change_id = world
    box.error = ValueError("broken")
    undone = undo(kit, change_id)
    assert (undone.records, len(undone.kept)) == (1, 2)
    with kit.read() as uow:
        lead = get_lead(uow, 1)
        assert (lead.name, lead.priority) == ("Valve", 0)
    assert kit.crm.timings.by_hook["words", "register_undo"].failures == 2


def test_a_way_back_that_refuses_stops_all_of_it(world):
    kit, box, change_id = world
    box.error = CrmError("It is printed already.")
    with pytest.raises(CrmError, match="printed"):
        undo(kit, change_id)
    assert kit.fresh(get(kit)).priority == 2


def get(kit):
    with kit.read() as uow:
        return get_lead(uow, 1)


def test_a_plugin_that_is_off_keeps_its_records(world):
    kit, box, change_id = world
    with kit.work(kit.eve) as uow:
        switch_plugin(uow, "words", is_enabled=False)
    undone = undo(kit, change_id)
    assert (undone.records, len(undone.kept), box.asked) == (1, 2, [])


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("entity", ["lead", "wordsmith", "words_" + "a" * 20])
def test_an_entity_of_somebody_else_is_refused_at_the_start(make_kit, entity):
    entry = make_kit(plugin_of(Box(), entity)).crm.plugins.entries["words"]
    assert entry.state is State.FAILED
    assert f"“{entity}” is not named words_…" in entry.error


def test_fields_that_admins_make_and_change_are_taken_back(kit):
    draft = CustomFieldDraft(entity="lead", slug="depth", label="Depth", type="whole")
    with kit.work(kit.eve) as uow:
        made, number = uow.change_id, add_field(uow, draft).id
    with kit.work(kit.eve) as uow:
        edited = uow.change_id
        edit_field(uow, get_field(uow, number), {"label": "Deep"})
    for change_id, label in ((edited, "Depth"), (made, None)):
        with kit.work(kit.eve) as uow:
            assert undo_change(uow, change_id).kept == []
        with kit.read(kit.eve) as uow:
            labels = [one.label for one in list_custom_fields(uow, "lead")]
        assert labels == ([label] if label else [])
