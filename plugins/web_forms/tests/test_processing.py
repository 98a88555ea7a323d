"""What fails while a lead is made of an answer loses nothing."""

import pytest

from crmkit.core import CustomFieldDraft, add_field, edit_field, get_field
from crmkit.hooks import lead_created
from crmkit.testing import open_door, sample_plugin

from .conftest import FORMS, TYPED, Visitor

pytestmark = pytest.mark.plugins("web_forms")


def ask(door, **more):
    draft = {"title": "Contact", "fields": [{"name": n} for n in TYPED], **more}
    made = door.script("eve").post(FORMS, {**draft, "least_seconds": 0}).json()
    return Visitor(door, made["address"])


@lead_created.impl
def raise_always(ctx):
    raise RuntimeError(ctx.leads)


def test_a_plugin_that_raises_costs_no_enquiry(make_kit):
    kit = make_kit(sample_plugin("broken", raise_always))
    with open_door(kit) as door:
        visitor = ask(door)
        assert visitor.send(visitor.look()).status_code == 303
        kit.run_jobs()
        found = door.script("eve").get(f"{FORMS}/1/answers").json()["items"]
        assert found[0]["state"] == "lead"


def test_what_is_refused_keeps_its_reason_and_is_run_again(kit, crm_door, answers):
    visitor = ask(crm_door)
    with kit.work(kit.eve) as uow:
        draft = CustomFieldDraft(slug="site", label="Site", is_required=True)
        field_id = add_field(uow, draft).id
    assert visitor.send(visitor.look()).status_code == 303
    kit.run_jobs()
    (failed,) = answers()
    assert (failed["state"], failed["lead_id"]) == ("failed", None)
    assert failed["reason"] == "“Site” has to be filled in."
    assert failed["values"] == TYPED
    with kit.work(kit.eve) as uow:
        edit_field(uow, get_field(uow, field_id), {"is_required": False})
    crm_door.script("lea").post(f"/p/web_forms/answers/{failed['id']}/run")
    kit.run_jobs()
    assert (answers()[0]["state"], answers()[0]["reason"]) == ("lead", None)
    numbers = crm_door.script("lea").get(f"{FORMS}/1/numbers").json()
    assert (numbers["received"], numbers["lead"], numbers["failed"]) == (1, 1, 0)


def test_it_is_tried_again_by_itself(kit, crm_door, answers):
    visitor = ask(crm_door)
    with kit.work(kit.eve) as uow:
        draft = CustomFieldDraft(slug="site", label="Site", is_required=True)
        field_id = add_field(uow, draft).id
    visitor.send(visitor.look())
    kit.run_jobs()
    assert answers()[0]["state"] == "failed"
    with kit.work(kit.eve) as uow:
        edit_field(uow, get_field(uow, field_id), {"is_required": False})
    kit.crm.clock.advance(hours=1)
    kit.run_jobs()
    assert answers()[0]["state"] == "lead"


def test_a_worker_that_died_in_between_makes_no_second_lead(kit, crm_door, answers):
    visitor = ask(crm_door)
    visitor.send(visitor.look())
    kit.run_jobs()
    lead_id = answers()[0]["lead_id"]
    with kit.work() as uow:
        uow.enqueue("web_forms.process_answer", answer_id=answers()[0]["id"])
    (job,) = kit.run_jobs()
    assert job.result == {"lead_id": lead_id}
