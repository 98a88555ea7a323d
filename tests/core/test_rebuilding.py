"""What follows from events and records can be made anew, equal to what was written."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from sqlalchemy import select, text

from crmkit.core import (
    CurrencyDraft,
    LeadPast,
    PastLeadDraft,
    RateDraft,
    Status,
    add_currency,
    create_lead,
    edit_lead,
    get_lead,
    matching,
    offered_currencies,
    set_rate,
)
from crmkit.core.leads import Lead

from tests.core.test_past import STEPS, run


def rows_of(kit):
    columns = [column for column in LeadPast.__table__.columns if column.name != "id"]
    query = select(*columns).order_by(LeadPast.lead_id, LeadPast.id)
    with kit.read() as uow:
        return [tuple(row) for row in uow.session.execute(query)]


def rebuild(kit, *, first=""):
    with kit.work() as uow:
        if first:
            uow.session.execute(text(first))
        uow.enqueue("rebuild_past")
    (job,) = kit.run_jobs()
    assert job.state == "done", job.trace


@given(steps=STEPS)
def test_a_past_that_was_lost_is_made_anew_from_the_events(kit, steps):
    with kit.work() as uow:
        if "USD" not in offered_currencies(uow):
            usd = add_currency(uow, CurrencyDraft(code="USD"))
            set_rate(uow, usd, RateDraft(day=uow.today(), rate=Decimal("0.9")))
    run(kit, steps)
    written = rows_of(kit)
    rebuild(kit, first="DELETE FROM lead_past")
    assert rows_of(kit) == written


def test_a_lead_that_came_from_elsewhere_was_so_before_it_came(kit, clock):
    before = clock.now()
    clock.advance(days=30)
    with kit.work() as uow:
        create_lead(uow, PastLeadDraft(name="Ferry", created_at=before))
        lost = {"status": Status.LOST, "created_at": before, "closed_at": clock.now()}
        create_lead(uow, PastLeadDraft(name="Roof", **lost))
        create_lead(uow, PastLeadDraft(name="Won", status=Status.WON))
    written = rows_of(kit)
    rebuild(kit, first="DELETE FROM lead_past")
    assert rows_of(kit) == written


def test_what_nobody_decided_is_kept_from_the_rows_that_are_there(kit, clock):
    lead = kit.lead(expected_revenue=100)
    clock.advance(days=1)
    with kit.work() as uow:
        edit_lead(uow, get_lead(uow, lead.id), {"expected_revenue": 200})
    with kit.work() as uow:
        uow.session.execute(
            text("UPDATE lead_past SET probability = 4200 WHERE to_at IS NOT NULL")
        )
    written = rows_of(kit)
    rebuild(kit)
    assert rows_of(kit) == written


def test_words_that_were_lost_are_made_anew(kit):
    lead = kit.lead("Harbour crane")
    with kit.work() as uow:
        uow.session.execute(text("UPDATE lead_words SET words = ''"))
    with kit.work() as uow:
        uow.enqueue("rebuild_search")
    assert [job.state for job in kit.run_jobs()] == ["done"]
    with kit.read() as uow:
        found = select(Lead.id).where(matching(uow, "lead", "harb"))
        assert list(uow.session.scalars(found)) == [lead.id]
