"""The studio: fields made, arranged, needed, hidden, and moved as a file."""

import json

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from crmkit.core import (
    ContactDraft,
    CrmError,
    ForbiddenError,
    LeadDraft,
    ViewDraft,
    add_view,
    arranged,
    create_contact,
    create_lead,
    edit_contact,
    edit_lead,
    fields_of,
    get_contact,
    get_lead,
    get_stage,
    list_custom_fields,
    list_field_uses,
    move_lead,
    new_slug,
    switch_plugin,
)
from crmkit.testing import open_door
from crmkit_studio_fields.layouts import (
    GroupDraft,
    Place,
    put_field,
    rename_group,
    save_layout,
    shift_field,
)
from crmkit_studio_fields.sets import apply_set, export_set, read_set
from crmkit_studio_fields.tables import Base

pytestmark = pytest.mark.plugins("studio_fields")

PAGES = "/p/studio_fields"
LEADS = Place("lead")


@pytest.fixture
def door(kit):
    """The kit's web door, with the studio."""
    with open_door(kit) as opened:
        yield opened


def add(door, label, **more):
    """A field made in the page, as the answer's status."""
    data = {"entity": "lead", "type": "text", "label": label, **more}
    return door.person("eve")("POST", f"{PAGES}/fields", data=data).status_code


def groups(kit, team_id=None):
    """The groups that a lead of the team is shown with."""
    with kit.read() as uow:
        names = [f.name for f in fields_of(uow, "lead").values() if f.is_custom]
        found = arranged(uow, "lead", team_id, names)
        return [(group.label, group.fields) for group in found]


