"""What is broken in a database is told, and nothing else is."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Integer, Table, text

from crmkit.core import ActivityDraft, get_lead, plan_activity, plugin_base
from crmkit.core.damage import find_damage, find_damage_of_plugins
from crmkit.hooks import register_tables
from crmkit.testing import sample_plugin


def damage_of(kit):
    with kit.crm.engine.connect() as connection:
        return list(find_damage(connection))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE lead SET weighted_revenue = 1", "lead 1: the weighted revenue is"),
        ("UPDATE lead SET next_activity_at = NULL", "lead 1: the next activity is"),
        ("UPDATE lead_past SET probability = 4200", "lead 1: lead_past is wrong."),
        ("UPDATE lead_past SET to_at = from_at", "lead 1: lead_past and events dif"),
        ("DELETE FROM activity_words", "activity 1: no words to find it by."),
        (
            "DROP INDEX ix_lead_name",
            "A table is not as the migrations made",
        ),
        ("ALTER TABLE stage ADD COLUMN x INTEGER", "A table is not as the migrations"),
    ],
)
def test_each_kind_of_damage_is_told_with_what_to_do(kit, clock, statement, found):
    lead = kit.lead()
    clock.advance(days=1)
    with kit.work() as uow:
        lead = get_lead(uow, lead.id)
        plan_activity(uow, lead, ActivityDraft(summary="Call", due_on=uow.today()))
    assert damage_of(kit) == []
    with kit.work() as uow:
        uow.session.execute(text(statement))
    assert any(told.startswith(found) for told in damage_of(kit))


def test_a_table_of_a_plugin_that_is_not_as_its_classes_say_is_told(make_kit):
    base = plugin_base("visits")
    Table("visits__note", base.metadata, Column("id", Integer, primary_key=True))

    @register_tables.impl
    def tables(ctx):
        del ctx
        return base

    kit = make_kit(sample_plugin("visits", tables))
    with kit.crm.engine.connect() as connection:
        (found,) = find_damage_of_plugins(connection, kit.crm.plugins)
        assert list(find_damage(connection)) == []
    assert found == (
        "A table of the plugin visits is not as its classes say: "
        "add table visits__note."
    )
