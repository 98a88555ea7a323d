"""The timeline of a lead's page: kinds, older lines, Undo where a change stands."""

import re

import pytest

from crmkit.core import (
    ActivityDraft,
    NoteDraft,
    add_note,
    edit_lead,
    finish_activity,
    get_lead,
    plan_activity,
    timeline_of,
)
from crmkit.web.pages import entries

PARTIAL = {"hx-request": "true", "hx-request-type": "partial"}


@pytest.fixture
def lead(door):
    """A lead of Ann's with a note, a done activity and two changes."""
    kit = door.kit
    made = kit.lead("Pump station", owner_id=kit.ann)
    with kit.work(kit.ann) as uow:
        found = get_lead(uow, made.id)
        add_note(uow, found, NoteDraft(text="Asked for a drawing."))
        draft = ActivityDraft(type="call", summary="Ring back", due_on=uow.today())
        finish_activity(uow, found, plan_activity(uow, found, draft), "Wants two.")
    for priority in (1, 2):
        with kit.work(kit.ann) as uow:
            edit_lead(uow, get_lead(uow, made.id), {"priority": priority})
    return made


def test_a_timeline_is_narrowed_to_a_kind(door, lead):
    ann, here = door.person("ann"), f"/leads/{lead.id}"
    every = ann.get(here).text
    assert all(said in every for said in ("Asked for a drawing.", "Wants two."))
    notes = ann.get(f"{here}?kind=note").text
    assert ("drawing" in notes, "Wants two." in notes) == (True, False)
    done = ann.get(f"{here}?kind=activity").text
    assert ("drawing" in done, "Wants two." in done) == (False, True)
    changes = ann.get(f"{here}?kind=change").text
    assert ("drawing" in changes, "created this lead" in changes) == (False, True)
    assert "Nothing of this kind" in ann.get(f"{here}?kind=mail").text


def test_older_lines_follow_page_by_page(door, lead, monkeypatch):
    monkeypatch.setattr(entries, "PAGE", 2)
    ann, shown = door.person("ann"), []
    text = ann.get(f"/leads/{lead.id}").text
    while True:
        shown += re.findall(r'id="entry-(\d+)"', text)
        more = re.search(rf'hx-get="(/leads/{lead.id}\?before=\d+)"', text)
        if more is None:
            break
        text = ann.get(more[1], headers=PARTIAL).text
        assert 'hx-target="#older"' in text
    with door.kit.read() as uow:
        moments = timeline_of(uow, get_lead(uow, lead.id))
    assert [int(number) for number in shown] == [moment.id for moment in moments]


def test_a_change_is_taken_back_where_it_stands_by_who_may(door, lead):
    here = f"/leads/{lead.id}"
    text = door.person("ann").get(here).text
    newest = re.search(r'hx-post="(/changes/[^"]+/undo)"', text)
    assert newest
    door.person("ann").send(newest[1])
    assert door.kit.fresh(lead).priority == 1
    after = door.person("ann").get(here).text
    assert (newest[1] in after, "undone" in after) == (False, True)
    assert "/undo" in door.person("max").get(here).text
    assert "/undo" not in door.person("lea").get(here).text


def test_a_contact_tells_what_happened_with_its_leads(door):
    kit = door.kit
    contact = kit.contact("Ada Byron", city="Lyon", owner_id=kit.ann)
    made = kit.lead("Pumps", owner_id=kit.ann, contact_id=contact.id, city="Oslo")
    with kit.work(kit.ann) as uow:
        add_note(uow, get_lead(uow, made.id), NoteDraft(text="Rang at noon."))
    ann = door.person("ann")
    page = ann.get(f"/contacts/{contact.id}").text
    assert ("Rang at noon." in page, "/undo" in page) == (True, False)
    assert "The contact says otherwise" in ann.get(f"/leads/{made.id}").text
    ann.send(f"/leads/{made.id}/contact-values", fields="city", to="lead")
    assert kit.fresh(made).city == "Lyon"
