from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from crmkit.core import (
    BoardQuery,
    CrmError,
    CurrencyDraft,
    Event,
    ForbiddenError,
    JobState,
    LeadDraft,
    ListQuery,
    NotFoundError,
    PastLeadDraft,
    RateDraft,
    add_currency,
    archive_currency,
    change_settings,
    count_by_currency,
    create_lead,
    create_leads,
    currency_name,
    delete_rate,
    edit_lead,
    get_currency,
    get_lead,
    get_rate,
    get_stage,
    list_currencies,
    list_rates,
    move_lead,
    offered_currencies,
    pipeline,
    rate_on,
    refresh_closed_leads,
    restore_lead,
    set_rate,
    sum_leads,
    win_lead,
)
from crmkit.core.events import LeadPast
from crmkit.testing import statements


def add(kit, *codes):
    with kit.work() as uow:
        for code in codes:
            add_currency(uow, CurrencyDraft(code=code))


def enter(kit, code, rate, *, days=0, who=None):
    """Enter a rate for a day so many days from today; the rate as it is kept."""
    with kit.work(who) as uow:
        draft = RateDraft(day=uow.today() + timedelta(days=days), rate=rate)
        return set_rate(uow, get_currency(uow, code), draft).rate


def base_of(kit, lead):
    lead = kit.fresh(lead)
    return lead.base_revenue, lead.base_weighted


@pytest.fixture
def usd(kit):
    """A kit in which a dollar is 0.92 euro since ten days."""
    add(kit, "USD")
    enter(kit, "USD", "0.92", days=-10)
    return kit


def test_a_lead_in_another_currency_has_base_amounts_at_the_rate_of_the_day(usd):
    lead = usd.lead(expected_revenue="1000.55", currency="USD", probability=33)
    assert base_of(usd, lead) == (Decimal("920.51"), Decimal("303.77"))
    assert lead.weighted_revenue == Decimal("330.18")


def test_the_newest_rate_at_or_before_a_day_counts(usd):
    enter(usd, "USD", "0.95", days=-3)
    with usd.read() as uow:
        today = uow.today()
        found = [
            rate_on(uow, ["USD", "EUR", "JPY"], today - timedelta(days=days))
            for days in (11, 10, 4, 3, 0)
        ]
    usd_rates = [rates.get("USD") for rates in found]
    old, new = Decimal("0.92"), Decimal("0.95")
    assert usd_rates == [None, old, old, new, new]
    assert all(rates["EUR"] == 1 and "JPY" not in rates for rates in found)


def test_rates_of_a_batch_take_one_statement_and_base_amounts_none(usd):
    drafts = [LeadDraft(name="Pump", currency=code) for code in ("USD", "JPY", "USD")]
    with usd.work(usd.ann) as uow:
        with statements(usd.crm) as plain:
            create_leads(uow, [LeadDraft(name="Pump")] * 3)
        with statements(usd.crm) as foreign:
            create_leads(uow, drafts)
    assert len(foreign) == len(plain) + 1, foreign


def test_a_rate_entered_later_brings_base_amounts(kit):
    lead = kit.lead(expected_revenue=100, currency="CHF")
    assert base_of(kit, lead) == (None, None)
    add(kit, "CHF")
    enter(kit, "CHF", "1.07")
    assert base_of(kit, lead) == (107, Decimal("10.70"))
    assert kit.fresh(lead).version == 1


def test_open_leads_follow_the_rate_without_event_or_version(usd):
    lead = usd.lead(expected_revenue=100, currency="USD")
    enter(usd, "USD", "0.5")
    assert base_of(usd, lead) == (50, 5)
    with usd.read() as uow:
        kinds = uow.session.scalars(
            select(Event.kind).where(Event.entity == "lead", Event.record_id == lead.id)
        )
        assert list(kinds) == ["lead.created"]
        past = uow.session.scalars(
            select(LeadPast).where(LeadPast.lead_id == lead.id)
        ).one()
    assert (past.base_revenue, past.base_weighted) == (50, 5)


def test_a_rate_of_a_day_to_come_waits_for_it(usd, clock):
    lead, other = (usd.lead(expected_revenue=100, currency="USD") for _ in range(2))
    usd.run_schedules()
    enter(usd, "USD", "0.5", days=1)
    assert base_of(usd, lead)[0] == 92
    clock.advance(days=1)
    with usd.work() as uow:
        edit_lead(uow, get_lead(uow, lead.id), {"expected_revenue": "200"})
    assert base_of(usd, lead)[0] == 100
    assert base_of(usd, other)[0] == 92
    usd.run_schedules()
    assert base_of(usd, other)[0] == 50


