"""Saved views in the page of a list: kept, shown, changed, shared, at hand, deleted."""

import re

import pytest

from tests.web.doors import HTMX


@pytest.fixture
def save(own_door):
    """Saves a view in the page; the address that shows it."""

    def run(who="ann", **form):
        answer = own_door.person(who).send("/views", **{"name": "Mine", **form})
        assert "hx-redirect" in answer.headers, answer.text
        return answer.headers["hx-redirect"]

    return run


def names(text):
    tabs = text.partition('aria-label="Saved views"')[2].partition("</nav>")[0]
    return re.findall(r'<span class="ck-clip">([^<]+)', tabs)


def heads(text):
    return re.findall(r'<th scope="col"[^>]*>(?:<a [^>]*>)?([^<\n]+)', text)


def test_a_view_shows_what_was_kept(own_door, save):
    own_door.lead("Pump", owner_id=own_door.kit.ann, city="Lyon")
    own_door.lead("Valve", owner_id=own_door.kit.ann, city="Oslo")
    shown = {"filter": 'city = "Lyon"', "sort": "-name", "columns": "name,city"}
    path = save(**shown)
    page = own_door.person("ann").get(path).text
    assert names(page) == ["Mine"]
    assert [head for head in heads(page) if head.strip()] == ["Lead", "City"]
    assert "Pump" in page
    assert "Valve" not in page
    assert "Looked at in another way" not in page
    assert "Valve" in own_door.person("ann").get("/leads?view=0").text


def test_a_view_looked_at_in_another_way_says_so_and_can_be_updated(own_door, save):
    own_door.lead("Pump", owner_id=own_door.kit.ann)
    path, ann = save(sort="-name"), own_door.person("ann")
    other = ann.get(f"{path}&sort=name&group=stage").text
    assert "Looked at in another way" in other
    assert "ck-grouprow" in other
    (view_id,) = re.findall(r"view=(\d+)", path)
    ann.send(f"/views/{view_id}/update", sort="name", group="stage")
    page = ann.get(path).text
    assert "ck-grouprow" in page
    assert "Looked at in another way" not in page


def test_a_view_is_renamed_shared_and_found_by_the_team(own_door, save):
    kit = own_door.kit
    path = save("tom")
    (view_id,) = re.findall(r"view=(\d+)", path)
    assert names(own_door.person("ann").get("/leads").text) == []
    dialog = own_door.person("tom").get(f"/views/{view_id}/edit", headers=HTMX).text
    assert 'value="Mine"' in dialog
    assert "Everybody" not in dialog
    form = {"name": "Ours", "scope": "team", "team_id": kit.lyon}
    own_door.person("tom").send(f"/views/{view_id}/edit", **form)
    assert names(own_door.person("ann").get("/leads").text) == ["Ours"]
    assert names(own_door.person("oli").get("/leads").text) == []


def test_a_list_begins_with_its_default_view(own_door, save):
    own_door.lead("Pump", owner_id=own_door.kit.ann)
    save("max", name="For all", scope="all", is_default="on", group="stage")
    ann = own_door.person("ann")
    assert "ck-grouprow" in ann.get("/leads").text
    assert "ck-grouprow" not in ann.get("/leads?view=0").text
    assert "ck-grouprow" not in ann.get("/leads?sort=name").text


def test_a_view_at_hand_stands_beside_the_places_of_every_page(own_door, save):
    (view_id,) = re.findall(r"view=(\d+)", save())
    ann = own_door.person("ann")
    assert "At hand" not in ann.get("/pipeline").text
    ann.send(f"/views/{view_id}/keep", is_kept="on")
    page = ann.get("/contacts").text
    assert "At hand" in page
    assert f'href="/leads?view={view_id}"' in page
    ann.send(f"/views/{view_id}/keep")
    assert "At hand" not in ann.get("/pipeline").text


def test_a_deleted_view_is_gone_and_the_list_shows_all(own_door, save):
    (view_id,) = re.findall(r"view=(\d+)", save())
    ann = own_door.person("ann")
    ann.send(f"/views/{view_id}/keep", is_kept="on")
    gone = ann.send(f"/views/{view_id}/delete")
    assert gone.headers["hx-redirect"] == "/leads?view=0"
    assert names(ann.get(f"/leads?view={view_id}").text) == []
    assert "At hand" not in ann.get("/pipeline").text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": ""}, "This is needed"),
        ({"name": "x" * 121}, "At most 120 characters"),
        ({"name": "A", "scope": "team"}, "names one of your teams"),
        ({"name": "A", "scope": "team", "team_id": "x"}, "whole number"),
        ({"name": "A", "scope": "nobody"}, "One of"),
        ({"name": "A", "filter": "nothing = 1"}, "no field"),
        ({"name": "A", "filter": "name ="}, "ends too early"),
    ],
)
def test_what_cannot_be_kept_is_said_in_the_dialog(own_door, form, sentence):
    answer = own_door.person("tom").send("/views", **form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{form["name"]}"' in answer.text


def test_others_do_not_change_a_view_they_find(own_door, save):
    path = save("max", name="For all", scope="all")
    (view_id,) = re.findall(r"view=(\d+)", path)
    ann = own_door.person("ann")
    refused = ann.send(f"/views/{view_id}/delete")
    assert refused.status_code == 403
    assert names(ann.get("/leads").text) == ["For all"]
