from __future__ import annotations

import pytest
from sqlalchemy import func, select

from crmkit.core import (
    Contact,
    Lead,
    Status,
)
from crmkit_data_exchange.imports import get_import
from crmkit_data_exchange.results import list_errors

pytestmark = pytest.mark.plugins("data_exchange")

COLUMNS_OF_TWO = {"Deal": "name", "Company": "company_name"}


def leads_of(kit) -> dict[str, Lead]:
    with kit.read() as uow:
        query = select(Lead).where(Lead.deleted_at.is_(None)).order_by(Lead.id)
        return {lead.name: lead for lead in uow.session.scalars(query)}


def errors_of(kit, import_) -> list[tuple[object, object]]:
    with kit.read() as uow:
        found = list_errors(uow, get_import(uow, import_.id), str)
    return [(error["line"], error["message"]) for error in found]


def test_leads_are_linked_to_the_company_of_their_name(kit, importer):
    importer(
        "Firm\nAcme\n",
        entity="contact",
        columns={"Firm": "name"},
        fixed={"kind": "company"},
    )
    done = importer("Deal,Company\nA,ACME\nB,Beta\n", columns=COLUMNS_OF_TWO)
    assert done.created == 2
    found = leads_of(kit)
    assert found["A"].contact_id is not None
    assert found["B"].contact_id is None


def test_companies_are_made_once_where_the_mapping_says_so(kit, importer):
    text = "Deal,Company\n" + "".join(f"D{n},Beta {n % 3}\n" for n in range(250))
    done = importer(text, columns=COLUMNS_OF_TWO, create={"contacts": True})
    assert done.created == 250
    with kit.read() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Contact)) == 3
    assert None not in {lead.contact_id for lead in leads_of(kit).values()}


def test_people_belong_to_the_company_that_the_same_file_brings(kit, importer):
    text = "Name,Kind,Company\nAcme,company,\nAnn,person,Acme\nBob,person,Nobody\n"
    columns = {"Name": "name", "Kind": "kind", "Company": "company"}
    done = importer(text, entity="contact", columns=columns)
    # Acme and Ann stand in one batch, in which Acme is not there yet for a look-up.
    assert (done.created, done.failed) == (2, 1)
    assert errors_of(kit, done) == [(4, "There is no company “Nobody”.")]


def test_records_that_match_are_updated_and_empty_cells_change_nothing(kit, importer):
    lead = kit.lead("Pump", email="Ann@Firm.org", phone="04 65 71 01 42")
    text = (
        "Deal,Mail,City,Stage\nPump station,ann@firm.org,,Proposal\n"
        "New one,b@firm.org,Oslo,New\nNew two,b@firm.org,Bergen,\n"
    )
    columns = {"Deal": "name", "Mail": "email", "City": "city", "Stage": "stage"}
    done = importer(text, columns=columns, match_by=["email"])
    assert (done.created, done.updated, done.failed) == (1, 2, 0)
    changed = kit.fresh(lead)
    assert (changed.name, changed.phone, changed.stage_id) == (
        "Pump station",
        "04 65 71 01 42",
        kit.proposal,
    )
    assert leads_of(kit)["New two"].city == "Bergen"
    again = importer(text, columns=columns, match_by=["email"])
    assert (again.created, again.updated, again.skipped) == (0, 2, 1)
    assert "Nothing in it differs" in str(errors_of(kit, again)[0][1])


def test_an_update_can_win_or_lose_a_lead(kit, importer):
    won, lost = kit.lead("A", email="a@b.org"), kit.lead("B", email="b@b.org")
    text = "Mail,Status,Why\na@b.org,won,\nb@b.org,lost,Price\n"
    columns = {"Mail": "email", "Status": "status", "Why": "lost_reason"}
    done = importer(
        text,
        columns={**columns, "Mail": ["email", "name"]},
        match_by=["email"],
        create={"lost_reasons": True},
    )
    assert done.updated == 2
    assert kit.fresh(won).status is Status.WON
    assert kit.fresh(lost).status is Status.LOST
    assert kit.fresh(lost).lost_reason_id is not None


def test_several_matches_are_skipped_with_a_reason(kit, importer):
    kit.lead("One", email="a@b.org")
    kit.lead("Two", email="a@b.org")
    done = importer(
        "Deal,Mail\nX,a@b.org\n",
        columns={"Deal": "name", "Mail": "email"},
        match_by=["email"],
    )
    assert (done.skipped, done.updated) == (1, 0)
    assert errors_of(kit, done) == [
        (2, "2 records are the same in email; which one is not clear.")
    ]


def test_what_the_actor_does_not_see_is_not_matched(kit, importer):
    kit.lead("Hers", email="a@b.org", team_id=kit.oslo, owner_id=kit.oli)
    columns = {"Deal": "name", "Mail": "email"}
    done = importer(
        "Deal,Mail\nX,a@b.org\n", kit.ann, columns=columns, match_by=["email"]
    )
    assert (done.created, done.updated) == (1, 0)


def test_contacts_match_by_several_fields_together(importer):
    text = "Name,City,Mail\nAcme,Lyon,\nAcme,Oslo,\n"
    columns = {"Name": "name", "City": "city", "Mail": "email"}
    options = {"entity": "contact", "columns": columns, "match_by": ["name", "city"]}
    assert importer(text, **options).created == 2
    text = "Name,City,Mail\nACME,lyon,a@acme.org\n"
    assert importer(text, **options).updated == 1
