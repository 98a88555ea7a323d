"""Changing many leads from the list: asked, tried, done, told, taken back."""

import re

import pytest

from crmkit.core import CustomFieldDraft, FieldType, add_field, get_lead

from tests.web.doors import HTMX


@pytest.fixture(scope="module", autouse=True)
def seats(door):
    with door.kit.work() as uow:
        draft = CustomFieldDraft(slug="seats", label="Seats", type=FieldType.WHOLE)
        add_field(uow, draft)


@pytest.fixture
def leads(door):
    """Three leads of Ann's."""
    return [door.lead(f"Many {n}", owner_id=door.kit.ann)["id"] for n in range(3)]


def ask(door, who="eve", **asked):
    return door.person(who).get("/leads/bulk", params=asked, headers=HTMX)


def change(door, chosen, who="eve", **form):
    form.setdefault("ids", ",".join(map(str, chosen)))
    return door.person(who).send("/leads/bulk", **form)


def done(door, answer, who="eve"):
    """The answer when the job that `answer` tells of is done."""
    (job_id,) = re.findall(r'hx-get="/leads/bulk/(\d+)"', answer.text)
    door.kit.run_jobs()
    return door.person(who).get(f"/leads/bulk/{job_id}", headers=HTMX)


def lead_of(door, lead_id):
    return door.script("eve").get(f"/leads/{lead_id}").json()


@pytest.mark.parametrize(
    ("do", "named"),
    [
        ("move", "stage_id"),
        ("assign", "owner_id"),
        ("edit", "field"),
        ("tag", "add_tags"),
        ("lose", "reason_id"),
        ("win", "ids"),
        ("archive", "ids"),
        ("delete", "ids"),
    ],
)
def test_each_action_asks_what_it_needs(door, leads, do, named):
    answer = ask(door, do=do, ids=",".join(map(str, leads)))
    assert f'name="{named}"' in answer.text
    assert "3 leads are chosen" in answer.text


@pytest.mark.parametrize(
    ("form", "changed"),
    [
        ({"do": "move", "stage_id": 2}, {"stage_id": 2}),
        ({"do": "assign", "owner_id": 2}, {"owner_id": 2}),
        ({"do": "assign", "owner_id": "none"}, {"owner_id": None}),
        ({"do": "assign", "team_id": 2}, {"team_id": 2, "owner_id": 1}),
        ({"do": "tag", "add_tags": "Hot, Far"}, {"tags": ["Far", "Hot"]}),
        ({"do": "edit", "field": "city", "value": "Lyon"}, {}),
        ({"do": "edit", "field": "priority", "value": "3"}, {"priority": 3}),
        (
            {"do": "edit", "field": "expected_revenue", "value": "1 200.5"},
            {"expected_revenue": "1200.5"},
        ),
        ({"do": "edit", "field": "seats", "value": "7"}, {"custom": {"seats": 7}}),
        ({"do": "edit", "field": "source", "value": "Fair"}, {"source": "Fair"}),
        ({"do": "win"}, {"status": "won"}),
        ({"do": "lose", "reason": "Too dear"}, {"status": "lost"}),
    ],
)
def test_a_change_is_tried_first_then_made_to_each(door, leads, form, changed):
    before = [lead_of(door, lead_id) for lead_id in leads]
    tried = change(door, leads, **form)
    assert "3 would change, 0 are so already" in tried.text
    assert [lead_of(door, lead_id) for lead_id in leads] == before
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', tried.text))
    started = door.person("eve").send("/leads/bulk", **hidden)
    finished = done(door, started)
    assert "3 leads changed" in finished.text
    assert "data-stale" in finished.text
    for lead_id in leads:
        found = lead_of(door, lead_id)
        assert {name: found[name] for name in changed} == changed
    (undo,) = re.findall(r'hx-post="(/changes/\w+/undo)"', finished.text)
    assert "Undone" in door.person("eve").send(undo).text
    assert lead_of(door, leads[0])["status"] == "open"


def test_all_that_the_filter_finds_are_changed_and_no_other(door, leads):
    other = door.lead("Other one")["id"]
    asked = {"do": "edit", "every": "on", "filter": "name contains many", "q": "many"}
    dialog = ask(door, **asked)
    (count,) = map(int, re.findall(r"(\d+) leads are chosen", dialog.text))
    assert count >= len(leads)
    form = {**asked, "field": "city", "value": "Nice", "step": "do"}
    assert f"{count} leads changed" in done(door, change(door, [], **form)).text
    assert lead_of(door, leads[2])["address"]["city"] == "Nice"
    assert lead_of(door, other)["address"]["city"] is None


def test_who_may_not_is_told_for_each_lead(door, leads):
    form = {"do": "assign", "owner_id": door.kit.oli}
    tried = change(door, leads, "ann", **form)
    assert "3 would be refused" in tried.text
    assert "Your role does not let you assign" in tried.text
    started = change(door, leads, "ann", step="do", **form)
    finished = done(door, started, "ann")
    assert "0 leads changed, 3 refused" in finished.text
    assert "Many 0" in finished.text
    foreign = door.lead("Foreign", owner_id=door.kit.oli)["id"]
    assert "0 would change" in change(door, [foreign], "ann", do="archive").text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"do": "move"}, "0 would change"),
        ({"do": "assign"}, "Say what to change"),
        ({"do": "edit", "field": "priority", "value": "9"}, "At most 3"),
        ({"do": "edit", "field": "seats", "value": "many"}, "Seats"),
        ({"do": "edit", "field": "nothing", "value": "1"}, "no field"),
        ({"do": "tag"}, "Say what to change"),
        ({"do": "win", "ids": ""}, "Choose leads"),
        ({"do": "win", "ids": "1,x"}, "Choose leads"),
    ],
)
def test_what_cannot_be_done_is_said_in_the_dialog(door, leads, form, sentence):
    answer = change(door, leads, **form)
    assert answer.status_code < 500
    assert sentence in answer.text


def test_a_field_s_input_fits_it(door, leads):
    ids = str(leads[0])
    assert "<select" in ask(door, do="edit", ids=ids, field="owner").text
    assert 'type="date"' in ask(door, do="edit", ids=ids, field="expected_close").text
    assert "datalist" in ask(door, do="edit", ids=ids, field="source").text


def test_a_job_that_stopped_says_so(door, leads):
    started = change(door, leads, do="archive", step="do")
    (job_id,) = re.findall(r'hx-get="/leads/bulk/(\d+)"', started.text)
    door.person("eve").send(f"/jobs/{job_id}/cancel")
    stopped = door.person("eve").get(f"/leads/bulk/{job_id}", headers=HTMX)
    assert "The change has stopped" in stopped.text
    with door.kit.read() as uow:
        assert get_lead(uow, leads[0]).archived_at is None
