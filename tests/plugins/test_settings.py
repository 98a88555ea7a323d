"""Settings of plugins come from their model, in the same layers as the core's."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from crmkit.core import (
    InvalidError,
    PluginObject,
    State,
    change_settings,
    settings_of,
    settings_with_origin,
)
from crmkit.core.setting_rows import HIDDEN, LockedSettingError, UnknownSettingError
from crmkit.hooks import Plugin, lead_created
from crmkit.testing import sample_plugin

KEY = "a long and random text"


class Quoting(BaseModel):
    """What a company decides about its quotes."""

    valid_days: int = Field(default=30, ge=1, title="Days valid")
    style: Literal["plain", "rich"] = "plain"
    notify: bool = False
    words: tuple[str, ...] = ()
    key: SecretStr | None = None


MANIFEST = Plugin(id="quotes", name="Quotes", settings=Quoting)


def seen(kit):
    with kit.read() as uow:
        return settings_of(uow, Quoting)


def change(kit, **values):
    with kit.work(kit.eve) as uow:
        change_settings(uow, {f"quotes.{name}": v for name, v in values.items()})


@pytest.fixture
def kit(make_kit):
    """A company with a plugin that has settings."""
    return make_kit(sample_plugin(MANIFEST), secret_key=KEY)


def test_without_any_value_the_defaults_hold(kit):
    assert seen(kit) == Quoting()


def test_what_an_admin_changes_holds_in_every_process_from_the_next_unit(kit, make_kit):
    other = make_kit(sample_plugin(MANIFEST), secret_key=KEY)
    assert seen(other).valid_days == 30
    change(kit, valid_days="7", notify="true", words="a, b", style="rich")
    for each in (kit, other):
        assert seen(each) == Quoting(
            valid_days=7, notify=True, words=("a", "b"), style="rich"
        )
    change(kit, valid_days=None)
    assert seen(other).valid_days == 30


def test_a_secret_is_sealed_and_masked(kit):
    change(kit, key="hush")
    assert seen(kit).key == SecretStr("hush")
    with kit.read() as uow:
        shown = {one.name: one for one in settings_with_origin(uow)}
        rows = uow.session.connection().exec_driver_sql("SELECT value FROM setting")
        assert "hush" not in str(rows.all())
    assert shown["quotes.key"].value == HIDDEN
    assert shown["quotes.valid_days"].label == "Days valid"
    change(kit, key=HIDDEN)
    assert seen(kit).key == SecretStr("hush")


def test_file_and_environment_are_stronger_and_locked(make_kit, tmp_path, monkeypatch):
    file = tmp_path / "crmkit.toml"
    file.write_text("[plugin.quotes]\nvalid_days = 5\n")
    monkeypatch.setenv("CRMKIT_CONFIG", str(file))
    monkeypatch.setenv("CRMKIT_QUOTES__WORDS", "x,y")
    kit = make_kit(sample_plugin(MANIFEST))
    assert seen(kit) == Quoting(valid_days=5, words=("x", "y"))
    with pytest.raises(LockedSettingError, match=r"crmkit\.toml"):
        change(kit, valid_days=9)
    with pytest.raises(LockedSettingError, match="CRMKIT_QUOTES__WORDS"):
        change(kit, words="z")


def test_what_the_model_refuses_is_a_sentence_and_nothing_is_kept(kit):
    with pytest.raises(InvalidError, match=r"“quotes\.valid_days” cannot be this"):
        change(kit, valid_days=0, style="rich")
    with pytest.raises(UnknownSettingError, match=r"did you mean “quotes\.valid_d"):
        change(kit, valid_day=3)
    assert seen(kit) == Quoting()


def test_what_plugins_keep_is_in_the_ledger(kit):
    change(kit, valid_days=3)
    with kit.read() as uow:
        names = {one.name for one in uow.session.query(PluginObject)}
        assert names == {"quotes.valid_days", "quotes.settings_version"}


def test_a_wrong_value_lets_the_plugin_stand_aside_until_it_is_right(
    make_kit, monkeypatch
):
    told = []
    sample = sample_plugin(
        MANIFEST, lead_created.impl(lambda ctx: told.append(len(ctx.leads)))
    )
    needing = Plugin(id="signing", name="Signing", requires=("quotes",))
    change(make_kit(sample), valid_days=3)

    class Stricter(Quoting):
        valid_days: int = Field(default=30, ge=10)

    stricter = Plugin(id="quotes", name="Quotes", settings=Stricter)
    monkeypatch.setattr(sample, "plugin", stricter)
    kit = make_kit(sample, sample_plugin(needing))
    entries = kit.crm.plugins.entries
    assert states(entries) == {
        "quotes": State.MISCONFIGURED,
        "signing": State.BLOCKED,
    }
    assert "quotes.valid_days" in entries["quotes"].error
    kit.lead()
    assert told == []
    change(kit, valid_days=20)
    kit.lead()
    assert states(entries) == {"quotes": State.ACTIVE, "signing": State.ACTIVE}
    assert len(told) == 1


def states(entries):
    return {key: entry.state for key, entry in entries.items()}


def test_an_older_version_of_settings_is_brought_up(make_kit, monkeypatch):
    sample = sample_plugin(MANIFEST)
    change(make_kit(sample), valid_days=14)

    class Weekly(BaseModel):
        valid_weeks: int = 4

    def migrate(version, values):
        assert version == 1
        return {"valid_weeks": values["valid_days"] // 7}

    newer = Plugin(
        id="quotes",
        name="Quotes",
        settings=Weekly,
        settings_version=2,
        migrate_settings=migrate,
    )
    monkeypatch.setattr(sample, "plugin", newer)
    with make_kit(sample).read() as uow:
        assert settings_of(uow, Weekly).valid_weeks == 2
