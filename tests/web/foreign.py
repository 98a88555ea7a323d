"""Records for the ids of paths: of Oli, whom Ann and Tom cannot see, or of another."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING

from crmkit.core import (
    ActivityDraft,
    ActivityTypeDraft,
    ContactDraft,
    CurrencyDraft,
    CustomFieldDraft,
    MailTemplateDraft,
    MailWords,
    MessageDraft,
    NoteDraft,
    RateDraft,
    TeamDraft,
    TokenDraft,
    UserDraft,
    ViewDraft,
    add_activity_type,
    add_currency,
    add_field,
    add_note,
    add_team,
    add_template,
    add_user,
    add_view,
    attach_file,
    create_contact,
    edit_lead,
    get_currency,
    get_lead,
    get_user,
    list_currencies,
    list_sign_ins,
    make_token,
    plan_activity,
    set_rate,
    sign_in,
    write_message,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.doors import Door

# In every text of records that Ann and Tom may not see.
SECRET = "Kryptonite"  # noqa: S105
_numbers = count()


def secret_name() -> str:
    return f"{SECRET} {next(_numbers)}"


def foreign_lead(door: Door, who: str = "oli") -> int:
    """A lead of Oli in Oslo, with a past, a note and a next step."""
    kit = door.kit
    owner_id = kit.people[who]
    lead = kit.lead(
        secret_name(),
        owner_id=owner_id,
        team_id=kit.oslo if who == "oli" else kit.lyon,
        company_name=secret_name(),
        contact_name=secret_name(),
        expected_revenue=1_000_003,
    )
    with kit.work(owner_id) as uow:
        found = get_lead(uow, lead.id)
        add_note(uow, found, NoteDraft(text=secret_name()))
        draft = ActivityDraft(type="call", summary=secret_name(), due_on=uow.today())
        plan_activity(uow, found, draft)
    return lead.id


def foreign_contact(door: Door, who: str = "oli") -> int:
    with door.kit.work(door.kit.people[who]) as uow:
        return create_contact(uow, ContactDraft(name=secret_name())).id


def _activity(door: Door, who: str) -> int:
    found = door.script(who).get(f"/leads/{foreign_lead(door, who)}/activities")
    return int(found.json()["items"][0]["id"])


def _change(door: Door, who: str) -> str:
    kit, lead_id = door.kit, foreign_lead(door, who)
    with kit.work(kit.people[who]) as uow:
        edit_lead(uow, get_lead(uow, lead_id), {"company_name": secret_name()})
        return uow.change_id


def _view(door: Door, who: str) -> int:
    with door.kit.work(door.kit.people[who]) as uow:
        return add_view(uow, ViewDraft(name=secret_name())).id


def _spare_field(door: Door, _who: str) -> int:
    with door.kit.work() as uow:
        slug = f"spare_{next(_numbers)}"
        return add_field(uow, CustomFieldDraft(slug=slug, label=slug)).id


def _token(door: Door, who: str) -> int:
    """A token; for Oli's one of Eve's, whom only admins may look over the shoulder."""
    kit = door.kit
    owner_id = kit.eve if who == "oli" else kit.people[who]
    with kit.work() as uow:
        draft = TokenDraft(name=secret_name())
        return make_token(uow, get_user(uow, owner_id), draft)[0].id


def _sign_in(door: Door, who: str) -> int:
    """A browser in which somebody is signed in: Eve, for Oli's."""
    user_id = door.kit.eve if who == "oli" else door.kit.people[who]
    with door.kit.work() as uow:
        sign_in(uow, user_id, secret_name())
    with door.kit.read(user_id) as uow:
        return list_sign_ins(uow)[0].id


def _job(door: Door, who: str) -> int:
    with door.kit.work(door.kit.people[who]) as uow:
        return uow.enqueue("purge_jobs", why=secret_name())


def _file(door: Door, who: str) -> int:
    lead_id = foreign_lead(door, who)
    with door.kit.work(door.kit.people[who]) as uow:
        lead = get_lead(uow, lead_id)
        stream = BytesIO(secret_name().encode())
        return attach_file(uow, lead, stream, f"{secret_name()}.txt").id


def _message(door: Door, who: str) -> int:
    lead_id = foreign_lead(door, who)
    with door.kit.work(door.kit.people[who]) as uow:
        draft = MessageDraft(
            to=("zoe@example.org",), subject=secret_name(), text=secret_name()
        )
        message = write_message(uow, get_lead(uow, lead_id), draft)
        message.html = f"<p>{secret_name()}</p>"
        return message.id


def _template(door: Door, _who: str) -> int:
    with door.kit.work() as uow:
        words = MailWords(subject="Hello", text="Good day, {{ lead.contact_name }}")
        draft = MailTemplateDraft(name=f"Spare {next(_numbers)}", texts={"en": words})
        return add_template(uow, draft).id


def _spare_stage(door: Door, _who: str) -> int:
    return door.kit.stage(f"Spare {next(_numbers)}").id


def _spare_type(door: Door, _who: str) -> str:
    with door.kit.work() as uow:
        draft = ActivityTypeDraft(name=f"Spare {next(_numbers)}")
        return add_activity_type(uow, draft).slug


def _spare_team(door: Door, _who: str) -> int:
    with door.kit.work() as uow:
        return add_team(uow, TeamDraft(name=f"Spare {next(_numbers)}")).id


def spare_user(door: Door, _who: str = "") -> int:
    with door.kit.work() as uow:
        return add_user(uow, UserDraft(name=f"Spare {next(_numbers)}")).id


def _currency(door: Door, _who: str) -> str:
    """A currency that was set up, with a rate on `RATED`."""
    with door.kit.work() as uow:
        known = next((one for one in list_currencies(uow) if one.code == "CHF"), None)
        if known is None or known.archived_at is not None:
            add_currency(uow, CurrencyDraft(code="CHF"))
        draft = RateDraft(day=date.fromisoformat(RATED), rate=1)
        set_rate(uow, get_currency(uow, "CHF"), draft)
    return "CHF"


RATED = "2026-11-20"
MAKERS: dict[str, Callable[[Door, str], object]] = {
    "code": _currency,
    "day": lambda _door, _who: RATED,
    "lead_id": foreign_lead,
    "entity": lambda _door, _who: "lead",
    "contact_id": foreign_contact,
    "activity_id": _activity,
    "type_id": _spare_type,
    "change_id": _change,
    "job_id": _job,
    "file_id": _file,
    "message_id": _message,
    "template_id": _template,
    "list_name": lambda _door, _who: "tags",
    "stage_id": _spare_stage,
    "team_id": _spare_team,
    "user_id": spare_user,
    "name": lambda _door, _who: "name",
    "plugin_id": lambda _door, _who: "sample",
    "token_id": _token,
    "sign_in_id": _sign_in,
    "view_id": _view,
    "field_id": _spare_field,
    "permission": lambda _door, _who: "sample.do_it",
}
