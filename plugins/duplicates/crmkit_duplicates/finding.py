"""Finding leads that are like a lead, or like one that is being typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    bindparam,
    literal_column,
    select,
    union_all,
)
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
    from collections.abc import Sequence

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
    sought = _sought(traits, rules)
    if not sought:
        return []
    found: dict[str, list[int]] = {}
    names = tuple(sought)
    # Built once for what is sought: building takes as long as the database does.
    key = ("duplicates", names, uow.actor.reach)
    statement = uow.catalogue.kept(key, lambda: _statement(uow, names))
    values = {**sought, "lead_id": traits.lead_id or 0, "most": rules.most + 1}
    for name, lead_id in uow.run(statement, values):
        found.setdefault(name, []).append(lead_id)
    reasons: dict[int, list[Reason]] = {}
    for name, ids in found.items():
        if len(ids) <= rules.most:
            for lead_id in ids:
                reasons.setdefault(lead_id, []).append(_reason(name, traits))
    closest = sorted(reasons, key=lambda number: (-len(reasons[number]), -number))
    return [Duplicate(number, tuple(reasons[number])) for number in closest]


def _sought(traits: Traits, rules: Rules) -> dict[str, str | int]:
    """What is looked for, by the name of its rule."""
    sought: dict[str, str | int] = {}
    if traits.email and rules.mail is not MailRule.OFF:
        domain = domain_of(traits.email)
        is_whole = rules.mail is MailRule.ADDRESS or domain in free_domains()
        sought |= {"mail": traits.email} if is_whole else {"domain": domain}
    if traits.phone and rules.phone:
        sought["phone"] = traits.phone
    if traits.contact_id is not None and rules.family:
        sought["family"] = traits.contact_id
    return sought


def _statement(
    uow: UnitOfWork, names: Sequence[str]
) -> CompoundSelect[*tuple[Any, ...]]:
    """The name of the rule and the lead's id; values are parameters by these names."""
    return union_all(*(_limited(uow, name) for name in names))


def _limited(uow: UnitOfWork, name: str) -> Select[*tuple[Any, ...]]:
    query = select(Lead.id).where(
        _criterion(name), visible(uow), Lead.id != bindparam("lead_id")
    )
    rows = query.limit(bindparam("most")).subquery()
    return select(literal_column(f"'{name}'").label("rule"), rows.c.id)


def _criterion(name: str) -> ColumnElement[bool]:
    wanted: ColumnElement[Any] = bindparam(name)
    match name:
        case "mail":
            return Lead.email_normalized == wanted
        case "domain":
            same = select(MailDomain.lead_id).where(MailDomain.domain == wanted)
            return Lead.id.in_(same)
        case "phone":
            return Lead.phone_e164 == wanted
    return Lead.contact_id.in_(_family(wanted))


def _family(contact_id: Any) -> Select[tuple[int]]:
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
