from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from importlib.util import find_spec

import pytest

from crmkit.core import (
    PastLeadDraft,
    Status,
    create_leads,
    edit_lead,
    get_lead,
    list_stages,
    lose_lead,
    win_lead,
)
from crmkit_scoring.config import read_config
from crmkit_scoring.estimating import estimate, explain
from crmkit_scoring.learned.facts import known_then
from crmkit_scoring.learned.training import compare, gather
from crmkit_scoring.opting_out import set_opt_out
from crmkit_scoring.rescoring import find_changed
from crmkit_scoring.tables import Model

pytestmark = pytest.mark.plugins("scoring")
HAS_EXTRA = find_spec("sklearn") is not None


@pytest.fixture
def closed(kit, clock):
    """240 leads closed over 240 days: those by mail are won far more often."""
    now = clock.now()
    drafts = []
    for number in range(240):
        by_mail = number % 2 == 0
        is_won = number % 10 < 9 if by_mail else number % 10 == 1
        closed_at = now - timedelta(days=240 - number)
        drafts.append(
            PastLeadDraft(
                name=f"Deal {number}",
                team_id=kit.lyon,
                stage_id=kit.proposal,
                source="Mail" if by_mail else "Phone",
                tags=("Hot",) if number % 4 == 0 else (),
                expected_revenue=Decimal(number),
                status=Status.WON if is_won else Status.LOST,
                created_at=closed_at - timedelta(days=20),
                closed_at=closed_at,
            )
        )
    with kit.work() as uow:
        return create_leads(uow, drafts)


@pytest.mark.databases("sqlite")
def test_facts_are_those_that_were_known_while_the_lead_was_open(kit, clock):
    lead = kit.lead(source="Mail", priority=1, tags=("new",))
    clock.advance(days=10)
    with kit.work() as uow:
        # All of this happens at the very end of its life.
        mine = get_lead(uow, lead.id)
        edit_lead(uow, mine, {"source": "Phone", "priority": 3, "tags": ["signed"]})
        win_lead(uow, mine)
    with kit.read() as uow:
        (known,) = known_then(uow, [lead.id])
    assert known.won
    assert known.facts["priority"] == 1.0
    assert known.facts["tags: new"] == "yes"
    assert "tags: signed" not in known.facts
    assert known.facts["stage"] == str(kit.new)
    assert known.facts["source"] == str(lead.source_id)


def check_many_are_told_what_one_is(kit, ids):
    with kit.work() as uow:
        leads = [get_lead(uow, lead_id) for lead_id in ids]
        for lead in leads:
            lead.automatic_probability = Decimal(1)
        uow.session.flush()
        many = {k: v for batch in find_changed(uow) for k, v in batch.items()}
        defaults = {stage.id: stage.probability for stage in list_stages(uow)}
        left = {lead.id: defaults[lead.stage_id] for lead in leads}
        assert many == left | estimate(uow, leads)
        assert many[ids[0]] == Decimal(str(explain(uow, leads[0]).percent))


@pytest.mark.usefixtures("closed")
def test_older_leads_foretell_the_newer_and_the_best_model_answers(kit, crm_door):
    api = crm_door.script("max")
    by_mail = kit.lead(source="Mail", tags=("hot", "new"), email="a@b.example")
    by_phone, contact = kit.lead(source="Phone", phone="?", country="FR"), kit.contact()
    alone = kit.lead(source="Mail", contact_id=contact.id)
    with kit.work() as uow:
        set_opt_out(uow, contact, is_out=True)
    job = api.post("/p/scoring/train", json={})
    assert job.status_code == 202
    kit.run_jobs()
    said = api.get("/p/scoring/model").json()
    card = said["trained"]["card"]
    assert card["tried"] == 72
    assert card["losses"]["frequency"] < card["losses"]["base"]
    assert ("learned" in card["losses"]) is HAS_EXTRA
    assert said["best"] == card["best"] == said["model"]
    assert card["measures"]["auc"] > 0.7
    assert [team["name"] for team in card["teams"]] == ["Lyon"]
    assert kit.fresh(by_mail).probability > kit.fresh(by_phone).probability + 20
    check_many_are_told_what_one_is(kit, [by_mail.id, by_phone.id, alone.id])
    told = api.get(f"/p/scoring/leads/{by_mail.id}").json()
    points = [reason["points"] for reason in told["reasons"]]
    assert round(told["base"] + sum(points), 2) == told["estimate"]
    page = crm_door.person("max").get("/p/scoring/model").text
    assert "Foretold and won by team" in page
    assert "Model card" in page


@pytest.mark.usefixtures("closed")
@pytest.mark.databases("sqlite")
def test_nothing_after_the_split_reaches_the_counts_of_the_back_test(kit):
    with kit.read() as uow:
        known = gather(uow)
        card, _ = compare(uow, known)
        turned = [*known[:168], *reversed(known[168:])]
        assert compare(uow, turned)[0]["losses"] == pytest.approx(card["losses"])
    assert known == sorted(known, key=lambda one: one.closed_at)


@pytest.mark.databases("sqlite")
def test_with_few_closed_leads_nothing_is_learned(kit, crm_door):
    lead = kit.lead()
    with kit.work() as uow:
        lose_lead(uow, get_lead(uow, lead.id), None)
    api = crm_door.script("max")
    api.post("/p/scoring/train", json={})
    kit.run_jobs()
    said = api.get("/p/scoring/report").json()
    assert said["card"] == {"closed": 1, "tried": 1, "losses": {}}
    assert api.get("/p/scoring/model").json()["model"] == Model.BASE
    assert "No back-test yet" in crm_door.person("max").get("/p/scoring/model").text


@pytest.mark.databases("sqlite")
def test_no_model_learns_from_who_opted_out(kit, closed):
    mine, contact = closed[0], kit.contact()
    with kit.work() as uow:
        edit_lead(uow, get_lead(uow, mine.id), {"contact_id": contact.id})
        set_opt_out(uow, contact, is_out=True)
    with kit.read() as uow:
        assert {one.lead_id for one in gather(uow)} == {one.id for one in closed[1:]}


@pytest.mark.usefixtures("closed")
@pytest.mark.databases("sqlite")
def test_the_page_chooses_and_a_probability_is_given_back(kit, crm_door):
    person = crm_door.person("max")
    lead = kit.lead(source="Mail")
    given = {"choice": "stage", "since": "2020-01-02", "variables": ["source"]}
    assert person.post("/p/scoring/model", data=given).status_code == 303
    refused = person.post("/p/scoring/model", data=given | {"since": "soon"})
    assert refused.status_code == 422
    assert 'value="soon"' in refused.text
    with kit.read() as uow:
        kept = read_config(uow)
        assert (str(kept.since), kept.variables) == ("2020-01-02", ["source"])
    assert "answering now: the stage" in person.get("/p/scoring/model").text.lower()
    with kit.work() as uow:
        edit_lead(uow, get_lead(uow, lead.id), {"probability": Decimal(5)})
    path = f"/p/scoring/leads/{lead.id}/automatic"
    assert crm_door.person("ann").post(path).status_code == 303
    assert not kit.fresh(lead).probability_is_manual
