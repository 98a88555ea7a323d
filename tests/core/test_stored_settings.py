import pytest
from pydantic import ValidationError
from sqlalchemy import select

from crmkit.core import (
    CrmError,
    Event,
    ForbiddenError,
    change_settings,
    settings_with_origin,
    undo_change,
)
from crmkit.core.setting_rows import Setting
from crmkit.testing import statements

OLD = {"secret_key": "an old key of many words"}
NEW = {"secret_key": "a new key of many words"}
MAIL = "smtps://crm:hush-hush@mail.example.org"


def change(crm, who=None, **changes):
    with crm.work(who) as uow:
        return change_settings(uow, changes)


def now_in(crm):
    with crm.read() as uow:
        return uow.settings


def shown(crm, name):
    with crm.read() as uow:
        return next(one for one in settings_with_origin(uow) if one.name == name)


def test_a_change_holds_from_the_next_unit_on_in_every_process(make_crm):
    here, there = make_crm(), make_crm()
    assert now_in(there).company == "crmkit"
    with here.work() as uow:
        answer = change_settings(uow, {"company": "Hydrolis", "bin_days": 30})
        assert (answer.company, uow.settings.company) == ("Hydrolis", "crmkit")
    for crm in (here, there):
        assert (now_in(crm).company, now_in(crm).bin_days) == ("Hydrolis", 30)
    assert make_crm().settings.company == "Hydrolis"


def test_a_change_that_is_rolled_back_holds_nowhere(crm):
    with crm.work() as uow:
        change_settings(uow, {"company": "Hydrolis"})
        uow.session.rollback()
    assert now_in(crm).company == "crmkit"


def test_settings_are_read_only_when_they_changed(kit):
    change(kit.crm, company="Hydrolis")
    with statements(kit.crm) as sent:
        now_in(kit.crm)
    assert len(sent) == 3
    with statements(kit.crm) as sent:
        now_in(kit.crm)
    assert len(sent) == 1


def test_whoever_chose_no_language_speaks_the_new_one_at_once(kit):
    change(kit.crm, locale="fr")
    with kit.read(kit.ann) as uow:
        assert uow.actor.locale == "fr"


def test_the_default_comes_back_when_a_value_is_taken_away(crm):
    change(crm, company="Hydrolis")
    assert shown(crm, "company").origin == "database"
    change(crm, company=None)
    assert now_in(crm).company == "crmkit"
    assert shown(crm, "company").origin == "default"


def test_what_file_or_environment_say_is_locked_and_named(make_crm, monkeypatch):
    crm = make_crm(company="Hydrolis")
    with pytest.raises(CrmError, match=r"is set by crmkit\.toml; change it there"):
        change(crm, company="Other")
    monkeypatch.setenv("CRMKIT_COMPANY", "Hydrolis")
    with pytest.raises(CrmError, match="is set by CRMKIT_COMPANY; change it there"):
        change(crm, company="Other")
    one = shown(crm, "company")
    assert (one.origin, one.place, one.is_locked) == (
        "environment",
        "CRMKIT_COMPANY",
        True,
    )


def test_what_the_database_says_returns_when_the_file_says_no_more(make_crm):
    change(make_crm(), company="Stored")
    assert now_in(make_crm(company="Of the file")).company == "Of the file"
    assert now_in(make_crm()).company == "Stored"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("compny", "x", "There is no setting “compny”; did you mean “company”?"),
        ("zzz", "x", "There is no setting “zzz”."),
        ("pool_size", 3, "can only be set in crmkit.toml or by CRMKIT_POOL_SIZE"),
        ("company", "a\x00b", "control character"),
    ],
)
def test_what_is_no_setting_of_the_database_is_refused(crm, name, value, sentence):
    with pytest.raises(CrmError, match=sentence.replace("?", r"\?")):
        change(crm, **{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bin_days", "many"),
        ("bin_days", 0),
        ("time_zone", "Paris"),
        ("company", "  "),
        ("smtp_url", "mail.example.org"),
        ("company", ["a"]),
    ],
)
def test_values_are_checked_as_those_of_a_file_and_nothing_is_kept(crm, name, value):
    with pytest.raises(ValidationError, match=name):
        change(crm, **{"country": "NO", name: value})
    assert now_in(crm).country == "FR"


