"""Sample leads for an empty installation, which leave again in one step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, exists, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.activities import ActivityDraft, plan_activity
from crmkit.core.activity_types import find_activity_type
from crmkit.core.contacts import (
    Contact,
    ContactDraft,
    ContactKind,
    create_contacts,
    delete_contact,
)
from crmkit.core.db import Base
from crmkit.core.errors import CrmError, mark
from crmkit.core.events import Event, Fact, record
from crmkit.core.leads import Lead, PastLeadDraft, Status, create_leads, delete_lead
from crmkit.core.stages import NoStageError, list_stages
from crmkit.core.timeline import NoteDraft, add_note
from crmkit.core.uow import Role
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core.stages import Stage
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "RemovedSample",
    "add_sample",
    "has_sample",
    "remove_sample",
]

_CLOSES_AFTER = 45


class Sample(Base):
    """Sample data that somebody loaded, all of it in one change."""

    __tablename__ = "sample"

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


@dataclass(slots=True)
class RemovedSample:
    """How many records went into the bin; the names of what people had changed."""

    records: int = 0
    kept: list[str] = field(default_factory=list)


class NotEmptyError(CrmError):
    """Sample data among real leads would be hard to tell from them."""

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(
            mark("There are leads already; sample data is for an empty pipeline.")
        )


class NoSampleError(CrmError):
    """No sample data is loaded."""

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(mark("There is no sample data."))


def has_sample(uow: UnitOfWork) -> bool:
    """Whether sample data is loaded and was not removed."""
    return _loaded(uow) is not None


def _loaded(uow: UnitOfWork) -> Sample | None:
    return uow.session.scalar(select(Sample).where(Sample.removed_at.is_(None)))


def add_sample(uow: UnitOfWork, locale: str) -> list[Lead]:
    """Leads with contacts, notes and next steps, in the language, owned by the actor.

    Raises NotEmptyError where there is a lead that is not in the bin.
    """
    uow.require(Role.MANAGER)
    if uow.session.scalar(select(Lead.id).where(Lead.deleted_at.is_(None)).limit(1)):
        raise NotEmptyError
    told, language = _read(), locale if locale == "fr" else "en"
    people = _add_people(uow, told["firms"])
    stages = [s for s in list_stages(uow) if not s.team_ids and not s.is_won]
    if not stages:
        raise NoStageError
    drafts = [_draft(uow, one, language, people, stages) for one in told["leads"]]
    leads = create_leads(uow, drafts)
    for lead, one in zip(leads, told["leads"], strict=True):
        if "note" in one:
            add_note(uow, lead, NoteDraft(text=one["note"][language]))
        if "step" in one:
            _plan(uow, lead, one, language)
    sample = Sample(change_id=uow.change_id, created_at=uow.now())
    uow.session.add(sample)
    uow.session.flush()
    record(uow, [Fact("sample.added", "sample", sample.id, 1, {})])
    return leads


def _read() -> dict[str, Any]:
    # Once in the life of an installation, so parsed when it is asked.
    import tomllib  # noqa: PLC0415

    source = files("crmkit.core").joinpath("samples.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _add_people(uow: UnitOfWork, firms: Sequence[dict[str, Any]]) -> list[Contact]:
    """A person of each firm, and the firms."""
    owner = uow.actor.id
    places = [{"city": firm["city"], "country": firm["country"]} for firm in firms]
    companies = create_contacts(
        uow,
        [
            ContactDraft(
                name=firm["name"], kind=ContactKind.COMPANY, owner_id=owner, **place
            )
            for firm, place in zip(firms, places, strict=True)
        ],
    )
    return create_contacts(
        uow,
        [
            ContactDraft(
                name=firm["person"],
                company_id=company.id,
                email=_address(firm),
                owner_id=owner,
                **place,
            )
            for firm, company, place in zip(firms, companies, places, strict=True)
        ],
    )


def _address(firm: dict[str, Any]) -> str:
    """An address that no mail can reach."""
    person, domain = fold(firm["person"]).split(), fold(firm["name"]).replace(" ", "-")
    return f"{person[0]}@{domain}.example"


def _draft(
    uow: UnitOfWork,
    told: dict[str, Any],
    language: str,
    people: Sequence[Contact],
    stages: Sequence[Stage],
) -> PastLeadDraft:
    person, firm = people[told["firm"]], _read()["firms"][told["firm"]]
    created_at = uow.now() - timedelta(days=told["days"])
    status = Status(told.get("status", Status.OPEN))
    values: dict[str, Any] = {}
    if status is not Status.OPEN:
        values["closed_at"] = uow.now() - timedelta(days=told["days"] // 5)
    if "lost_note" in told:
        values["lost_note"] = told["lost_note"][language]
    return PastLeadDraft(
        name=told["name"][language],
        contact_id=person.id,
        contact_name=person.name,
        company_name=firm["name"],
        email=person.email,
        city=firm["city"],
        country=firm["country"],
        owner_id=uow.actor.id,
        stage_id=stages[int(told["at"] * len(stages))].id,
        priority=told.get("priority", 0),
        expected_revenue=told["revenue"],
        expected_close=(created_at + timedelta(days=_CLOSES_AFTER)).date(),
        created_at=created_at,
        status=status,
        **values,
    )


def _plan(uow: UnitOfWork, lead: Lead, told: dict[str, Any], language: str) -> None:
    step = told["step"]
    try:
        kind = find_activity_type(uow, step["type"]).slug
    except CrmError:
        kind = None  # the admin has types of his own
    due_on = uow.today() + timedelta(days=told["due"])
    draft = ActivityDraft(type=kind, summary=step[language], due_on=due_on)
    plan_activity(uow, lead, draft)


def remove_sample(uow: UnitOfWork) -> RemovedSample:
    """What went into the bin, and what stays because somebody changed it since.

    Raises NoSampleError where none is loaded.
    """
    uow.require(Role.MANAGER)
    sample = _loaded(uow)
    if sample is None:
        raise NoSampleError
    removed = RemovedSample()
    for lead in uow.session.scalars(uow.locked(_made(Lead, sample))):
        if _is_changed(uow, "lead", lead.id, sample):
            removed.kept.append(lead.name)
        else:
            delete_lead(uow, lead)
            removed.records += 1
    # People before their firms, so that a firm whose people go is free to go.
    people_first = _made(Contact, sample).order_by(Contact.id.desc())
    for contact in uow.session.scalars(uow.locked(people_first)):
        if _is_used(uow, contact) or _is_changed(uow, "contact", contact.id, sample):
            removed.kept.append(contact.name)
        else:
            delete_contact(uow, contact)
            removed.records += 1
    sample.removed_at = uow.now()
    uow.session.flush()
    record(uow, [Fact("sample.removed", "sample", sample.id, 2, {})])
    return removed


def recall_sample(uow: UnitOfWork, sample: Sample) -> None:
    """Take back that sample data was removed; its records come back by themselves."""
    if not has_sample(uow):
        sample.removed_at = None
        uow.session.flush()
        record(uow, [Fact("sample.recalled", "sample", sample.id, 3, {})])


def _made(kind: type[Any], sample: Sample) -> Any:
    """Records of a kind that the sample made and that are not in the bin."""
    noun = kind.__tablename__
    made = select(Event.record_id).where(
        Event.change_id == sample.change_id, Event.kind == f"{noun}.created"
    )
    return select(kind).where(kind.id.in_(made), kind.deleted_at.is_(None))


def _is_changed(uow: UnitOfWork, entity: str, record_id: int, sample: Sample) -> bool:
    """Whether a person did something with a record since, and did not take it back."""
    later = uow.session.execute(
        select(Event.change_id, Event.undoes).where(
            Event.entity == entity,
            Event.record_id == record_id,
            Event.change_id != sample.change_id,
            Event.actor_id.is_not(None),
        )
    ).all()
    taken_back = {undoes for _, undoes in later if undoes is not None}
    return any(
        undoes is None and change_id not in taken_back for change_id, undoes in later
    )


def _is_used(uow: UnitOfWork, contact: Contact) -> bool:
    """Whether a lead or a person that stays names the contact."""
    leads = exists().where(Lead.contact_id == contact.id, Lead.deleted_at.is_(None))
    people = exists().where(
        Contact.company_id == contact.id, Contact.deleted_at.is_(None)
    )
    return bool(uow.session.scalar(select(leads | people)))
