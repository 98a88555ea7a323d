"""Tables and migrations of a plugin, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect

from crmkit.app import open_crm
from crmkit.core import (
    Base,
    State,
    get_lead,
    plan_uninstall,
    purge_plugin,
    switch_plugin,
)
from crmkit.core.damage import drift_of, drift_of_plugin
from crmkit.core.migrate import head_of
from crmkit.testing.conformance.subject import live_through
from crmkit.testing.doors import open_door
from crmkit.testing.fixtures import plain_settings

if TYPE_CHECKING:
    from crmkit.app import Crm
    from crmkit.testing.conformance.subject import Subject
    from crmkit.testing.fixtures import MakeCrm
    from crmkit.testing.kit import Kit


class DataChecks:
    """It keeps its data apart, and crmkit lives without it."""

    def test_its_migrations_make_what_its_classes_say(
        self, crm: Crm, subject: Subject
    ) -> None:
        """No difference between the tables and the classes."""
        metadata = subject.tables()
        if metadata is None:
            assert _own_tables(crm, subject) == set()
            return
        with crm.engine.connect() as connection:
            found = drift_of_plugin(connection, metadata, subject.id)
        assert found == []

    def test_its_tables_and_constraints_bear_its_name(
        self, crm: Crm, subject: Subject
    ) -> None:
        """So that they are told apart, and can be taken away, without its code."""
        inspector = inspect(crm.engine)
        strange = [
            name
            for table in _own_tables(crm, subject)
            for thing in (
                *inspector.get_indexes(table),
                *inspector.get_foreign_keys(table),
            )
            if (name := thing["name"]) and f"{subject.id}__" not in name
        ]
        assert strange == []

    def test_what_points_at_the_core_says_what_happens_there(
        self, crm: Crm, subject: Subject
    ) -> None:
        """A foreign key to a record that can be purged has an ON DELETE."""
        inspector = inspect(crm.engine)
        silent = [
            f"{table}.{key['constrained_columns'][0]}"
            for table in _own_tables(crm, subject)
            for key in inspector.get_foreign_keys(table)
            if "__" not in key["referred_table"] and "ondelete" not in key["options"]
        ]
        assert silent == []

    def test_its_revisions_bear_its_name(self, crm: Crm, subject: Subject) -> None:
        """Two plugins never have the same revision."""
        tree = crm.plugins.entries[subject.id].tree
        if tree is not None:
            head = head_of(tree)
            assert head is not None
            assert head.startswith(f"{subject.id}_")

    def test_the_core_is_as_it_was(self, crm: Crm) -> None:
        """Its migrations altered no table of the core."""
        with crm.engine.connect() as connection:
            assert drift_of(connection, Base.metadata) == []

    def test_it_can_be_taken_away_and_come_back(
        self, kit: Kit, subject: Subject
    ) -> None:
        """Purged it leaves nothing, and crmkit works; one upgrade brings it back."""
        live_through(kit)
        _purge(kit, subject)
        kit.crm.settle()
        assert _own_tables(kit.crm, subject) == set()
        waits = kit.crm.plugins.entries[subject.id].tree is not None
        state = kit.crm.plugins.entries[subject.id].state
        assert state is (State.NEEDS_MIGRATION if waits else State.ACTIVE)
        live_through(kit)
        assert kit.crm.upgrade() == ([subject.id] if waits else [])
        assert kit.crm.plugins.entries[subject.id].state is State.ACTIVE
        live_through(kit)

    def test_without_its_package_the_core_works_on(
        self, kit: Kit, make_crm: MakeCrm, subject: Subject
    ) -> None:
        """Its data stay where they are, and nothing asks for it."""
        lead_id = kit.lead("Kept").id
        live_through(kit)
        tables = _own_tables(kit.crm, subject)
        bare = open_crm(plain_settings(make_crm.url), clock=make_crm.clock, find=list)
        try:
            assert bare.upgrade() == []
            left = bare.plugins.entries.get(subject.id)
            assert left is None or left.state is State.ORPHANED
            alone = type(kit)(
                bare, kit.new, kit.proposal, kit.won, kit.lyon, kit.oslo, kit.people
            )
            live_through(alone)
            with open_door(alone) as company:
                for path in ("/pipeline", "/leads", f"/leads/{lead_id}", "/jobs"):
                    page = company.person("eve").get(path)
                    assert page.status_code == 200, path
                    assert f"/p/{subject.id}/" not in page.text
            with alone.read() as uow:
                assert get_lead(uow, lead_id).name == "Kept"
            assert _own_tables(bare, subject) == tables
        finally:
            bare.close()


def _own_tables(crm: Crm, subject: Subject) -> set[str]:
    names = inspect(crm.engine).get_table_names()
    return {name for name in names if name.startswith(f"{subject.id}__")}


def _purge(kit: Kit, subject: Subject) -> None:
    """Remove all that the plugin left, as an admin does, and switch it on again."""
    with kit.work(kit.eve) as uow:
        switch_plugin(uow, subject.id, is_enabled=False)
    with kit.work(kit.eve) as uow:
        purge_plugin(uow, subject.id, is_installed=True)
    with kit.work(kit.eve) as uow:
        plan = plan_uninstall(uow, subject.id)
        assert plan.is_empty
        switch_plugin(uow, subject.id, is_enabled=True)