def test_a_closed_lead_keeps_the_rate_of_its_closing_day(usd, clock):
    lead = usd.lead(expected_revenue=100, currency="USD")
    with usd.work() as uow:
        win_lead(uow, get_lead(uow, lead.id))
    clock.advance(days=2)
    enter(usd, "USD", "0.5")
    assert base_of(usd, lead) == (92, 92)
    with usd.work() as uow:
        edit_lead(uow, get_lead(uow, lead.id), {"expected_revenue": "200"})
    assert base_of(usd, lead) == (184, 184)
    with usd.work() as uow:
        restore_lead(uow, get_lead(uow, lead.id))
    assert base_of(usd, lead)[0] == 100


def test_a_corrected_rate_reaches_closed_leads_only_when_asked(usd):
    lead = usd.lead(expected_revenue=100, currency="USD", stage_id=usd.won)
    enter(usd, "USD", "0.9", days=-10)
    assert base_of(usd, lead) == (92, 92)
    with usd.work(usd.eve) as uow:
        refresh_closed_leads(uow)
    assert base_of(usd, lead) == (90, 90)


def test_a_closed_lead_without_base_amounts_takes_them_from_the_first_rate(kit):
    lead = kit.lead(expected_revenue=100, currency="USD", stage_id=kit.won)
    add(kit, "USD")
    enter(kit, "USD", "0.92", days=-1)
    assert base_of(kit, lead) == (92, 92)


def test_imported_leads_take_the_rates_of_the_days_they_were_closed_on(usd):
    enter(usd, "USD", "0.5", days=-5)
    with usd.work() as uow:
        drafts = [
            PastLeadDraft(
                name="Old",
                currency="USD",
                status="won",
                expected_revenue=100,
                closed_at=uow.now() - timedelta(days=days),
            )
            for days in (20, 8, 5, 0)
        ]
        leads = create_leads(uow, drafts)
    assert [lead.base_revenue for lead in leads] == [None, 92, 50, 50]


def test_another_base_currency_has_rates_of_its_own(usd, make_kit):
    lead = usd.lead(expected_revenue=100, currency="USD")
    euro = usd.lead(expected_revenue=100)
    swiss = make_kit(base_currency="USD")
    with swiss.work() as uow:
        refresh_closed_leads(uow)
    assert base_of(swiss, lead)[0] == 100
    assert base_of(swiss, euro)[0] is None
    with usd.work() as uow:
        refresh_closed_leads(uow)
    assert (base_of(usd, lead)[0], base_of(usd, euro)[0]) == (92, 100)


def test_many_leads_follow_a_rate_by_a_job(usd):
    with usd.work() as uow:
        draft = LeadDraft(name="Pump", currency="USD", expected_revenue=100)
        leads = create_leads(uow, [draft] * 600)
    enter(usd, "USD", "0.5")
    enter(usd, "USD", "0.6")
    assert base_of(usd, leads[0])[0] == 60
    assert base_of(usd, leads[-1])[0] == 92
    (job,) = usd.run_jobs()
    assert (job.name, job.state) == ("refresh_base_amounts", JobState.DONE)
    with usd.read() as uow:
        assert sum_leads(uow, ListQuery()).sum.base == 36_000


def test_a_base_currency_chosen_in_the_settings_is_followed(usd):
    lead = usd.lead(expected_revenue=100, currency="USD", stage_id=usd.won)
    with usd.work(usd.eve) as uow:
        change_settings(uow, {"base_currency": "USD"})
    usd.run_jobs()
    assert base_of(usd, lead) == (100, 100)


@pytest.mark.parametrize(
    "rate", ["0", "-1", "0.00000001", "10000001", "Infinity", "NaN", "much"]
)
def test_an_absurd_rate_is_refused(usd, rate):
    with pytest.raises((CrmError, ValidationError)):
        enter(usd, "USD", rate)


def test_a_rate_keeps_ten_decimals(usd):
    assert enter(usd, "USD", "0.12345678905") == Decimal("0.1234567890")


def test_the_base_currency_has_no_rate_to_enter_and_stays(kit):
    add(kit, "EUR")
    with pytest.raises(CrmError, match="EUR is the base currency: its rate is"):
        enter(kit, "EUR", 2)
    with pytest.raises(CrmError, match="cannot be taken out"), kit.work() as uow:
        archive_currency(uow, get_currency(uow, "EUR"))


@pytest.mark.parametrize("code", ["XXX", "ZZZ", "EURO", "eur", ""])
def test_what_is_no_currency_is_refused(kit, code):
    with pytest.raises((CrmError, ValidationError)):
        kit.lead(currency=code)
    with pytest.raises((CrmError, ValidationError)):
        add(kit, code)


