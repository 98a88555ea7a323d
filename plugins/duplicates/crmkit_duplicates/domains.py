"""Mail domains: those of leads are kept, and which of them say nothing of a company."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, literal, select

from crmkit.core import Lead
from crmkit_duplicates.tables import MailDomain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import UnitOfWork


@cache
def free_domains() -> frozenset[str]:
    """Domains at which anybody gets an address; two of them are not one company."""
    text = files("crmkit_duplicates").joinpath("free_domains.txt").read_text("utf-8")
    return frozenset(text.split())


def domain_of(email: str | None) -> str:
    """The domain of a normalised mail address, empty for none."""
    return email.rpartition("@")[2] if email else ""


def keep_domains(uow: UnitOfWork, leads: Sequence[Lead], *, are_new: bool) -> None:
    """Keep the mail domains of `leads` as they are now."""
    if not are_new:
        ids = [lead.id for lead in leads]
        uow.session.execute(delete(MailDomain).where(MailDomain.lead_id.in_(ids)))
    rows = [
        {"lead_id": lead.id, "domain": domain_of(lead.email_normalized)}
        for lead in leads
        if lead.email_normalized
    ]
    if rows:
        uow.session.execute(insert(MailDomain), rows)


def catch_up(uow: UnitOfWork, limit: int = 500) -> int:
    """Keep the domains of leads that were written while the plugin was off.

    Answers how many were, `limit` at most.
    """
    known = select(MailDomain.lead_id).where(MailDomain.lead_id == Lead.id)
    query = select(Lead).where(Lead.email_normalized.is_not(None), ~known.exists())
    missed = list(uow.session.scalars(query.order_by(Lead.id).limit(limit)))
    keep_domains(uow, missed, are_new=True)
    wrong = list(
        uow.session.scalars(
            select(Lead)
            .join(MailDomain, MailDomain.lead_id == Lead.id)
            .where(
                func.coalesce(Lead.email_normalized, "").not_like(
                    literal("%@").concat(MailDomain.domain)
                )
            )
            .limit(limit)
        )
    )
    if wrong:
        keep_domains(uow, wrong, are_new=False)
    return len(missed) + len(wrong)