def test_the_migrations_make_what_the_tables_say(crm):
    def is_ours(name, kind, _parents):
        return kind != "table" or (name or "").startswith("studio_fields__")

    with crm.engine.connect() as connection:
        options = {"include_name": is_ours, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_an_admin_makes_a_field_and_a_salesperson_fills_it_in(door):
    choices = {"type": "choice", "choices": "Gas\nOil\n", "group": "Site"}
    assert add(door, "Énergie du site", **choices) == 303
    lead = door.lead()
    path = f"/leads/{lead['id']}"
    ann = door.person("ann")
    page = ann.get(path).text
    assert "Énergie du site" in page
    assert "Site" in page
    typed = ann("POST", f"{path}/fields/energie_du_site", data={"value": "Oil"})
    assert typed.status_code == 200
    found = door.script("ann").get("/leads?filter=energie_du_site = Oil").json()
    assert [item["id"] for item in found["items"]] == [lead["id"]]


def test_pages_are_for_admins_alone(door):
    assert add(door, "Site") == 303
    ann = door.person("ann")
    for path in ("/fields", "/fields/new", "/fields/1"):
        assert ann.get(PAGES + path).status_code == 403
    posts = ("/fields", "/fields/1", "/fields/1/hide", "/fields/1/shift", "/layout")
    for path in (*posts, "/groups", "/fields/1/recall", "/fields/1/index"):
        sent = ann("POST", PAGES + path, data={"label": "Other"})
        assert sent.status_code == 403, path
    assert door.script("ann").get("/p/studio_fields/fields").status_code == 403
    assert door.script("ann").get("/p/studio_fields/set").status_code == 403
    assert "/p/studio_fields" not in ann.get("/pipeline").text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"label": " "}, "Give the field a label."),
        ({"slug": "Not so"}, "small letters"),
        ({"type": "choice"}, "Give the choices"),
        ({"slug": "name"}, "a field “name” already"),
        ({"stage_id": "999"}, "stage 999"),
        ({"type": "choice", "choices": "x" * 121}, "choices of 120 characters"),
    ],
)
def test_what_cannot_be_is_said_beside_it_and_nothing_is_lost(door, data, said):
    typed = {"entity": "lead", "label": "Site", "help": "Typed long", **data}
    answer = door.person("eve")("POST", f"{PAGES}/fields", data=typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Typed long" in answer.text
    with door.kit.read() as uow:
        assert list_custom_fields(uow) == []


def test_fields_are_put_into_groups_shifted_and_dragged(door):
    kit = door.kit
    for label, group in (("A", "One"), ("B", "One"), ("C", "Two")):
        assert add(door, label, group=group) == 303
    assert groups(kit) == [("One", ("a", "b")), ("Two", ("c",))]
    with kit.work() as uow:
        shift_field(uow, LEADS, "b", 1)
    assert groups(kit) == [("One", ("a",)), ("Two", ("b", "c"))]
    with kit.work() as uow:
        shift_field(uow, LEADS, "b", -1)
        shift_field(uow, LEADS, "a", -1)
    assert groups(kit) == [("One", ("a", "b")), ("Two", ("c",))]
    eve = door.person("eve")
    dragged = [{"label": "Two", "fields": ["c", "a"]}, {"label": "", "fields": ["a"]}]
    sent = eve("POST", f"{PAGES}/layout", data={"groups": json.dumps(dragged)})
    assert sent.status_code == 303
    assert groups(kit) == [("Two", ("c", "a")), ("", ("b",))]
    eve("POST", f"{PAGES}/groups", data={"old": "Two", "new": "Site"})
    assert groups(kit)[0] == ("Site", ("c", "a"))
    wrong = eve("POST", f"{PAGES}/layout", data={"groups": "{"})
    assert wrong.status_code == 422


def test_groups_of_one_name_become_one(kit, door):
    for label in "AB":
        add(door, label, group=label)
    with kit.work() as uow:
        rename_group(uow, LEADS, "A", "B")
    assert groups(kit) == [("B", ("a", "b"))]


def test_a_team_has_a_form_of_its_own(kit, door):
    for label in "AB":
        add(door, label)
    with kit.work() as uow:
        own = [GroupDraft(label="Lyon", fields=("b", "a"))]
        save_layout(uow, Place("lead", kit.lyon), own)
    assert groups(kit, kit.lyon) == [("Lyon", ("b", "a"))]
    assert groups(kit, kit.oslo) == [("", ("a", "b"))]


def test_a_lead_needs_its_fields_from_a_stage_on(kit, door):
    assert add(door, "Site", stage_id=str(kit.proposal)) == 303
    lead = kit.lead()
    with kit.work() as uow:
        found = get_lead(uow, lead.id)
        with pytest.raises(CrmError, match="“Site” has to be filled in") as refused:
            move_lead(uow, found, get_stage(uow, kit.proposal))
        assert refused.value.field == "custom.site"
        edit_lead(uow, found, {"custom": {"site": "Lyon"}})
        move_lead(uow, found, get_stage(uow, kit.proposal))
    assert kit.fresh(lead).stage_id == kit.proposal


def test_a_hidden_field_comes_back_with_its_values(kit, door):
    add(door, "Site")
    lead = kit.lead(custom={"site": "Lyon"})
    eve = door.person("eve")
    eve("POST", f"{PAGES}/fields/1/hide")
    assert "site" not in door.script("eve").get(f"/leads/{lead.id}").json()["custom"]
    assert "Show again" in eve.get(f"{PAGES}/fields").text
    eve("POST", f"{PAGES}/fields/1/recall")
    shown = door.script("eve").get(f"/leads/{lead.id}").json()["custom"]
    assert shown["site"] == "Lyon"


def test_fields_hide_while_the_plugin_is_off_and_keep_their_values(kit, door):
    add(door, "Site")
    lead = kit.lead(custom={"site": "Lyon"})
    with kit.work() as uow:
        switch_plugin(uow, "studio_fields", is_enabled=False)
    assert "site" not in door.script("eve").get(f"/leads/{lead.id}").json()["custom"]
    assert door.person("eve").get(f"{PAGES}/fields").status_code == 404
    with kit.work() as uow:
        switch_plugin(uow, "studio_fields", is_enabled=True)
    shown = door.script("eve").get(f"/leads/{lead.id}").json()["custom"]
    assert shown["site"] == "Lyon"


def test_the_page_of_a_field_names_the_views_that_use_it(kit, door):
    add(door, "Site")
    with kit.work() as uow:
        add_view(uow, ViewDraft(name="Lyon sites", filter='site = "Lyon"'))
        add_view(uow, ViewDraft(name="Other", filter='name = "site"'))
        (field,) = list_custom_fields(uow)
        assert "Lyon sites" in list_field_uses(uow, field)
    assert "Lyon sites" in door.person("eve").get(f"{PAGES}/fields/1").text


def test_a_set_moves_to_another_system_and_twice_is_once(kit, door):
    add(door, "Energy", type="choice", choices="Gas\nOil", group="Site")
    add(door, "Depth", type="decimal", stage_id=str(kit.proposal))
    with kit.read() as uow:
        text = json.dumps(export_set(uow))
    with kit.work() as uow:
        done = apply_set(uow, read_set(text))
        assert (done.made, done.changed) == ([], [])
        assert sorted(done.same) == ["depth", "energy"]
    changed = text.replace('"Oil"', '"Coal"').replace('"depth"', '"height"')
    with kit.work() as uow:
        done = apply_set(uow, read_set(changed))
        assert (done.made, done.changed) == (["height"], ["energy"])
    with kit.read() as uow:
        assert uow.catalogue.fields["lead"]["energy"].choices == ("Gas", "Coal")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "no set of fields"),
        ('{"fields": [{"slug": "a b", "label": "A"}]}', "no set of fields"),
        (
            '{"fields": [{"slug": "a", "label": "A", "needed_from": "Nowhere"}]}',
            "no stage or team “Nowhere”",
        ),
    ],
)
def test_a_set_that_cannot_be_applied_says_why(kit, text, said):
    with kit.work() as uow, pytest.raises(CrmError, match=said):
        apply_set(uow, read_set(text))


