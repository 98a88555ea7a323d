"""Records of somebody whom Ann and Tom cannot see, made for the ids of paths."""

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
)

if TYPE_CHECKING:
    from tests.web.doors import Door

# In every text of records that Ann and Tom may not see.
SECRET = "Kryptonite"  # noqa: S105
_numbers = count()


def secret_name() -> str:
    return f"{SECRET} {next(_numbers)}"


def foreign_lead(door: Door) -> int:
    """A lead of Oli in Oslo, with a past, a note and a next step."""
    kit = door.kit
    lead = kit.lead(
        secret_name(),
        owner_id=kit.oli,
        team_id=kit.oslo,
        company_name=secret_name(),
        contact_name=secret_name(),
        expected_revenue=1_000_003,
    )
    with kit.work(kit.oli) as uow:
        found = get_lead(uow, lead.id)
        add_note(uow, found, NoteDraft(text=secret_name()))
        draft = ActivityDraft(type="call", summary=secret_name(), due_on=uow.today())
        plan_activity(uow, found, draft)
    return lead.id


def foreign_contact(door: Door) -> int:
    with door.kit.work(door.kit.oli) as uow:
        return create_contact(uow, ContactDraft(name=secret_name())).id


def _foreign_activity(door: Door) -> int:
    found = door.script("oli").get(f"/leads/{foreign_lead(door)}/activities")
    return int(found.json()["items"][0]["id"])


def _foreign_change(door: Door) -> str:
    kit, lead_id = door.kit, foreign_lead(door)
    with kit.work(kit.oli) as uow:
        edit_lead(uow, get_lead(uow, lead_id), {"company_name": secret_name()})
        return uow.change_id


def _foreign_view(door: Door) -> int:
    with door.kit.work(door.kit.oli) as uow:
        return add_view(uow, ViewDraft(name=secret_name())).id


def _spare_field(door: Door) -> int:
    with door.kit.work() as uow:
        slug = f"spare_{next(_numbers)}"
        return add_field(uow, CustomFieldDraft(slug=slug, label=slug)).id


def _foreign_token(door: Door) -> int:
    """A token of Eve's, whom only admins may look over the shoulder."""
    kit = door.kit
    with kit.work() as uow:
        draft = TokenDraft(name=secret_name())
        return make_token(uow, get_user(uow, kit.eve), draft)[0].id


def _foreign_sign_in(door: Door) -> int:
    """A browser in which Eve is signed in."""
    with door.kit.work() as uow:
        sign_in(uow, door.kit.eve, secret_name())
    with door.kit.read(door.kit.eve) as uow:
        return list_sign_ins(uow)[0].id


def _foreign_job(door: Door) -> int:
    with door.kit.work(door.kit.oli) as uow:
        return uow.enqueue("purge_jobs", why=secret_name())


def _foreign_file(door: Door) -> int:
    lead_id = foreign_lead(door)
    with door.kit.work(door.kit.oli) as uow:
        lead = get_lead(uow, lead_id)
        stream = BytesIO(secret_name().encode())
        return attach_file(uow, lead, stream, f"{secret_name()}.txt").id


def _spare_stage(door: Door) -> int:
    return door.kit.stage(f"Spare {next(_numbers)}").id


def _spare_type(door: Door) -> str:
    with door.kit.work() as uow:
        draft = ActivityTypeDraft(name=f"Spare {next(_numbers)}")
        return add_activity_type(uow, draft).slug


def _spare_team(door: Door) -> int:
    with door.kit.work() as uow:
        return add_team(uow, TeamDraft(name=f"Spare {next(_numbers)}")).id


def spare_user(door: Door) -> int:
    with door.kit.work() as uow:
        return add_user(uow, UserDraft(name=f"Spare {next(_numbers)}")).id


def _currency(door: Door) -> str:
    """A currency that was set up, with a rate on `RATED`."""
    with door.kit.work() as uow:
        known = next((one for one in list_currencies(uow) if one.code == "CHF"), None)
        if known is None or known.archived_at is not None:
            add_currency(uow, CurrencyDraft(code="CHF"))
        draft = RateDraft(day=date.fromisoformat(RATED), rate=1)
        set_rate(uow, get_currency(uow, "CHF"), draft)
    return "CHF"


RATED = "2026-11-20"
MAKERS = {
    "code": _currency,
    "day": lambda _door: RATED,
    "lead_id": foreign_lead,
    "entity": lambda _door: "lead",
    "contact_id": foreign_contact,
    "activity_id": _foreign_activity,
    "type_id": _spare_type,
    "change_id": _foreign_change,
    "job_id": _foreign_job,
    "file_id": _foreign_file,
    "stage_id": _spare_stage,
    "team_id": _spare_team,
    "user_id": spare_user,
    "name": lambda _door: "name",
    "plugin_id": lambda _door: "sample",
    "token_id": _foreign_token,
    "sign_in_id": _foreign_sign_in,
    "view_id": _foreign_view,
    "field_id": _spare_field,
    "permission": lambda _door: "sample.do_it",
}
