"""Fourteen leads of three teams, stages A < B < C < W: worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from crmkit.core import (
    Lead,
    PastLeadDraft,
    StageDraft,
    Status,
    TeamDraft,
    add_stage,
    add_team,
    create_lead,
    delete_lead,
    edit_lead,
    get_deleted_lead,
    get_lead,
    restore_lead,
    win_lead,
)
from crmkit_scoring.config import ConfigDraft, choose
from crmkit_scoring.counting import fold_steps, read_counts
from crmkit_scoring.tables import Choice

if TYPE_CHECKING:
    from crmkit.testing import Kit

pytestmark = pytest.mark.plugins("scoring")

ROWS = """
0 1 FR s0 u0 A lost
1 1 DE s1 u1 B lost
2 1 IT s2 u2 C won
3 1 FR s1 u2 B open
4 1 DE s1 u1 A open
5 2 FR s1 u1 C lost
6 2 FR s1 u2 B lost
7 2 FR s2 u2 A won
8 2 FR s1 u2 B open
9 2 DE s0 u1 B open
10 3 DE s1 u1 C won
11 3 FR s1 u0 A lost
12 3 DE s2 u2 A lost
13 3 FR s1 u2 B open
"""


@dataclass
class World:
    kit: Kit
    stages: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    leads: dict[int, int] = field(default_factory=dict)

    def lead(self, number: int) -> Lead:
        with self.kit.read() as uow:
            return get_lead(uow, self.leads[number])

    def percent(self, number: int) -> Decimal:
        return self.lead(number).probability

    def counts(self, team: str) -> dict[tuple[str, str], tuple[float, float]]:
        with self.kit.read() as uow:
            rows = read_counts(uow, None).get(self.teams[team], {})
        return {key: (won / 10, lost / 10) for key, (won, lost) in rows.items()}

    def stage_row(self, team: str, stage: str) -> tuple[float, float]:
        return self.counts(team)["stage", str(self.stages[stage])]

    def rebuild(self) -> None:
        with self.kit.work() as uow:
            uow.enqueue("scoring.rebuild_counts", key="all")
        self.kit.run_jobs()


@pytest.fixture
def world(crm, kit):
    world = World(kit)
    names = ["country", "state", "source", "email_quality", "phone_quality", "tags"]
    with crm.work() as uow:
        # The stages of the kit come last and are counted with the others.
        for position, name in enumerate("ABCW"):
            draft = StageDraft(name=name, position=position, is_won=name == "W")
            world.stages[name] = add_stage(uow, draft).id
        for name in "123":
            world.teams[name] = add_team(uow, TeamDraft(name=f"Team {name}")).id
        choose(uow, ConfigDraft(choice=Choice.FREQUENCY, variables=names))
    for row in ROWS.split("\n")[1:-1]:
        number, team, country, state, source, stage, outcome = row.split()
        with crm.work() as uow:
            new = PastLeadDraft(
                name=f"Lead {number}",
                team_id=world.teams[team],
                country=country,
                state=state,
                source=source,
                stage_id=world.stages[stage],
                status=Status(outcome),
            )
            world.leads[int(number)] = create_lead(uow, new).id
    return world


def test_the_worked_probabilities_come_out(world):
    world.rebuild()
    found = [world.percent(n) for n in (3, 8, 13)]
    assert found == [Decimal("33.49"), Decimal("7.74"), Decimal("35.09")]


def test_without_its_team_a_lead_is_judged_by_all_rows(world):
    with world.kit.work() as uow:
        for number in (10, 11, 12, 13):
            edit_lead(uow, get_lead(uow, world.leads[number]), {"team_id": None})
    world.rebuild()
    found = [world.percent(n) for n in (3, 13)]
    assert found == [Decimal("33.49"), Decimal("35.19")]
    one, two = world.counts("1"), world.counts("2")
    assert world.stage_row("1", "A") == (1.1, 2.1)
    assert world.stage_row("1", "W") == (1.1, 0.1)
    assert one["country", "DE"] == (0.1, 1.1)
    assert one["email_quality", "unset"] == (1.1, 2.1)
    assert world.stage_row("2", "A") == (1.1, 2.1)
    assert world.stage_row("2", "W") == (1.1, 0.1)
    assert two["email_quality", "unset"] == (1.1, 2.1)
    assert ("country", "DE") not in two


def test_live_counts_are_those_of_a_rebuild(world):
    live = {team: world.counts(team) for team in "123"}
    world.rebuild()
    assert live == {team: world.counts(team) for team in "123"}


def test_a_closing_counts_at_once_and_folding_changes_nothing(world):
    world.rebuild()
    with world.kit.work() as uow:
        win_lead(uow, get_lead(uow, world.leads[9]))
    before = world.counts("2")
    assert before["country", "DE"] == (1.1, 0.1)
    assert world.stage_row("2", "A") == (2.1, 2.1)
    with world.kit.work() as uow:
        assert fold_steps(uow) == 1
    assert world.counts("2") == before


def test_a_restored_lead_is_scored_without_its_own_outcome(world):
    world.rebuild()
    with world.kit.work() as uow:
        lead = get_lead(uow, world.leads[8])
        win_lead(uow, lead)
    with world.kit.work() as uow:
        restore_lead(uow, get_lead(uow, world.leads[8]))
    # It came back to the first stage; moved to B, it is what it was.
    assert world.stage_row("2", "A") == (1.1, 2.1)
    lead = world.lead(8)
    world.rebuild()
    assert world.lead(8).probability == lead.probability


def test_an_edit_of_a_closed_lead_moves_its_counts(world):
    world.rebuild()
    with world.kit.work() as uow:
        edit_lead(uow, get_lead(uow, world.leads[5]), {"country": "DE", "tags": ["a"]})
    counts = world.counts("2")
    assert counts["country", "FR"] == (1.1, 1.1)
    assert counts["country", "DE"] == (0.1, 1.1)
    assert counts["tags", "a"] == (0.1, 1.1)


def test_an_edited_field_scores_an_open_lead_anew(world):
    world.rebuild()
    before = world.percent(3)
    with world.kit.work() as uow:
        edit_lead(uow, get_lead(uow, world.leads[3]), {"source": "u0"})
    after = world.percent(3)
    assert after < before
    world.rebuild()
    assert world.percent(3) == after


def test_a_lead_in_the_bin_is_not_counted(world):
    world.rebuild()
    before = world.counts("1")
    with world.kit.work() as uow:
        delete_lead(uow, get_lead(uow, world.leads[1]))
    assert world.stage_row("1", "A") == (1.1, 1.1)
    with world.kit.work() as uow:
        restore_lead(uow, get_deleted_lead(uow, world.leads[1]))
    # Restored leads are open, so it is not counted now either.
    assert world.stage_row("1", "A") == (1.1, 1.1)
    assert before["country", "DE"] == (0.1, 1.1)
    assert world.counts("1")["country", "DE"] == (0.1, 0.1)