def test_a_set_never_changes_a_type(kit, door):
    add(door, "Depth", type="decimal")
    text = '{"fields": [{"slug": "depth", "label": "Depth", "type": "date"}]}'
    with kit.work() as uow, pytest.raises(CrmError, match="of type decimal here"):
        apply_set(uow, read_set(text))


def test_names_are_made_of_labels_and_never_twice(kit, door):
    add(door, "2. Étage / étage")
    with kit.read() as uow:
        assert new_slug(uow, "lead", "2. Étage / étage") == "field_2_etage_etage_2"
        assert new_slug(uow, "lead", "Name") == "name_2"
        assert new_slug(uow, "lead", "数") == "field"


def test_scripts_read_and_arrange_the_form(door):
    script = door.script("eve")
    made = script.post("/p/studio_fields/fields", {"slug": "site", "label": "Site"})
    assert made.status_code == 201
    draft = {"groups": [{"label": "Place", "fields": ["site"]}]}
    put = script("PUT", "/p/studio_fields/layouts/lead", json=draft)
    assert put.json()["groups"] == [{"label": "Place", "fields": ["site"]}]
    items = script.get("/p/studio_fields/fields").json()["items"]
    assert [(item["slug"], item["group"]) for item in items] == [("site", "Place")]
    applied = script.post(
        "/p/studio_fields/set", script.get("/p/studio_fields/set").json()
    )
    assert applied.json() == {"made": [], "changed": [], "same": ["site"]}


def test_an_id_that_no_team_can_have_is_refused(door):
    script, team = door.script("eve"), 10**25
    for path in ("/fields", "/layouts/lead"):
        asked = script.get(f"/p/studio_fields{path}?team_id={team}")
        assert asked.status_code == 422, path
    draft = {"team_id": team, "groups": []}
    put = script("PUT", "/p/studio_fields/layouts/lead", json=draft)
    assert put.status_code == 422


