"""Finding leads that are like a lead, or like one that is being typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, literal_column, select, union_all
from sqlalchemy.orm import aliased

from crmkit.core import (
    Contact,
    Lead,
    mark,
    normalize_email,
    normalize_phone,
    settings_of,
    visible,
)
from crmkit.hooks import Duplicate, Reason
from crmkit_duplicates.domains import domain_of, free_domains
from crmkit_duplicates.settings import MailRule, Rules
from crmkit_duplicates.tables import MailDomain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmkit.core import LeadDraft, UnitOfWork

SAME_MAIL = mark("Same mail address")
SAME_DOMAIN = mark("Same mail domain, {domain}")
SAME_PHONE = mark("Same telephone number")
SAME_FAMILY = mark("Same contact or company")


@dataclass(frozen=True, slots=True)
class Traits:
    """What is compared of a lead."""

    lead_id: int | None
    email: str | None
    phone: str | None
    contact_id: int | None


def traits_of(lead: Lead) -> Traits:
    """What is compared of a lead that is there."""
    return Traits(lead.id, lead.email_normalized, lead.phone_e164, lead.contact_id)


def traits_typed(uow: UnitOfWork, draft: LeadDraft) -> Traits:
    """What is compared of a lead that is being made."""
    country = draft.country or uow.settings.country
    return Traits(
        None,
        normalize_email(draft.email),
        normalize_phone(draft.phone, country),
        draft.contact_id,
    )


def find_similar(uow: UnitOfWork, traits: Traits) -> list[Duplicate]:
    """The leads that the actor may see and that share a trait, the closest first.

    A rule that finds more of them than the rules allow says nothing of any.
    """
    rules = settings_of(uow, Rules)
    queries = [
        _limited(uow, name, query, traits.lead_id, rules.most)
        for name, query in _queries(traits, rules)
    ]
    if not queries:
        return []
    found: dict[str, list[int]] = {}
    rows: Sequence[Any] = uow.session.execute(union_all(*queries)).all()
    for name, lead_id in rows:
        found.setdefault(name, []).append(lead_id)
    reasons: dict[int, list[Reason]] = {}
    for name, ids in found.items():
        if len(ids) <= rules.most:
            for lead_id in ids:
                reasons.setdefault(lead_id, []).append(_reason(name, traits))
    closest = sorted(reasons, key=lambda number: (-len(reasons[number]), -number))
    return [Duplicate(number, tuple(reasons[number])) for number in closest]


def _queries(traits: Traits, rules: Rules) -> Iterator[tuple[str, ColumnElement[bool]]]:
    if traits.email and rules.mail is not MailRule.OFF:
        domain = domain_of(traits.email)
        is_free = domain in free_domains()
        if rules.mail is MailRule.ADDRESS or is_free:
            yield "mail", Lead.email_normalized == traits.email
        else:
            same = select(MailDomain.lead_id).where(MailDomain.domain == domain)
            yield "domain", Lead.id.in_(same)
    if traits.phone and rules.phone:
        yield "phone", Lead.phone_e164 == traits.phone
    if traits.contact_id is not None and rules.family:
        yield "family", Lead.contact_id.in_(_family(traits.contact_id))


def _limited(
    uow: UnitOfWork,
    name: str,
    criterion: ColumnElement[bool],
    lead_id: int | None,
    most: int,
) -> Select[tuple[str, int]]:
    query = select(Lead.id).where(criterion, visible(uow))
    if lead_id is not None:
        query = query.where(Lead.id != lead_id)
    rows = query.limit(most + 1).subquery()
    return select(literal_column(f"'{name}'"), rows.c.id)


def _family(contact_id: int) -> Select[tuple[int]]:
    """The contacts of the tree of companies that a contact stands in."""
    parent, child = aliased(Contact), aliased(Contact)
    start = select(Contact.id, Contact.company_id).where(Contact.id == contact_id)
    up = start.cte("up", recursive=True)
    up = up.union(
        select(parent.id, parent.company_id).where(parent.id == up.c.company_id)
    )
    # A circle of companies has no top; union stops at what it has seen.
    top = select(up.c.id).where(up.c.company_id.is_(None))
    down = select(Contact.id).where(Contact.id.in_(top)).cte("down", recursive=True)
    down = down.union(select(child.id).where(child.company_id == down.c.id))
    return select(down.c.id)


def _reason(name: str, traits: Traits) -> Reason:
    match name:
        case "domain":
            return Reason(SAME_DOMAIN, {"domain": domain_of(traits.email)})
        case "mail":
            return Reason(SAME_MAIL)
        case "phone":
            return Reason(SAME_PHONE)
    return Reason(SAME_FAMILY)
