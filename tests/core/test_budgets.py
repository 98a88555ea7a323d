"""How many statements the hot operations take, plugins apart."""

import pytest

from crmkit.core import (
    BoardQuery,
    LeadDraft,
    ListQuery,
    create_lead,
    edit_lead,
    get_lead,
    get_stage,
    list_leads,
    move_lead,
    pipeline,
    sum_leads,
)
from crmkit.testing import statements


@pytest.fixture
def count(kit):
    """Counts the statements of an action of Ann's, her unit's one included."""
    kit.lead(tags=("Water",), source="Fair")

    def run(action, *, writes=False):
        opened = kit.work if writes else kit.read
        with statements(kit.crm) as sent, opened(kit.ann) as uow:
            action(uow)
        return sent

    return run


FULL = {
    "name": "Pump station",
    "company_name": "Hydrolis",
    "email": "zoe@hydrolis.example",
    "expected_revenue": "48500.55",
    "team_id": 1,
    "owner_id": 1,
}


@pytest.mark.parametrize("fields", [{"name": "Pump"}, FULL])
def test_a_lead_is_created_in_six_statements(count, fields):
    sent = count(lambda uow: create_lead(uow, LeadDraft(**fields)), writes=True)
    assert len(sent) <= 6, sent


def test_a_board_takes_four_statements(count):
    assert len(sent := count(lambda uow: pipeline(uow, BoardQuery()))) <= 4, sent


def test_a_list_takes_two_statements(count):
    query = ListQuery(filter="probability >= 10 and owner = me", words="pump", limit=80)
    assert len(sent := count(lambda uow: list_leads(uow, query))) <= 2, sent
    assert len(sent := count(lambda uow: sum_leads(uow, query))) <= 2, sent


def test_a_move_takes_eight_statements(count):
    def move(uow):
        move_lead(uow, get_lead(uow, 1), get_stage(uow, 2), based_on=1)

    assert len(sent := count(move, writes=True)) <= 8, sent


def test_an_edit_takes_eight_statements(count):
    def edit(uow):
        edit_lead(uow, get_lead(uow, 1), {"name": "Filter plant"}, based_on=1)

    assert len(sent := count(edit, writes=True)) <= 8, sent
