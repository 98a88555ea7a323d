import sqlite3
from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest
from sqlalchemy import func, select

from crmkit.app import open_crm
from crmkit.cli.demo.firms import invent_firms, invent_person
from crmkit.cli.demo.making import make_demo
from crmkit.cli.demo.moments import put_in_order
from crmkit.cli.demo.words import words_of
from crmkit.core import (
    BoardQuery,
    Event,
    Lead,
    ListQuery,
    check_password,
    list_leads,
    list_stages,
    list_users,
    pipeline,
)
from crmkit.testing import FrozenClock
from crmkit.testing.fixtures import plain_settings

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
EMAIL, PASSWORD = "camille@sonde.example", "sonde-demo"


def make(url, leads, **values):
    """A demo made at NOW, opened at that time."""
    settings = plain_settings(url, plugins=(), **values)
    make_demo(settings, leads, now=NOW)
    return open_crm(settings, clock=FrozenClock(NOW), find=tuple)


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """A demo of the usual size, only to be read."""
    crm = make(f"sqlite:///{tmp_path_factory.mktemp('year')}/demo.db", 400)
    yield crm
    crm.close()


def test_a_demo_is_made_on_each_database(make_crm):
    crm = make(make_crm.url, 25)
    with crm.read() as uow:
        assert check_password(uow, EMAIL, PASSWORD).role == "admin"
        assert uow.session.scalar(select(func.count(Lead.id))) == 25
    crm.close()


def test_who_signs_in_finds_work_for_today(year):
    with year.read(1) as uow:
        mine = list_leads(uow, ListQuery(filter="owner = me and status = open"))
        roles = {user.role for user in list_users(uow)}
    states = Counter(row.next_activity.state for row in mine.rows)
    assert states["today"] >= 4
    assert states["late"] >= 3
    assert len(roles) == 5


def test_the_board_looks_like_one_that_is_used(year):
    with year.read(1) as uow:
        *columns, won = pipeline(uow, BoardQuery()).columns
    assert [column.probability for column in columns] == [10, 20, 40, 60, 80]
    assert won.is_won
    assert won.count > 50
    assert all(6 <= column.count <= 45 for column in columns)
    late = sum(column.activity.late for column in columns)
    count = sum(column.count for column in columns)
    assert 0.08 < late / count < 0.18


def test_the_history_is_a_year_told_in_order(year):
    with year.read() as uow:
        events = uow.session.execute(select(Event.at, Event.kind).order_by(Event.id))
        moments, kinds = zip(*events, strict=True)
        leads = list(uow.session.scalars(select(Lead)))
    assert list(moments) == sorted(moments)
    assert max(moments) <= NOW
    assert (NOW - min(moments)).days == 365
    assert {"lead.moved", "lead.won", "lead.lost", "activity.done"} <= set(kinds)
    assert all(lead.created_at <= lead.stage_entered_at for lead in leads)
    waiting = [lead for lead in leads if lead.next_activity_id]
    assert {lead.status for lead in waiting} == {"open"}


def test_two_demos_of_one_moment_are_the_same(tmp_path):
    def rows(name):
        make(f"sqlite:///{tmp_path}/{name}", 20).close()
        with sqlite3.connect(tmp_path / name) as connection:
            found = connection.execute("SELECT * FROM lead ORDER BY id").fetchall()
        connection.close()
        return found

    assert rows("a.db") == rows("b.db")


def test_more_leads_than_are_lived_come_in_batches(tmp_path, monkeypatch):
    monkeypatch.setattr("crmkit.cli.demo.making.LIVED", 10)
    crm = make(f"sqlite:///{tmp_path}/demo.db", 1200)
    with crm.read() as uow:
        leads = list(uow.session.scalars(select(Lead)))
    crm.close()
    assert len(leads) == 1200
    assert {lead.status for lead in leads} == {"open", "won", "lost"}
    assert all(lead.created_at <= NOW for lead in leads)
    closed = [lead for lead in leads if lead.closed_at]
    assert all(lead.created_at <= lead.closed_at <= NOW for lead in closed)


def test_the_demo_speaks_french_where_the_settings_do(tmp_path):
    crm = make(f"sqlite:///{tmp_path}/demo.db", 1, locale="fr")
    with crm.read() as uow:
        names = [stage.name for stage in list_stages(uow)]
    crm.close()
    assert names[0] == "Nouveau"
    assert names[-1] == "Gagné"


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_the_words_fit_the_stages(locale):
    words = words_of(locale)
    assert len(words.notes) == 5
    assert all(title.format(n=7, k=3) for title in words.titles)


def test_nobody_invented_can_be_reached():
    rng = Random(1)  # noqa: S311  (no secret)
    firms = invent_firms(rng, 1200)
    assert len({firm.name for firm in firms}) == 1200
    for firm in firms:
        person = invent_person(rng, firm)
        assert person.email.endswith(".example")
        assert person.phone.startswith(("01632 960", "01 99 00", "06 39 98"))


def test_moments_are_kept_apart_and_before_the_end():
    ordered = put_in_order([NOW, NOW, NOW], NOW)
    assert ordered == sorted(set(ordered))
    assert ordered[-1] == NOW


def test_a_demo_is_kept_until_a_fresh_one_is_asked_for(command, tmp_path):
    first = command("demo", "--no-serve", "--leads", "3")
    assert f"Sign in as {EMAIL} with the password {PASSWORD}" in first.output
    made = (tmp_path / "crmkit-demo.db").stat().st_ino
    again = command("demo", "--no-serve")
    assert "is kept; --fresh makes it anew" in again.output
    assert (tmp_path / "crmkit-demo.db").stat().st_ino == made
    assert (
        "Making a demo of 0"
        in command("demo", "--no-serve", "--fresh", "--leads", "0").output
    )


def test_a_demo_is_never_written_over_other_data(database, monkeypatch):
    monkeypatch.setenv("CRMKIT_DATABASE_URL", "sqlite:///crmkit.db")
    done = database("demo", "--no-serve")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "holds data that is no demo" in done.stderr
    assert database("demo", "--no-serve", "--fresh").exit_code == 1
    assert "eve@example.org" in database("user", "list").output


def test_half_a_demo_is_made_anew(command, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("crmkit.cli.demo.making.take_steps", stop)
        assert command("demo", "--no-serve", "--leads", "3").exit_code == 130
    done = command("demo", "--no-serve", "--leads", "3")
    assert (done.exit_code, done.output.count("Made in")) == (0, 1)
