"""Forms are built, put onto a site, and their answers read, in pages."""

import pytest

pytestmark = [pytest.mark.plugins("web_forms"), pytest.mark.databases("sqlite")]

HERE = "/p/web_forms/forms"


@pytest.fixture
def max_(crm_door):
    """Max, a manager, who has made a form by its title."""
    person = crm_door.person("max")
    made = person("POST", HERE, data={"title": "Contact us"})
    assert made.headers["location"] == f"{HERE}/1"
    return person


def form(door):
    return door.script("max").get(f"{HERE}/1").json()


def names(door):
    return [field["name"] for field in form(door)["fields"]]


def test_a_form_is_shaped_field_by_field(crm_door, max_):
    asked = ["contact_name", "company_name", "email", "phone", "message"]
    assert names(crm_door) == asked
    path = f"{HERE}/1/fields"
    max_("POST", path, data={"name": "city"})
    max_("POST", f"{path}/company_name", data={"do": "out"})
    max_("POST", f"{path}/email", data={"do": "up"})
    words = {"label_fr": "Votre ville", "help_en": "Where?", "is_required": "on"}
    max_("POST", f"{path}/city", data=words)
    assert names(crm_door) == ["email", "contact_name", "phone", "message", "city"]
    max_("POST", f"{HERE}/1/order", data={"names": "city,message,unknown"})
    assert names(crm_door)[:2] == ["city", "message"]
    city = form(crm_door)["fields"][0]
    assert (city["label"], city["is_required"]) == ({"fr": "Votre ville"}, True)
    page = max_.get(f"{HERE}/1").text
    assert "Where?" in page, "the preview shows it"
    assert max_("POST", path, data={"name": "owner"}).status_code == 422


def test_texts_and_switches_are_kept_and_mistakes_lose_nothing(crm_door, max_):
    typed = {
        "version": "1",
        "title": "Contact",
        "title_fr": "Écrivez-nous",
        "consent_en": "You may write.",
        "kind": "opportunity",
        "tags": "Site, Web",
        "frame_hosts": "https://shop.example\n",
        "per_hour": "5",
        "has_trap": "on",
        "is_open": "on",
    }
    wrong = max_("POST", f"{HERE}/1", data={**typed, "per_hour": "many"})
    assert wrong.status_code == 422
    assert "Écrivez-nous" in wrong.text
    for change in ({"redirect": "https://evil.example"}, {"consent_en": "x" * 5001}):
        refused = max_("POST", f"{HERE}/1", data={**typed, **change})
        assert refused.status_code == 422, change
    assert max_("POST", f"{HERE}/1", data=typed).status_code == 303
    kept = form(crm_door)
    assert (kept["title"], kept["per_hour"], kept["version"]) == ("Contact", 5, 2)
    assert kept["texts"]["fr"]["title"] == "Écrivez-nous"
    assert (kept["tags"], kept["needs_proof"]) == (["Site", "Web"], False)
    assert kept["consent"] == {"en": "You may write."}
    late = max_("POST", f"{HERE}/1", data={**typed, "title": "Late"})
    assert (late.status_code, "meanwhile" in late.text) == (422, True)


def test_a_title_is_needed(crm_door):
    refused = crm_door.person("max")("POST", HERE, data={"title": " "})
    assert (refused.status_code, "a title of at most" in refused.text) == (422, True)


def test_snippets_are_escaped_and_name_the_forms_address(max_):
    max_("POST", f"{HERE}/1/fields/email", data={"label_en": "</textarea><script>"})
    page = max_.get(f"{HERE}/1/publish").text
    assert "/p/web_forms/f/contact-us/embed" in page
    assert "</textarea><script>" not in page
    assert "&lt;form method=" in page


def test_answers_are_read_and_run_again(kit, crm_door, max_):
    path = "/p/web_forms/f/contact-us"
    data = {"contact_name": "Zoé <b>", "email": "zoe@example.org", "fax_number": "1"}
    crm_door.stranger("POST", path, data=data)
    page = max_.get(f"{HERE}/1/answers").text
    assert "a robot sent this" in page
    assert "Zoé &lt;b&gt;" in page
    assert "Zoé" not in max_.get(f"{HERE}/1/answers?state=lead&before=x").text
    again = max_("POST", "/p/web_forms/answers/1/run")
    assert again.headers["location"] == f"{HERE}/1/answers"
    kit.run_jobs()
    assert "Open the lead" in max_.get(f"{HERE}/1/answers?state=lead").text


def test_who_may_not_does_not(crm_door, max_):
    assert max_.get(HERE).status_code == 200
    lea, ann = crm_door.person("lea"), crm_door.person("ann")
    assert lea.get(f"{HERE}/1/answers").status_code == 200
    assert "Make this form" not in lea.get(HERE).text
    for path in ("", "/1", "/1/publish", "/1/answers"):
        assert ann.get(HERE + path).status_code == 403
    for path in ("", "/1", "/1/fields", "/1/order", "/1/fields/email"):
        assert lea("POST", HERE + path, data={"title": "x"}).status_code == 403
