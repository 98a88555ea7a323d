from __future__ import annotations

from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from crmkit.core import (
    ContactDraft,
    LeadDraft,
    PastLeadDraft,
    Status,
    add_token,
    create_contact,
    create_lead,
    create_leads,
    edit_lead,
    get_lead,
    get_user,
)
from crmkit.web import create_app
from crmkit_scoring.estimating import estimate
from crmkit_scoring.rescoring import find_changed

pytestmark = pytest.mark.plugins("scoring")


@pytest.fixture
def closed(kit):
    """Sixty closed leads: by mail 20 of 20 are won, by phone 10 of 40."""

    def draft(number: int) -> PastLeadDraft:
        by_mail = number < 20
        is_won = by_mail or number % 4 == 0
        return PastLeadDraft(
            name=f"Deal {number}",
            team_id=kit.lyon,
            stage_id=kit.proposal,
            source="Mail" if by_mail else "Phone",
            status=Status.WON if is_won else Status.LOST,
        )

    with kit.work() as uow:
        return create_leads(uow, [draft(number) for number in range(60)])


@pytest.fixture
def api(kit):
    app = create_app(kit.crm)

    def client(user_id: int) -> TestClient:
        with kit.work() as uow:
            key = add_token(uow, get_user(uow, user_id), "test")
        headers = {"authorization": f"Bearer {key}"}
        return TestClient(app, base_url="https://crm.test", headers=headers)

    return client


@pytest.mark.databases("sqlite")
def test_without_closed_leads_the_stage_decides(kit):
    assert kit.lead().probability == Decimal(10)


@pytest.mark.databases("sqlite")
def test_with_few_closed_leads_all_get_the_share_that_was_won(kit, api):
    with kit.work() as uow:
        for status in (Status.WON, Status.LOST, Status.LOST, Status.LOST):
            draft = PastLeadDraft(name="Deal", stage_id=kit.new, status=status)
            create_lead(uow, draft)
    lead = kit.lead()
    # 1.1 of 4.2: each side begins with a tenth.
    assert lead.probability == Decimal("26.19")
    said = api(kit.ann).get(f"/api/v1/p/scoring/leads/{lead.id}").json()
    assert said["model"] == "base"
    assert said["note"].startswith("Fewer than 50 leads are closed")


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("closed")
def test_reasons_are_told_and_add_up(kit, api):
    lead = kit.lead(source="Mail")
    said = api(kit.ann).get(f"/api/v1/p/scoring/leads/{lead.id}").json()
    points = [reason["points"] for reason in said["reasons"]]
    assert round(said["base"] + sum(points), 2) == said["estimate"]
    assert said["reasons"][0]["shown"] == "Mail"
    assert said["reasons"][0]["points"] > 0


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("closed")
def test_a_probability_by_hand_stays_until_it_is_given_back(kit, api):
    lead = kit.lead(source="Phone")
    ann = api(kit.ann)
    ann.patch(f"/api/v1/leads/{lead.id}", json={"probability": "77"})
    assert kit.fresh(lead).probability == Decimal(77)
    said = ann.post(f"/api/v1/p/scoring/leads/{lead.id}/automatic", json={}).json()
    assert said["probability_is_manual"] is False
    assert kit.fresh(lead).probability == lead.probability


@pytest.mark.usefixtures("closed")
def test_a_contact_that_opted_out_is_not_profiled(kit, api):
    with kit.work(kit.tom) as uow:
        contact = create_contact(uow, ContactDraft(name="Mia Holm"))
    lead = kit.lead(source="Mail", contact_id=contact.id)
    tom, path = api(kit.tom), f"/api/v1/p/scoring/opt-outs/{contact.id}"
    assert tom.post(path).json() == {"is_opted_out": True}
    assert kit.fresh(lead).probability == Decimal(10)
    assert tom.delete(path).json() == {"is_opted_out": False}
    assert kit.fresh(lead).probability == lead.probability
    assert api(kit.ann).post(path).status_code == 403


