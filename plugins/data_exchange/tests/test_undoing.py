from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from crmkit.core import Contact, Lead, edit_lead, get_lead, get_leads
from crmkit_data_exchange.imports import get_import
from crmkit_data_exchange.tables import ImportState, KeptRecord
from crmkit_data_exchange.undoing import begin_undo, list_kept, undo_batches

pytestmark = pytest.mark.plugins("data_exchange")

COLUMNS = {"Deal": "name", "Mail": "email", "City": "city"}
BY_MAIL = {"columns": COLUMNS, "match_by": ["email"]}


def state_of(kit) -> dict[int, tuple[object, ...]]:
    with kit.read() as uow:
        leads = uow.session.scalars(select(Lead).where(Lead.deleted_at.is_(None)))
        return {
            lead.id: (lead.name, lead.email, lead.city, lead.stage_id, lead.status)
            for lead in leads
        }


def test_created_records_go_to_the_bin_and_updated_ones_get_their_values_back(
    kit, importer
):
    kit.lead("Pump", email="a@b.org", city="Lyon")
    before = state_of(kit)
    text = "Deal,Mail,City\nPump 2,a@b.org,Oslo\nNew,c@d.org,Nice\n"
    done = importer(text, **BY_MAIL)
    assert (done.created, done.updated) == (1, 1)
    undone = importer.undo(done.id)
    assert (undone.state, undone.undone) == (ImportState.UNDONE, 2)
    assert state_of(kit) == before


def test_companies_that_the_import_made_go_too(kit, importer):
    columns = {"Deal": "name", "Firm": "company_name"}
    text = "Deal,Firm\nA,Acme\nB,Beta\n"
    done = importer(text, columns=columns, create={"contacts": True})
    importer.undo(done.id)
    with kit.read() as uow:
        left = select(func.count()).select_from(Contact)
        assert uow.session.scalar(left.where(Contact.deleted_at.is_(None))) == 0


def test_what_somebody_changed_since_stays_and_is_listed(kit, importer):
    mine = kit.lead("Pump", email="a@b.org", city="Lyon")
    text = "Deal,Mail,City\nPump 2,a@b.org,Oslo\nNew,c@d.org,Nice\n"
    done = importer(text, **BY_MAIL)
    with kit.work() as uow:
        edit_lead(uow, get_lead(uow, mine.id), {"city": "Rome"})
        new = get_lead(uow, mine.id + 1)
        edit_lead(uow, new, {"city": "Bari"})
    importer.undo(done.id)
    assert kit.fresh(mine).name == "Pump"
    assert kit.fresh(mine).city == "Rome"
    assert kit.fresh(new).city == "Bari"
    with kit.read() as uow:
        kept = {k.record_id: k.fields for k in list_kept(uow, get_import(uow, done.id))}
    assert kept == {mine.id: ["city"], new.id: []}


def test_an_undo_that_stops_half_way_goes_on(kit, importer):
    rows = "".join(f"P{n}\n" for n in range(350))
    done = importer(f"Deal\n{rows}", columns={"Deal": "name"})
    with kit.work() as uow:
        begin_undo(uow, get_import(uow, done.id))
    steps = undo_batches(kit.claim_job())
    assert next(steps) == 100
    steps.close()
    kit.crm.clock.advance(minutes=1)
    undone = importer.finish(done.id)
    assert (undone.state, undone.undone) == (ImportState.UNDONE, 350)
    assert state_of(kit) == {}


def test_an_undo_of_whole_batches_ends(importer):
    rows = "".join(f"P{n}\n" for n in range(200))
    done = importer(f"Deal\n{rows}", columns={"Deal": "name"})
    assert importer.undo(done.id).state is ImportState.UNDONE


@given(data=st.data())
def test_whatever_was_edited_stays_and_all_else_is_as_before(data, kit, importer):
    known = data.draw(st.integers(0, 4), label="leads that are there")
    rows = data.draw(st.integers(1, 8), label="rows")
    tag = f"{data.draw(st.uuids(version=4))}"[:8]
    old = [kit.lead(f"L{n}", email=f"{n}@{tag}.org", city="Lyon") for n in range(known)]
    before = state_of(kit)
    text = "".join(f"R{n},{n}@{tag}.org,Oslo\n" for n in range(rows))
    done = importer(f"Deal,Mail,City\n{text}", **BY_MAIL)
    with kit.read() as uow:
        touched = sorted(set(state_of(kit)) - set(before)) + [
            lead.id for lead in old[:rows]
        ]
        assert len(get_leads(uow, touched)) == done.created + done.updated == rows
    edited = data.draw(st.sets(st.sampled_from(touched)), label="edited")
    with kit.work() as uow:
        for lead in get_leads(uow, sorted(edited)):
            edit_lead(uow, lead, {"city": "Rome"})
    importer.undo(done.id)
    after = state_of(kit)
    assert {i: v for i, v in after.items() if i not in edited} == {
        i: v for i, v in before.items() if i not in edited
    }
    assert all(after[i][2] == "Rome" for i in edited)
    with kit.read() as uow:
        kept = select(KeptRecord.record_id).where(KeptRecord.import_id == done.id)
        assert set(uow.session.scalars(kept)) == edited
