"""A visitor is told that the answer came, and nobody else is."""

import pytest

from .conftest import FORMS, TYPED

pytestmark = pytest.mark.plugins("web_forms")

TEXTS = {"en": {"subject": "We have it", "text": "{{ company }} will be in touch."}}


@pytest.fixture
def visitor(crm_door, make_form):
    """Somebody at a form that confirms what was sent."""
    script = crm_door.script("eve")
    mail = script.post("/templates", {"name": "We have it", "texts": TEXTS}).json()
    return make_form(mail_template_id=mail["id"])


def mails(crm_door, lead_id):
    found = crm_door.script("eve").get(f"/leads/{lead_id}/messages").json()["items"]
    return [(one["subject"], tuple(one["to"])) for one in found]


def send(kit, visitor, **typed):
    assert visitor.send(visitor.look(), **typed).status_code == 303
    kit.run_jobs()


def test_a_visitor_gets_a_mail_and_the_same_address_no_second_one_that_day(
    kit, crm_door, visitor
):
    send(kit, visitor)
    send(kit, visitor, message="Another pump")
    tagged = TYPED["email"].replace("@", "+more@")
    send(kit, visitor, message="A third one", email=tagged)
    assert mails(crm_door, 1) == [("We have it", (TYPED["email"],))]
    assert mails(crm_door, 2) == []
    assert mails(crm_door, 3) == []
    kit.crm.clock.advance(days=1, hours=1)
    send(kit, visitor, message="The next day")
    assert len(mails(crm_door, 4)) == 1


def test_a_form_that_makes_many_leads_confirms_no_more(kit, crm_door, visitor):
    script = crm_door.script("eve")
    answer = script.patch("/settings", {"web_forms.mails_per_hour": 1})
    assert answer.status_code == 200
    send(kit, visitor)
    send(kit, visitor, message="Another pump", email="ada@hydrolis.example")
    assert len(mails(crm_door, 1)) == 1
    assert mails(crm_door, 2) == []


def test_what_a_visitor_typed_goes_into_no_mail_to_others(kit, crm_door, visitor):
    script = crm_door.script("eve")
    texts = {"en": {"subject": "Hello", "text": "Hello {{ lead.name }}"}}
    mail = script.post("/templates", {"name": "Talks", "texts": texts}).json()
    refused = script.patch(f"{FORMS}/1", {"mail_template_id": mail["id"]})
    assert refused.status_code == 422
    assert "shows something of the lead" in refused.text
    assert script.patch("/templates/1", {"texts": texts}).status_code == 200
    send(kit, visitor)
    assert mails(crm_door, 1) == []
