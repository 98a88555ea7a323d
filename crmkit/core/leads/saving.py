"""What every change of leads ends with: history, estimates, and telling plugins."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from crmkit.core.events import Fact, Values, record
from crmkit.core.exchange_rates import rate_day, rates_on
from crmkit.core.leads.table import Lead, Status, derive_amounts
from crmkit.core.notification_rows import tell_of_owners
from crmkit.hooks import HappenedHook, LeadsContext, estimate_probability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core.stages import Step
    from crmkit.core.uow import UnitOfWork

WON = Decimal(100)
LOST = Decimal(0)


def save(
    uow: UnitOfWork,
    leads: Sequence[Lead],
    kind: str,
    changed: Mapping[int, Values],
) -> None:
    """Store `leads` with a new version, and record what `changed` by lead id."""
    raise_versions(uow, leads)
    uow.session.flush()
    record_leads(uow, leads, kind, changed)


def raise_versions(uow: UnitOfWork, leads: Sequence[Lead]) -> None:
    """Give `leads` their next version, as of now."""
    now = uow.now()
    for lead in leads:
        lead.version += 1
        lead.updated_at = now


def record_leads(
    uow: UnitOfWork,
    leads: Sequence[Lead],
    kind: str,
    changed: Mapping[int, Values],
) -> None:
    """Write one event for each of `leads`, and what it is now into `lead_past`.

    Whom one was given to is told.
    """
    # A lead that comes from elsewhere was what it is before it came here.
    is_new = kind == "lead.created"
    record(
        uow,
        [
            Fact(
                kind,
                "lead",
                lead.id,
                lead.version,
                changed[lead.id],
                lead.past(),
                since=(lead.closed_at or lead.stage_entered_at) if is_new else None,
            )
            for lead in leads
        ],
    )
    tell_of_owners(uow, leads, changed)


def tell(
    uow: UnitOfWork, hook: HappenedHook[LeadsContext], leads: Sequence[Lead]
) -> None:
    """Tell plugins what happened to `leads`."""
    uow.hooks.tell(hook, LeadsContext(uow, tuple(leads)))


def estimate(
    uow: UnitOfWork,
    leads: Sequence[Lead],
    defaults: Mapping[int, Decimal],
    *,
    are_new: bool = False,
) -> None:
    """Set the automatic probability of leads, and of open ones the one that is shown.

    The first plugin that answers `estimate_probability` decides; what it leaves out
    takes the default of the lead's stage, from `defaults` by stage id. Amounts of
    leads that `are_new` follow only where their probability becomes another.
    """
    still_open = [lead for lead in leads if lead.status is Status.OPEN]
    for lead in leads:
        if lead.status is not Status.OPEN:
            lead.automatic_probability = WON if lead.status is Status.WON else LOST
    if not still_open:
        return
    context = LeadsContext(uow, tuple(still_open))
    answers = uow.hooks.ask(estimate_probability, context)
    estimates: Mapping[int, Decimal] = next(
        (answer for answer in answers if isinstance(answer, Mapping)), {}
    )
    # All at once; each lead's own question is answered by what is known then.
    rates_on(uow, (rate_day(uow, lead.currency, None) for lead in still_open))
    for lead in still_open:
        value = percent(estimates.get(lead.id), defaults[lead.stage_id])
        if lead.automatic_probability != value:
            lead.automatic_probability = value
        if lead.probability_is_manual or (are_new and lead.probability == value):
            continue
        if lead.probability != value:
            lead.probability = value
        refresh_amounts(uow, lead)


def percent(value: object, default: Decimal) -> Decimal:
    """`value` as a percentage with two decimals, `default` where it is none."""
    # A plugin that no type checker saw may answer anything; None and NaN are likely.
    if not isinstance(value, Decimal) or not value.is_finite():
        return default
    return min(max(value, LOST), WON).quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def refresh_amounts(uow: UnitOfWork, lead: Lead) -> None:
    """Derive the weighted and the base amounts anew."""
    pair = rate_day(uow, lead.currency, lead.closed_at)
    rate = rates_on(uow, [pair])[pair]
    amounts = derive_amounts(lead.expected_revenue, lead.probability, rate)
    for name, value in amounts.items():
        if getattr(lead, name) != value:
            setattr(lead, name, value)


def tell_customer(uow: UnitOfWork, lead: Lead, stage: Step) -> None:
    """Have the customer of a lead that came into a stage told, where that says so."""
    if stage.mail_template_id is not None:
        # The job belongs to this change: undoing it finds the mail.
        uow.enqueue(
            "write_mail_of_stage",
            lead_id=lead.id,
            stage_id=stage.id,
            template_id=stage.mail_template_id,
        )
