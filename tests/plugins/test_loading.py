"""Whatever a plugin is like, it has a state, and the core works."""

from typing import Any

import pytest
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crmkit.core import CrmError, Found, Lead, State, plugin_base, references
from crmkit.hooks import Plugin, lead_created, lead_won, register_tables
from crmkit.testing import sample_plugin, write_plugin

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "{id}_0001"
down_revision = None

def upgrade():
    op.create_table("{id}__note", sa.Column("id", sa.Integer, primary_key=True))
"""
TELLING = """
from crmkit.core import NoteDraft, add_note
from crmkit.hooks import Plugin, lead_created

plugin = Plugin(id="{id}", name="Telling")

@lead_created.impl
def tell(ctx):
    add_note(ctx.uow, ctx.leads[0], NoteDraft(text="told"))
"""


def tell(ctx):
    """An answer to any hook."""


def the_core_works(kit):
    return kit.lead("Pump station").id > 0


def raising(plugin_id, error):
    def load():
        raise error

    return Found(plugin_id, "1.0", load)


def entry_of(kit, plugin_id):
    return kit.crm.plugins.entries[plugin_id]


def test_a_sound_plugin_is_active(make_kit):
    kit = make_kit(sample_plugin("quotes", lead_created.impl(tell)))
    entry = entry_of(kit, "quotes")
    assert (entry.state, entry.name, entry.error) == (State.ACTIVE, "Quotes", "")
    assert the_core_works(kit)


@pytest.mark.parametrize("error", [ImportError("no module named numpy"), OSError()])
def test_a_plugin_that_raises_at_import_failed(make_kit, error):
    kit = make_kit(raising("broken", error))
    entry = entry_of(kit, "broken")
    assert entry.state is State.FAILED
    assert entry.error == (str(error) or "OSError")
    assert type(error).__name__ in entry.trace
    assert the_core_works(kit)


@pytest.mark.parametrize("code", [0, 1])
def test_a_plugin_that_leaves_python_at_import_failed(make_kit, code):
    kit = make_kit(raising("leaving", SystemExit(code)))
    assert entry_of(kit, "leaving").state is State.FAILED
    assert the_core_works(kit)


def test_a_module_without_a_manifest_failed(make_kit):
    module = sample_plugin("empty")
    del module.plugin
    kit = make_kit(Found("empty", "1.0", lambda: module))
    entry = entry_of(kit, "empty")
    assert entry.state is State.FAILED
    assert entry.error == 'Its module has no `plugin = Plugin(id="empty", …)`.'
    assert the_core_works(kit)


def test_a_manifest_of_another_id_than_the_entry_points_failed(make_kit):
    kit = make_kit(Found("alpha", "1.0", lambda: sample_plugin("beta")))
    assert entry_of(kit, "alpha").state is State.FAILED


def test_a_plugin_of_another_api_is_incompatible(make_kit):
    manifest = Plugin(id="ahead", name="Ahead", api=2)
    kit = make_kit(sample_plugin(manifest))
    entry = entry_of(kit, "ahead")
    assert entry.state is State.INCOMPATIBLE
    assert entry.error == "It speaks plugin API 2, not 1."
    assert the_core_works(kit)


def test_a_plugin_that_needs_a_later_minor_api_is_incompatible(make_kit):
    kit = make_kit(sample_plugin(Plugin(id="ahead", name="Ahead", api_minor=99)))
    entry = entry_of(kit, "ahead")
    assert entry.state is State.INCOMPATIBLE
    assert entry.error == "It needs plugin API 1.99 or later; this is 1.0."
    assert the_core_works(kit)


def test_what_requires_a_missing_plugin_is_blocked(make_kit):
    lonely = Plugin(id="lonely", name="Lonely", requires=("friend",))
    kit = make_kit(sample_plugin(lonely))
    entry = entry_of(kit, "lonely")
    assert entry.state is State.BLOCKED
    assert entry.error == "It requires “friend”, which is not installed."
    assert the_core_works(kit)


def test_what_requires_a_failed_plugin_is_blocked_and_so_on(make_kit):
    needs = Plugin(id="a_needs", name="Needs", requires=("broken",))
    further = Plugin(id="b_further", name="Further", requires=("a_needs",))
    kit = make_kit(
        raising("broken", ImportError("no")),
        sample_plugin(further),
        sample_plugin(needs),
    )
    assert entry_of(kit, "a_needs").error == "It requires “broken”, which is failed."
    assert entry_of(kit, "b_further").state is State.BLOCKED
    assert the_core_works(kit)


def test_plugins_that_require_each_other_are_blocked_and_no_other(make_kit):
    one = Plugin(id="hen", name="Hen", requires=("egg",))
    other = Plugin(id="egg", name="Egg", requires=("hen",))
    kit = make_kit(sample_plugin(one), sample_plugin(other), sample_plugin("farm"))
    states = {entry.id: entry.state for entry in kit.crm.plugins.entries.values()}
    assert states == {
        "hen": State.BLOCKED,
        "egg": State.BLOCKED,
        "farm": State.ACTIVE,
    }
    assert "egg" in entry_of(kit, "hen").error
    assert the_core_works(kit)


def test_a_circle_does_not_spoil_the_order_of_the_others(make_kit):
    base = Plugin(id="zebra", name="Zebra")
    on_top = Plugin(id="ape", name="Ape", requires=("zebra",))
    hen = Plugin(id="hen", name="Hen", requires=("egg",))
    egg = Plugin(id="egg", name="Egg", requires=("hen",))
    kit = make_kit(*(sample_plugin(manifest) for manifest in (base, on_top, hen, egg)))
    assert [entry.id for entry in kit.crm.plugins.active()] == ["zebra", "ape"]


def test_two_packages_of_one_id_are_a_conflict(make_kit):
    kit = make_kit(sample_plugin("twin"), sample_plugin("twin"))
    entry = entry_of(kit, "twin")
    assert entry.state is State.CONFLICT
    assert "uninstall one" in entry.error
    assert the_core_works(kit)


def test_plugins_that_exclude_each_other_are_a_conflict(make_kit):
    kit = make_kit(
        sample_plugin(Plugin(id="fire", name="Fire", conflicts=("water",))),
        sample_plugin("water"),
    )
    assert State.CONFLICT in {entry_of(kit, "fire").state, entry_of(kit, "water").state}
    assert the_core_works(kit)


def test_a_plugin_that_the_settings_leave_out_is_not_even_imported(make_kit):
    kit = make_kit(
        raising("broken", ImportError("never asked")),
        sample_plugin("quotes"),
        plugins=("quotes",),
    )
    assert entry_of(kit, "broken").state is State.AVAILABLE
    assert [entry.id for entry in kit.crm.plugins.active()] == ["quotes"]


def test_a_misspelt_hook_is_refused_with_the_nearest(make_kit):
    tell_wrongly = lead_won.impl(lambda ctx: None)  # noqa: ARG005
    tell_wrongly.crmkit_impl["specname"] = "lead_wun"  # type: ignore[attr-defined]
    kit = make_kit(sample_plugin("typo", tell_wrongly))
    entry = entry_of(kit, "typo")
    assert entry.state is State.FAILED
    assert entry.error == "There is no hook “lead_wun”. Did you mean “lead_won”?"
    assert the_core_works(kit)


def test_a_wrong_parameter_is_refused_with_its_name(make_kit):
    @lead_created.impl
    def tell_wrongly(context):
        """Its parameter is not named `ctx`."""

    kit = make_kit(sample_plugin("typo", tell_wrongly))
    entry = entry_of(kit, "typo")
    assert entry.state is State.FAILED
    assert "context" in entry.error
    assert "\n" not in entry.error
    assert the_core_works(kit)


def test_a_table_without_the_plugins_prefix_is_refused(make_kit):
    @register_tables.impl
    def answer(ctx):
        base = plugin_base(ctx.plugin_id)

        class Note(base):  # type: ignore[valid-type,misc]  # made here
            __tablename__ = "note"
            id: Mapped[int] = mapped_column(primary_key=True)

        return base

    kit = make_kit(sample_plugin("rude", answer))
    entry = entry_of(kit, "rude")
    assert entry.state is State.FAILED
    assert entry.error == "Its table “note” is not named rude__…."
    assert the_core_works(kit)


def test_a_broken_relationship_fails_its_plugin_and_touches_no_core_query(make_kit):
    @register_tables.impl
    def answer(ctx):
        base = plugin_base(ctx.plugin_id)

        class Parent(base):  # type: ignore[valid-type,misc]  # made here
            __tablename__ = "shaky__parent"
            id: Mapped[int] = mapped_column(primary_key=True)
            children = relationship("Nobody")

        return base

    kit = make_kit(sample_plugin("shaky", answer))
    entry = entry_of(kit, "shaky")
    assert entry.state is State.FAILED
    assert "Nobody" in entry.error
    assert the_core_works(kit)


def test_a_plugins_own_tables_may_point_at_each_other_and_at_the_core(make_kit):
    @register_tables.impl
    def answer(ctx):
        base = plugin_base(ctx.plugin_id)

        class Quote(base):  # type: ignore[valid-type,misc]  # made here
            __tablename__ = "quotes__quote"
            id: Mapped[int] = mapped_column(primary_key=True)
            lead_id: Mapped[int] = mapped_column(references(Lead.id))

        class Line(base):  # type: ignore[valid-type,misc]  # made here
            __tablename__ = "quotes__line"
            id: Mapped[int] = mapped_column(primary_key=True)
            quote_id: Mapped[int] = mapped_column(ForeignKey("quotes__quote.id"))

        bases.append(base)
        return base

    bases: list[Any] = []
    kit = make_kit(sample_plugin("quotes", answer))
    assert entry_of(kit, "quotes").state is State.ACTIVE
    lead = kit.lead()
    with kit.work() as uow:
        connection = uow.session.connection()
        for table in bases[0].metadata.sorted_tables:
            table.create(connection)
        quote = bases[0].metadata.tables["quotes__quote"]
        connection.execute(quote.insert().values(lead_id=lead.id))


def test_plugins_answer_in_one_order_which_can_be_printed(make_kit):
    told = []

    def make(plugin_id, **more):
        @lead_created.impl
        def answer(ctx):
            told.append((plugin_id, len(ctx.leads)))

        manifest = Plugin(id=plugin_id, name=plugin_id, **more)
        return sample_plugin(manifest, answer)

    kit = make_kit(
        make("d"),
        make("a", after=("c", "nobody")),
        make("b", requires=("d",)),
        make("c"),
    )
    assert kit.crm.plugins.order == ["c", "d", "a", "b"]
    kit.lead()
    assert [plugin_id for plugin_id, _ in told] == ["c", "d", "a", "b"]


@pytest.fixture
def packages(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_a_plugin_waits_for_its_migrations_and_is_active_after_them(make_kit, packages):
    telling = write_plugin(
        packages,
        "waiting",
        {
            "plugin.py": TELLING.format(id="waiting"),
            "migrations/0001.py": MIGRATION.format(id="waiting"),
        },
    )
    kit = make_kit(telling)
    entry = entry_of(kit, "waiting")
    assert (entry.state, entry.error) == (
        State.NEEDS_MIGRATION,
        "Its migrations were not run yet.",
    )
    assert kit.lead().version == 1
    assert kit.crm.timings.by_hook == {}
    assert kit.crm.upgrade() == ["waiting"]
    assert (entry.state, entry.error) == (State.ACTIVE, "")
    kit.lead()
    assert kit.crm.timings.by_hook["waiting", "lead_created"].calls == 1
    assert kit.crm.upgrade() == []


def test_an_absent_plugin_blocks_no_upgrade_and_keeps_its_tables(make_kit, packages):
    def write(plugin_id):
        files = {"migrations/0001.py": MIGRATION.format(id=plugin_id)}
        return write_plugin(packages, plugin_id, files)

    first, second = write("leaving_soon"), write("staying")
    assert make_kit(first).crm.upgrade() == ["leaving_soon"]
    kit = make_kit(second)
    assert kit.crm.upgrade() == ["staying"]
    assert the_core_works(kit)
    kit = make_kit(first, second)
    assert {entry.state for entry in kit.crm.plugins.active()} == {State.ACTIVE}
    assert kit.crm.upgrade() == []


def test_a_migration_that_fails_leaves_its_plugin_waiting_and_nothing_else(
    make_kit, packages
):
    failing = MIGRATION.format(id="sad") + '\n    raise ValueError("no")\n'
    kit = make_kit(write_plugin(packages, "sad", {"migrations/0001.py": failing}))
    with pytest.raises(CrmError, match="sad: no"):
        kit.crm.upgrade()
    kit.crm.settle()
    assert entry_of(kit, "sad").state is State.NEEDS_MIGRATION
    assert the_core_works(kit)
