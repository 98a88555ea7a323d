from __future__ import annotations

import pytest

from crmkit.core import ListQuery, fields_of, read_fields
from crmkit_data_exchange.imports import Upload, mapping_of, start_import
from crmkit_data_exchange.known_origins import find_origin, list_origins

pytestmark = pytest.mark.plugins("data_exchange")

ODOO = (
    "Opportunity,Contact Name,Company Name,Email,Phone,Mobile,Salesperson,Sales Team,"
    "Expected Revenue,Probability,Expected Closing,Priority,Stage,Tags\n"
    "Pump,Zoe,Acme,z@a.org,,+33 6,Ann,Lyon,1200.50,40,2026-12-01,High,Proposal,\n"
    "Valve,,Beta,,+33 1,+33 7,Ann,Lyon,10,0,,Very High,Won,\n"
)
HUBSPOT = (
    "Record ID,Deal Name,Deal Stage,Amount,Close Date,Deal owner,Create Date,"
    "Deal probability,Associated Company,Associated Contact,Closed Lost Reason\n"
    "77,Pump,Closed Lost,99,2026-02-01 10:00,Ann,2026-01-01 09:30,0.4,Acme,Zoe,Dear\n"
)
PEOPLE = (
    "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Postal Code,"
    "Country/Region,Lead Status\n7,Zoe,Roe,z@a.org,0612345678,Ann,69001,France,NEW\n"
)
COMPANIES = "Name,Is a Company,Tax ID,Email\nAcme,TRUE,FR40303265045,a@b.org\n"


def draft(kit, text, entity):
    with kit.work() as uow:
        return mapping_of(start_import(uow, entity, Upload("x.csv", text.encode())))


def bring(kit, importer, text, names, entity="lead"):
    mapping = draft(kit, text, entity).model_dump()
    done = importer(text, **mapping)
    with kit.read() as uow:
        assert (done.failed, done.skipped) == (0, 0)
        return list(read_fields(uow, entity, names, ListQuery()))


def test_leads_of_odoo_come_as_they_were(kit, importer):
    names = ["name", "contact_name", "phone", "owner", "priority", "stage", "status"]
    assert [list(one.values()) for one in bring(kit, importer, ODOO, names)] == [
        ["Pump", "Zoe", "+33 6", "Ann", 2, "Proposal", "open"],
        ["Valve", None, "+33 1", "Ann", 3, "Won", "won"],
    ]


def test_deals_of_hubspot_are_not_forty_hundredths_of_a_percent(kit, importer):
    names = ["name", "company_name", "contact_name", "status", "lost_note"]
    (found,) = bring(kit, importer, HUBSPOT, names)
    assert list(found.values()) == ["Pump", "Acme", "Zoe", "lost", "Dear"]
    rules = draft(kit, HUBSPOT, "lead").columns
    assert not rules["Deal probability"]
    assert not rules["Record ID"]


def test_people_of_hubspot_and_companies_of_odoo(kit, importer):
    names = ["name", "kind", "email", "zip", "country", "vat"]
    bring(kit, importer, PEOPLE, names, "contact")
    found = bring(kit, importer, COMPANIES, names, "contact")
    assert [list(one.values()) for one in found] == [
        ["Zoe Roe", "person", "z@a.org", "69001", "FR", None],
        ["Acme", "company", "a@b.org", None, None, "FR40303265045"],
    ]


def test_other_files_come_from_nowhere_known(kit):
    assert find_origin("lead", ["Name", "Amount"]) is None
    with kit.read() as uow:
        for origin in list_origins():
            fields = fields_of(uow, origin.entity)
            rules = [rule for rules in origin.columns.values() for rule in rules]
            assert {rule.field for rule in rules} <= fields.keys()
            assert all(rule.field for rule in rules)