def test_a_value_that_cannot_be_any_more_gives_way_to_the_default_and_is_named(kit):
    change(kit.crm, company="Hydrolis", bin_days=30)
    with kit.work() as uow:
        row = uow.session.scalars(select(Setting).where(Setting.name == "bin_days"))
        row.one().value = [-4]
    change(kit.crm, country="NO")
    now = now_in(kit.crm)
    assert (now.company, now.bin_days, now.country) == ("Hydrolis", 90, "NO")
    assert "cannot be any more" in shown(kit.crm, "bin_days").problem


def test_only_an_admin_reads_and_changes_settings(kit):
    for who in (kit.ann, kit.max):
        with pytest.raises(ForbiddenError):
            change(kit.crm, who, company="Hydrolis")
        with pytest.raises(ForbiddenError), kit.read(who) as uow:
            settings_with_origin(uow)
    change(kit.crm, kit.eve, company="Hydrolis")


def test_a_change_is_one_fact_a_setting_and_the_same_again_is_none(kit):
    for _ in range(2):
        change(kit.crm, kit.eve, company="Hydrolis", bin_days="30")
    with kit.read() as uow:
        query = select(Event).where(Event.kind == "settings.changed")
        events = list(uow.session.scalars(query.order_by(Event.id)))
    assert [event.values for event in events] == [
        {"bin_days": [None, 30]},
        {"company": [None, "Hydrolis"]},
    ]
    assert {event.actor_id for event in events} == {kit.eve}


def test_a_secret_is_nowhere_to_be_read(make_crm):
    crm = make_crm(**OLD)
    change(crm, smtp_url=MAIL)
    mail_server = now_in(crm).smtp_url
    assert mail_server is not None
    assert mail_server.get_secret_value() == MAIL
    with crm.read() as uow:
        kept = list(uow.session.scalars(select(Setting.value)))
        facts = list(uow.session.scalars(select(Event.values)))
        listed = settings_with_origin(uow)
    everything = f"{kept} {facts} {listed} {uow.settings!r} {uow.settings.model_dump()}"
    assert "hush" not in everything
    assert "an old key" not in everything
    assert shown(crm, "smtp_url").value == "••••••"


def test_with_a_wrong_key_all_else_works_and_the_setting_says_what_to_do(make_crm):
    change(make_crm(**OLD), smtp_url=MAIL, company="H")
    crm = make_crm(**NEW)
    assert (now_in(crm).company, now_in(crm).smtp_url) == ("H", None)
    assert "cannot be read with the present" in shown(crm, "smtp_url").problem
    change(crm, smtp_url=MAIL)
    assert shown(crm, "smtp_url").problem == ""
    assert now_in(crm).smtp_url is not None


@pytest.mark.databases("postgresql")
def test_on_postgresql_a_secret_takes_a_key_of_the_environment(crm):
    with pytest.raises(CrmError, match="Set CRMKIT_SECRET_KEY"):
        change(crm, smtp_url=MAIL)


def test_a_password_in_the_address_of_the_database_is_not_shown(crm):
    value = shown(crm, "database_url").value
    assert value == crm.engine.url.render_as_string(hide_password=True)
    assert shown(crm, "log").choices == ("text", "json")


def test_undo_gives_back_what_nobody_changed_since(kit):
    change(kit.crm, company="First")
    with kit.work(kit.eve) as uow:
        change_settings(uow, {"company": "Second", "bin_days": 30, "country": "NO"})
        change_id = uow.change_id
    change(kit.crm, country="CH")
    with kit.work(kit.eve) as uow:
        undone = undo_change(uow, change_id)
    now = now_in(kit.crm)
    assert (now.company, now.bin_days, now.country) == ("First", 90, "CH")
    assert (undone.records, [kept.name for kept in undone.kept]) == (2, ["country"])


def test_a_secret_that_is_sent_back_as_it_was_shown_stays(make_crm):
    crm = make_crm(**OLD)
    change(crm, smtp_url=MAIL)
    change(crm, smtp_url="••••••", bin_days=30)
    secret = now_in(crm).smtp_url
    assert secret is not None
    assert secret.get_secret_value() == MAIL
