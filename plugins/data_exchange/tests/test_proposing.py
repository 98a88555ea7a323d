from __future__ import annotations

from collections.abc import Sequence

import pytest

from crmkit_data_exchange.csv_tables import read_table
from crmkit_data_exchange.fields import FieldDescription
from crmkit_data_exchange.mapping import DateOrder, Mapping
from crmkit_data_exchange.proposing import Entity, propose_mapping
from crmkit_data_exchange.value_mapping import Existing

Fields = Sequence[FieldDescription]
EXISTING = Existing(
    stages=("New", "Proposal sent", "Won"),
    won_stage="Won",
    teams=("North",),
    user_names=("Ann Lee",),
    user_mails=("ann@example.com",),
)


def propose(text: str, entity: Entity, fields: Fields) -> Mapping:
    return propose_mapping(read_table(text.encode()), entity, fields, EXISTING)


def list_fields(mapping: Mapping) -> dict[str, list[str]]:
    return {
        header: [rule.field for rule in rules]
        for header, rules in mapping.columns.items()
        if rules
    }


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (
            "Deal name;Account;Owner;Amount;Close date;Junk",
            "name company_name owner expected_revenue expected_close",
        ),
        (
            "Intitulé;Société;Commercial;Montant HT;Date de clôture;Divers",
            "name company_name owner expected_revenue expected_close",
        ),
        (
            "Bezeichnung;Firma;Verantwortlich;Betrag;Abschlussdatum;Sonst",
            "name company_name owner expected_revenue expected_close",
        ),
        (
            "Oportunidad;Empresa;Vendedor;Importe;Fecha de cierre;Otro",
            "name company_name owner expected_revenue expected_close",
        ),
    ],
)
def test_headers_are_understood_in_four_languages(
    header: str, fields: str, lead_fields: Fields
) -> None:
    mapping = propose(
        f"{header}\nPump;Acme;Bob;1.000,5;31/12/2024;x\n", "lead", lead_fields
    )
    assert [rules[0] for rules in list_fields(mapping).values()] == fields.split()
    assert (mapping.decimal_sign, mapping.date_order) == (",", DateOrder.DAY_FIRST)


def test_what_stands_below_decides_where_the_header_says_nothing(
    lead_fields: Fields,
) -> None:
    text = "name,x1,x2,amount\nA,ann@example.com,+33 1 23 45 67 89,big\n"
    assert list_fields(propose(text, "lead", lead_fields)) == {
        "name": ["name"],
        "x1": ["email"],
        "x2": ["phone"],
    }


def test_won_and_lost_are_read_out_of_the_stages(lead_fields: Fields) -> None:
    text = "deal,stage\nA,4 - Gagné\nB,Closed lost\nC,proposal_sent\nD,Talk\n"
    stage, status = propose(text, "lead", lead_fields).columns["stage"]
    assert stage.values == {
        "4 - Gagné": "Won",
        "Closed lost": None,
        "proposal_sent": "Proposal sent",
    }
    assert status.values == {"4 - Gagné": "won", "Closed lost": "lost", "*": "open"}


def test_people_and_teams_are_known_by_name_or_mail(lead_fields: Fields) -> None:
    text = (
        "deal,owner,team\nA,ann_lee,NORTH\nB,Bob,south\nC,ann@example.com,n-o-r-t-h\n"
    )
    mapping = propose(text, "lead", lead_fields)
    assert mapping.columns["owner"][0].values == {"ann_lee": "Ann Lee"}
    assert mapping.columns["team"][0].values == {}
    assert not mapping.create.users


def test_a_lead_without_a_title_is_named_by_its_company(lead_fields: Fields) -> None:
    mapping = propose("id,company\n7,Acme\n8,Acme\n", "lead", lead_fields)
    assert list_fields(mapping) == {"id": ["name"], "company": ["company_name", "name"]}
    assert [header for header, rule in mapping.rules() if rule.field == "name"] == [
        "company",
        "id",
    ]


def test_first_and_last_names_make_a_person(contact_fields: Fields) -> None:
    text = "First Name,Last Name,Company\nAnn,Lee,Acme\n"
    mapping = propose(text, "contact", contact_fields)
    assert list_fields(mapping) == {
        "First Name": ["name"],
        "Last Name": ["name"],
        "Company": ["company"],
    }
    assert mapping.fixed == {"kind": "person"}


def test_a_list_of_companies_is_one(contact_fields: Fields) -> None:
    text = (
        "Raison Sociale;tranche_effectifs;CompanyLink\nAcme;32;https://acme.example\n"
    )
    mapping = propose(text, "contact", contact_fields)
    assert list_fields(mapping) == {
        "Raison Sociale": ["name"],
        "tranche_effectifs": ["employees"],
        "CompanyLink": ["website"],
    }
    assert mapping.fixed == {"kind": "company"}


def test_each_field_is_proposed_once_the_fuller_column_first(
    contact_fields: Fields,
) -> None:
    text = (
        "Name,E-mail 1,E-mail 2 Address,E-mail Work\nA,,b@example.com,c@example.com\n"
    )
    fields = list_fields(propose(text, "contact", contact_fields))
    assert [header for header, names in fields.items() if names == ["email"]] == [
        "E-mail Work"
    ]


def test_a_status_with_other_words_is_left_alone(lead_fields: Fields) -> None:
    assert "status" not in list_fields(
        propose("deal,status\nA,warm\nB,cold\nC,hot\n", "lead", lead_fields)
    )
