"""A form is built by those who may, and says what cannot be."""

import pytest
from click.testing import CliRunner

from crmkit.cli import main
from crmkit.core import CustomFieldDraft, FieldType, add_field

pytestmark = pytest.mark.plugins("web_forms")

FORMS = "/p/web_forms/forms"
CONTACT = {
    "title": "Contact us",
    "fields": [
        {"name": "contact_name", "is_required": True},
        {"name": "email", "is_required": True},
        {"name": "message"},
    ],
}


def test_a_manager_builds_a_form_and_everybody_else_does_not(crm_door):
    made = crm_door.script("max").post(FORMS, CONTACT)
    assert made.status_code == 201, made.text
    form = made.json()
    assert (form["slug"], form["version"], form["is_open"]) == ("contact-us", 1, True)
    assert form["address"] == "/p/web_forms/f/contact-us"
    assert crm_door.script("lea").post(FORMS, CONTACT).status_code == 403
    assert crm_door.script("ann").get(FORMS).status_code == 403
    seen = crm_door.script("lea").get(f"{FORMS}/{form['id']}")
    assert seen.json() == form
    assert "secret" not in seen.text


def test_a_second_form_of_that_title_gets_another_address(crm_door):
    max_ = crm_door.script("max")
    slugs = [max_.post(FORMS, CONTACT).json()["slug"] for _ in range(2)]
    assert slugs == ["contact-us", "contact-us-2"]
    taken = max_.post(FORMS, {**CONTACT, "slug": "contact-us"})
    assert taken.status_code == 422
    assert "has the address “contact-us”" in taken.json()["detail"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fields": [{"name": "owner"}]}, "cannot ask “owner”"),
        ({"fields": [{"name": "stage"}]}, "cannot ask “stage”"),
        ({"fields": [{"name": "email"}, {"name": "email"}]}, "not twice"),
        ({"redirect": "https://evil.example/thanks"}, "“evil.example” is not among"),
        ({"redirect": "javascript:alert(1)"}, "is not among"),
        ({"frame_hosts": ["example.org; script-src *"]}, "not written as it has to be"),
        ({"slug": "Not So"}, "not written as it has to be"),
        ({"team_id": 999}, "999"),
        ({"owner_id": 999}, "999"),
        ({"secret": "mine"}, "no field of this name"),
        ({"texts": {"xx": {}}}, ""),
    ],
)
def test_what_cannot_be_is_said(crm_door, change, said):
    form = crm_door.script("max").post(FORMS, CONTACT).json()
    path = f"{FORMS}/{form['id']}"
    answer = crm_door.script("max").patch(path, change)
    assert 400 <= answer.status_code < 500
    assert said in answer.text
    assert crm_door.script("max").get(path).json() == form


def test_another_consent_text_is_another_version_of_it(crm_door):
    max_ = crm_door.script("max")
    path = f"{FORMS}/{max_.post(FORMS, CONTACT).json()['id']}"
    texts = [{"en": "You may call me."}, {"en": "You may write."}, {}, {"fr": "Oui"}]
    versions = []
    for text in texts:
        changed = max_.patch(path, {"consent": text}).json()
        assert changed["consent"] == text
        versions.append(changed["consent_version"])
    assert versions == [1, 2, 0, 3]


def test_a_change_of_what_somebody_else_changed_is_refused(crm_door):
    max_ = crm_door.script("max")
    path = f"{FORMS}/{max_.post(FORMS, CONTACT).json()['id']}"
    known = {"if-match": '"1"'}
    first = max_.patch(path, {"title": "Other"}, headers=known)
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    assert max_.patch(path, {"title": "Third"}, headers=known).status_code == 412


def test_a_form_asks_custom_fields_but_names_no_colleague(kit, crm_door):
    with kit.work(kit.eve) as uow:
        add_field(uow, CustomFieldDraft(slug="site", label="Site"))
        draft = CustomFieldDraft(slug="whom", label="Whom", type=FieldType.USER)
        add_field(uow, draft)
    max_ = crm_door.script("max")
    names = {f["name"] for f in max_.get("/p/web_forms/fields").json()["items"]}
    assert {"site", "message", "files", "email"} <= names
    assert names.isdisjoint({"whom", "owner", "team", "stage", "tags", "probability"})


@pytest.mark.databases("sqlite")
def test_commands_list_and_show(kit, crm_door, monkeypatch):
    monkeypatch.setenv("CRMKIT_DATABASE_URL", str(kit.crm.engine.url))
    call = CliRunner().invoke
    assert "No form yet" in call(main, ["forms", "list"]).output
    crm_door.script("max").post(FORMS, CONTACT)
    assert "contact-us" in call(main, ["forms", "list"]).output
    assert (
        "contact_name, email, message"
        in call(main, ["forms", "show", "contact-us"]).output
    )
    missing = call(main, ["forms", "show", "none"])
    assert (missing.exit_code, "no form “none”" in missing.output) == (1, True)