def test_a_lead_may_be_in_a_currency_that_nobody_set_up(kit):
    kit.lead(expected_revenue=5, currency="JPY")
    with kit.read() as uow:
        assert offered_currencies(uow) == ["EUR"]
        yen = list_currencies(uow, count_by_currency(uow))[1]
    assert (yen.code, yen.id, yen.rate, yen.leads, yen.digits) == (
        "JPY",
        None,
        None,
        1,
        0,
    )


def test_every_change_of_a_rate_writes_an_event(usd):
    enter(usd, "USD", "0.95", days=-10, who=usd.eve)
    with usd.work(usd.eve) as uow:
        dollar = get_currency(uow, "USD")
        delete_rate(uow, get_rate(uow, dollar, uow.today() - timedelta(days=10)))
    with usd.read() as uow:
        events = uow.session.scalars(
            select(Event).where(Event.entity == "exchange_rate").order_by(Event.id)
        ).all()
        assert list_rates(uow, "USD") == []
    assert [event.kind for event in events] == [
        "exchange_rate.created",
        "exchange_rate.changed",
        "exchange_rate.deleted",
    ]
    assert events[1].values["rate"] == ["0.92", "0.95"]
    assert [event.version for event in events] == [1, 2, 3]
    assert events[2].actor_id == usd.eve


def test_the_same_rate_again_writes_nothing(usd):
    enter(usd, "USD", "0.92", days=-10)
    with usd.read() as uow:
        query = select(Event).where(Event.entity == "exchange_rate")
        assert len(uow.session.scalars(query).all()) == 1


def test_only_an_admin_sets_up_currencies_and_rates(usd):
    with usd.work(usd.max) as uow:
        dollar = get_currency(uow, "USD")
        draft = RateDraft(day=uow.today(), rate=1)
        for act in (
            lambda: add_currency(uow, CurrencyDraft(code="CHF")),
            lambda: archive_currency(uow, dollar),
            lambda: set_rate(uow, dollar, draft),
            lambda: delete_rate(uow, list_rates(uow, "USD")[0]),
            lambda: refresh_closed_leads(uow),
        ):
            with pytest.raises(ForbiddenError):
                act()


def test_an_archived_currency_is_offered_no_longer_and_comes_back(usd):
    with usd.work() as uow:
        archive_currency(uow, get_currency(uow, "USD"))
    with usd.work() as uow:
        assert offered_currencies(uow) == ["EUR"]
        add_currency(uow, CurrencyDraft(code="USD"))
    with usd.read() as uow:
        assert offered_currencies(uow) == ["EUR", "USD"]
    with pytest.raises(CrmError, match="USD is among the currencies already"):
        add(usd, "USD")


def test_names_of_currencies_come_in_the_language_of_the_reader():
    assert currency_name("USD", "fr") == "dollar des États-Unis"


def test_an_unknown_currency_has_no_rates(kit):
    with pytest.raises(NotFoundError), kit.read() as uow:
        get_currency(uow, "CHF")


def test_an_amount_too_large_for_the_base_currency_stays_unconverted(kit):
    add(kit, "KWD")
    lead = kit.lead(expected_revenue="99999999999999", currency="KWD")
    enter(kit, "KWD", 10_000_000)
    assert base_of(kit, lead) == (None, None)


def test_a_sum_is_in_base_but_for_what_was_closed_before_the_first_rate(usd):
    usd.lead(expected_revenue=100, currency="USD", stage_id=usd.won)
    with usd.work() as uow:
        old = PastLeadDraft(
            name="Old",
            currency="USD",
            status="won",
            expected_revenue=7,
            closed_at=uow.now() - timedelta(days=99),
        )
        create_lead(uow, old)
    with usd.read() as uow:
        column = pipeline(uow, BoardQuery()).columns[2]
        listed = sum_leads(uow, ListQuery())
    for amount in (column.sum, column.weighted_sum, listed.sum):
        assert amount.missing_rates == ("USD",)
        found = [amount.base, amount.by_currency["USD"], amount.unconverted["USD"]]
        assert found == [92, 107, 7]


def test_a_move_and_a_half_cent_are_rounded_to_even(usd):
    enter(usd, "USD", "0.5")
    lead = usd.lead(expected_revenue="0.05", currency="USD")
    assert base_of(usd, lead)[0] == Decimal("0.02")
    with usd.work() as uow:
        move_lead(uow, get_lead(uow, lead.id), get_stage(uow, usd.proposal))
    expected = (Decimal("0.02") / 2).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    assert base_of(usd, lead)[1] == expected


def test_days_out_of_reach_are_refused():
    with pytest.raises(ValidationError):
        RateDraft(day=date(1, 1, 1), rate=1)
