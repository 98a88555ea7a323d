"""The page of today, and what is done to activities from it."""

import pytest

from crmkit.core import ActivityDraft, activities_of, get_lead, plan_activity


@pytest.fixture
def ann(door):
    return door.person("ann")


@pytest.fixture
def planned(door):
    lead = door.kit.lead("Pump station")
    with door.kit.work(door.kit.ann) as uow:
        draft = ActivityDraft(type="mail", summary="Send it", due_on=uow.today())
        return plan_activity(uow, get_lead(uow, lead.id), draft)


def found(door, planned):
    with door.kit.read() as uow:
        return activities_of(uow, get_lead(uow, planned.lead_id))


def test_today_shows_what_is_due(ann, planned):
    text = ann.get("/today").text
    assert "Mail: Send it" in text
    assert f"/activities/{planned.id}/done" in text


def test_the_form_of_done_offers_what_usually_follows(ann, planned):
    text = ann.get(f"/activities/{planned.id}/done").text
    assert '<option value="call" selected>' in text
    assert 'value="2026-11-26"' in text


def test_done_with_a_next_step_plans_it(door, ann, planned):
    typed = {"feedback": "Sent", "next_type": "call", "next_day": "2026-11-30"}
    answer = ann.send(f"/activities/{planned.id}/done", **typed)
    assert answer.status_code == 200, answer.text
    first, last = found(door, planned)
    assert (first.type, last.feedback) == ("call", "Sent")


def test_an_activity_is_put_off_edited_and_deleted(door, ann, planned):
    path = f"/activities/{planned.id}"
    for to, day in (("tomorrow", "25"), ("week", "01"), ("2026-12-24", "24")):
        assert ann.send(f"{path}/snooze", to=to).status_code == 200
        assert found(door, planned)[0].due_on.isoformat()[-2:] == day
    assert ann.send(f"{path}/snooze", to="soon").status_code == 422
    assert "Send it" in ann.get(f"{path}/edit").text
    ann.send(f"{path}/edit", type="task", summary="Print it", due_on="2026-12-01")
    (only,) = found(door, planned)
    assert (only.type, only.summary) == ("task", "Print it")
    assert ann.send(f"{path}/edit", due_on="").status_code == 422
    stale = ann.send(f"{path}/edit", due_on="2026-12-02", version=only.version - 1)
    assert stale.status_code == 409
    assert ann.send(f"{path}/delete").status_code == 200
    assert found(door, planned) == []