@pytest.mark.databases("sqlite")
def test_on_the_page_of_a_contact_stands_the_way_out(kit, crm_door):
    contact = kit.contact("Mia Holm")
    page, path = (
        f"/contacts/{contact.id}",
        f"/p/scoring/contacts/{contact.id}/profiling",
    )
    tom = crm_door.person("tom")
    assert "Do not profile" in tom.get(page).text
    assert tom.post(path, data={"is_profiled": "no"}).status_code == 303
    shown = tom.get(page).text
    assert "Not profiled since" in shown
    assert "Profile again" in shown
    ann = crm_door.person("ann")
    assert "Profile again" not in ann.get(page).text
    assert ann.post(path, data={"is_profiled": "yes"}).status_code == 403
    tom.post(path, data={"is_profiled": "yes"})
    assert "Do not profile" in tom.get(page).text


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("closed")
def test_a_manager_chooses_and_every_open_lead_follows(kit, api):
    lead = kit.lead(source="Mail")
    path = "/api/v1/p/scoring/model"
    assert api(kit.ann).patch(path, json={"choice": "stage"}).status_code == 403
    manager = api(kit.max)
    assert manager.patch(path, json={"choice": "guess"}).status_code == 422
    assert manager.patch(path, json={"variables": ["shoe"]}).status_code == 422
    assert manager.patch(path, json={"choice": "stage"}).json()["model"] == "stage"
    kit.run_jobs()
    assert kit.fresh(lead).probability == Decimal(10)


@pytest.mark.usefixtures("closed")
def test_the_night_scores_what_changed_and_writes_one_event(kit, api):
    lead = kit.lead(source="Mail")
    before = lead.probability
    with kit.work() as uow:
        draft = PastLeadDraft(
            name="Lost", team_id=kit.lyon, source="Mail", status=Status.LOST
        )
        create_leads(uow, [draft] * 30)
    assert api(kit.max).post("/api/v1/p/scoring/train", json={}).status_code == 202
    kit.run_jobs()
    after = kit.fresh(lead)
    assert after.probability < before
    assert after.version == lead.version
    assert after.weighted_revenue == 0


@pytest.mark.usefixtures("closed")
def test_scores_of_many_leads_are_those_of_one(kit):
    with kit.work() as uow:
        drafts = [
            LeadDraft(
                name="Open",
                team_id=team,
                stage_id=stage,
                source=source,
                phone=phone,
                email=email,
                tags=tags,
            )
            for team in (kit.lyon, kit.oslo, None)
            for stage in (kit.new, kit.proposal)
            for source in ("Mail", "Phone", None)
            for phone, email, tags in (("+33123456789", "x", ()), (None, None, ("a",)))
        ]
        leads = create_leads(uow, drafts)
        for lead in leads:
            lead.automatic_probability = Decimal(1)
        uow.session.flush()
        many = {k: v for batch in find_changed(uow) for k, v in batch.items()}
        assert many == estimate(uow, leads)


def test_a_new_lead_is_judged_by_its_tags_too(kit):
    with kit.work() as uow:
        drafts = [
            PastLeadDraft(
                name="Deal",
                team_id=kit.lyon,
                status=Status.WON if number % 3 else Status.LOST,
                tags=("old" if number % 3 else "young",),
            )
            for number in range(150)
        ]
        create_leads(uow, drafts)
    assert kit.lead(tags=("old",)).probability > kit.lead().probability


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("closed")
def test_beside_a_lead_stand_its_reasons_and_the_way_back_to_automatic(kit, crm_door):
    lead = kit.lead(source="Mail", email="mia@example.org", phone="123")
    ann, path = crm_door.person("ann"), f"/leads/{lead.id}"
    shown = ann.get(path).text
    assert "Of all leads were won" in shown
    assert "Mail address: correct" in shown
    assert "Phone number: not correct" in shown
    assert "Back to automatic" not in shown
    with kit.work(kit.ann) as uow:
        edit_lead(uow, get_lead(uow, lead.id), {"probability": Decimal(5)})
    assert "Back to automatic" in ann.get(path).text
    ann.post(f"/p/scoring{path}/automatic")
    assert kit.fresh(lead).probability == lead.probability


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("closed")
def test_cards_tell_what_is_far_from_the_default_and_what_was_typed(kit, crm_door):
    good, plain = kit.lead(source="Mail"), kit.lead(probability=Decimal(40))
    board = crm_door.person("ann").get("/pipeline").text
    cards = {
        lead.id: board.split(f'id="lead-{lead.id}"')[1].split("</article>")[0]
        for lead in (good, plain)
    }
    assert "points against the stage" in cards[good.id]
    assert "by hand" in cards[plain.id]