def test_what_is_refused_is_said_in_the_readers_language(kit, door):
    add(door, "Site", stage_id=str(kit.proposal))
    lead, eve = kit.lead(), door.person("eve")
    eve("POST", "/profile", data={"locale": "fr"})
    wrong = eve("POST", f"{PAGES}/fields", data={"label": " "})
    assert "Donnez un libellé au champ." in wrong.text
    moved = eve("POST", f"/leads/{lead.id}/move", data={"stage_id": str(kit.proposal)})
    assert moved.status_code == 422
    assert "« Site » doit être rempli avant Proposal." in moved.text


def test_only_admins_arrange(kit):
    with kit.work(kit.ann) as uow:
        with pytest.raises(ForbiddenError):
            put_field(uow, LEADS, "site", "Place")
        with pytest.raises(ForbiddenError):
            export_set(uow)


def test_a_related_field_is_dragged_in_shown_and_filtered_by(kit, door):
    eve = door.person("eve")
    form = eve.get(f"{PAGES}/fields/new?type=related").text
    assert "Contact / Company / City" in form
    related = {"type": "related", "source": "contact.company.city", "group": "Site"}
    assert add(door, "Town", **related) == 303
    wrong = {"type": "related", "label": "Typed", "source": "contact.nothing"}
    refused = eve("POST", f"{PAGES}/fields", data=wrong)
    assert refused.status_code == 422
    assert "no value of a linked contact" in refused.text
    assert "Typed" in refused.text
    with kit.work(kit.ann) as uow:
        firm = create_contact(uow, ContactDraft(name="X", kind="company", city="Brest"))
        person = create_contact(uow, ContactDraft(name="P", company_id=firm.id))
        lead = create_lead(uow, LeadDraft(name="Mine", contact_id=person.id))
    assert "Brest" in door.person("ann").get(f"/leads/{lead.id}").text
    with kit.work() as uow:
        edit_contact(uow, get_contact(uow, firm.id), {"city": "Nantes"})
    found = door.script("ann").get("/leads?filter=town = nantes").json()["items"]
    assert [item["custom"]["town"] for item in found] == ["Nantes"]


def test_a_field_is_made_with_all_that_it_can_be_and_the_set_tells_it(kit, door):
    more = {"is_unique": "on", "is_searched": "on", "teams": [str(kit.lyon)]}
    assert add(door, "Meter", default="none yet", **more) == 303
    assert add(door, "Count", type="whole", default="12") == 303
    with kit.read() as uow:
        said = {one["slug"]: one for one in export_set(uow)["fields"]}
    assert said["meter"]["is_unique"]
    assert (said["meter"]["teams"], said["count"]["default"]) == (["Lyon"], 12)
    page = door.person("eve").get(f"{PAGES}/fields/1").text
    assert 'value="none yet"' in page
    bad = {"label": "Bad", "type": "whole", "default": "many"}
    assert door.person("eve")("POST", f"{PAGES}/fields", data=bad).status_code == 422


def test_a_hidden_field_is_deleted_for_ever_by_a_job(kit, door):
    add(door, "Site", type="choices", choices="A\nB")
    add(door, "Depth")
    lead = kit.lead(custom={"site": ["A"], "depth": "7"})
    eve = door.person("eve")
    assert eve("POST", f"{PAGES}/fields/1/delete").status_code == 409
    for number in (1, 2):
        eve("POST", f"{PAGES}/fields/{number}/hide")
        assert "for ever" in eve.get(f"{PAGES}/fields/{number}/delete").text
        eve("POST", f"{PAGES}/fields/{number}/delete")
    kit.run_jobs()
    assert add(door, "Site") == 303
    shown = door.script("eve").get(f"/leads/{lead.id}").json()["custom"]
    assert shown == {"site": None}
    assert "Show again" not in eve.get(f"{PAGES}/fields").text
