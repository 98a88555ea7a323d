"""The values of a contact are edited in its page, one at a time."""

import re
from datetime import UTC, datetime

import pytest

from crmkit.core import (
    ContactDraft,
    CustomFieldDraft,
    add_field,
    create_contact,
    edit_contact,
    get_contact,
)


@pytest.fixture
def ada(door):
    """A contact that its maker, a manager, sees."""
    with door.kit.work(door.kit.max) as uow:
        draft = ContactDraft(name="Ada", phone="01 23 45 67 89")
        return create_contact(uow, draft).id


def test_a_value_of_a_contact_is_edited_in_its_page_and_taken_back(door, ada):
    max_, at = door.person("max"), f"/contacts/{ada}"
    assert f'hx-get="{at}/fields/phone"' in max_.get(at).text
    assert 'value="01 23 45 67 89"' in max_.get(f"{at}/fields/phone").text
    empty = max_.send(f"{at}/fields/name", value=" ", version=1)
    assert (empty.status_code, "fact-name-error" in empty.text) == (422, True)
    nobody = max_.send(f"{at}/fields/company", value="Nobody & Co", version=1)
    assert (nobody.status_code, "Nobody &amp; Co" in nobody.text) == (422, True)
    assert max_.get(f"{at}/fields/created_at").status_code in {404, 422}
    saved = max_.send(f"{at}/fields/name", value="Ada Byron", version=1)
    assert "Name saved" in saved.text
    same = max_.send(f"{at}/fields/name", value="Ada Byron", version=2)
    assert "Name is as it was" in same.text
    undo = re.search(r"/changes/[^/]+/undo", saved.text)
    assert undo
    max_.send(undo[0])
    with door.kit.read() as uow:
        assert get_contact(uow, ada).name == "Ada"


def test_two_who_edit_a_contact_lose_no_word(door, ada):
    max_, at = door.person("max"), f"/contacts/{ada}"
    with door.kit.work(door.kit.eve) as uow:
        edit_contact(uow, get_contact(uow, ada), {"city": "Pau"})
    # What nobody else touched goes through; of what somebody did both are shown.
    assert max_.send(f"{at}/fields/zip", value="64000", version=1).status_code == 200
    stale = max_.send(f"{at}/fields/city", value="Lyon", version=1)
    assert stale.status_code == 409
    assert all(text in stale.text for text in ("Pau", "Lyon", "Eve saved this field"))
    assert f'action="{at}/fields/city"' in stale.text
    assert max_.send(f"{at}/fields/city", value="Lyon", version=3).status_code == 200
    with door.kit.read() as uow:
        fresh = get_contact(uow, ada)
        assert (fresh.city, fresh.zip) == ("Lyon", "64000")


def test_fields_of_ones_own_are_shown_and_typed_as_on_a_lead(door, ada):
    with door.kit.work() as uow:
        for slug, kind in (("called", "moment"), ("friend", "contact")):
            draft = CustomFieldDraft(
                slug=slug, label=slug.title(), entity="contact", type=kind
            )
            add_field(uow, draft)
    with door.kit.work() as uow:
        values = {"called": "2026-11-24T10:30:00+00:00", "friend": ada}
        edit_contact(uow, get_contact(uow, ada), {"custom": values})
    max_, at = door.person("max"), f"/contacts/{ada}"
    shown = max_.get(at).text
    assert re.search(r'id="fact-friend".*?Ada', shown, re.DOTALL)
    zone = door.kit.crm.settings.zone
    moment = datetime(2026, 11, 24, 10, 30, tzinfo=UTC).astimezone(zone)
    typed = max_.get(f"{at}/fields/called").text
    assert f'value="{moment:%Y-%m-%dT%H:%M}"' in typed
