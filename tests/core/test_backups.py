"""Backups: all of one moment, whole or refused, put back or nothing touched."""

import threading
import zipfile
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy import MetaData, inspect, select, text

from crmkit.app import open_crm
from crmkit.core import (
    DamagedArchiveError,
    Destination,
    LeadDraft,
    NoArchiveError,
    NotEmptyError,
    NotFoundError,
    OtherKindError,
    attach_file,
    back_up_database,
    create_lead,
    edit_lead,
    get_lead,
    is_paused,
    restore_database,
)
from crmkit.core.backups.archive import MANIFEST, ExistsError, NewerArchiveError
from crmkit.core.backups.catalogue import empty_schema
from crmkit.core.backups.restoring import InUseError
from crmkit.testing.fixtures import plain_settings

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
# A restore begins a pause; the other is SQLite's own.
APART = {"pause", "sqlite_sequence"}


def dump(crm):
    """Every row of every table, as text."""
    metadata = MetaData()
    with crm.engine.connect() as connection:
        metadata.reflect(connection)
        return {
            table.name: sorted(map(repr, connection.execute(select(table))))
            for table in metadata.tables.values()
            if table.name not in APART
        }


@pytest.fixture
def empty(crm_database, crm_templates):
    """A database without a table."""
    url = crm_templates.copy(crm_database, (), with_kit=False)
    crm = open_crm(plain_settings(url), find=list)
    wipe(crm.engine)
    yield crm
    crm.close()
    crm_templates.drop(crm_database, url)


def wipe(engine):
    metadata = MetaData()
    with engine.execution_options(crmkit_writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            empty_schema(connection)
            return
        metadata.reflect(connection)
        metadata.drop_all(connection)


def restore(crm, file, **options):
    to = Destination(crm.engine, crm.trees(), NOW)
    return restore_database(to, file, **options)


def back_up(kit, file):
    return back_up_database(kit.crm.engine, file, NOW)


@pytest.fixture
def busy(kit):
    """A kit with leads of difficult words, edits and a file of two parts."""
    for name in ("Pump\tstation", "back\\slash \\N", 'line\nbreak "q"', "Zoë 日本 %s"):
        lead = kit.lead(name, expected_revenue="48500.5501", tags=("Hot",))
    with kit.work(kit.ann) as uow:
        found = get_lead(uow, lead.id)
        edit_lead(uow, found, {"company_name": "Hydrolis"})
        attach_file(uow, found, BytesIO(bytes(range(256)) * 1500), "raw.bin")
    return kit


def test_what_is_restored_is_what_was_there(busy, empty, tmp_path):
    manifest = back_up(busy, tmp_path / "a.backup")
    assert manifest.rows["lead"] == 4
    assert restore(empty, tmp_path / "a.backup").rows == manifest.rows
    assert dump(empty) == dump(busy.crm)
    assert back_up_database(empty.engine, tmp_path / "b.backup", NOW).rows["pause"] == 1


def test_a_restored_database_goes_on_where_the_old_one_stood(busy, empty, tmp_path):
    back_up(busy, tmp_path / "a.backup")
    restore(empty, tmp_path / "a.backup")
    with empty.work() as uow:
        assert is_paused(uow)
        lead = create_lead(uow, LeadDraft(name="After"))
    assert lead.id == busy.lead("After").id
    assert not empty.is_pending()
    with empty.engine.connect() as connection:
        keys = inspect(connection).get_foreign_keys("lead")
    with busy.crm.engine.connect() as connection:
        assert keys == inspect(connection).get_foreign_keys("lead")


@contextmanager
def writing(kit):
    """Somebody who makes and edits leads all the while."""
    ended = threading.Event()
    made: list[int] = []

    def run():
        while not ended.is_set():
            with kit.work(kit.ann) as uow:
                lead = create_lead(uow, LeadDraft(name=f"Busy {len(made)}"))
                edit_lead(uow, lead, {"company_name": "Hydrolis"})
            made.append(lead.id)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield made
    finally:
        ended.set()
        thread.join()


def test_a_backup_holds_one_moment_while_writes_go_on(busy, empty, tmp_path):
    with writing(busy) as made:
        while len(made) < 3:
            pass
        back_up(busy, tmp_path / "a.backup")
        seen = len(made)
        while len(made) < seen + 3:
            pass
    restore(empty, tmp_path / "a.backup")
    query = text(
        "SELECT l.id, l.version, l.company_name, count(e.id) FROM lead l"
        " LEFT JOIN event e ON e.entity = 'lead' AND e.record_id = l.id"
        " WHERE l.name LIKE 'Busy%' GROUP BY l.id, l.version, l.company_name"
    )
    with empty.engine.connect() as connection:
        leads = connection.execute(query).all()
        past = connection.scalar(text("SELECT count(*) FROM event"))
    assert 3 <= len(leads) < len(made)
    assert {tuple(lead)[1:] for lead in leads} == {(2, "Hydrolis", 2)}
    # Of the history, which nobody changes, it holds the beginning, row by row.
    events = text("SELECT * FROM event ORDER BY id LIMIT :past")
    with empty.engine.connect() as old, busy.crm.engine.connect() as new:
        rows = old.execute(events, {"past": past}).all()
        assert rows == new.execute(events, {"past": past}).all()


def test_a_file_that_is_there_is_not_overwritten(kit, tmp_path):
    file = tmp_path / "a.backup"
    back_up(kit, file)
    before = file.read_bytes()
    with pytest.raises(ExistsError, match="is there already"):
        back_up(kit, file)
    assert file.read_bytes() == before
    assert file.stat().st_mode & 0o077 == 0, "only its owner reads it"
    assert list(tmp_path.iterdir()) == [file]


def cut(data):
    return data[: len(data) * 2 // 3]


def empty_out(data):
    return data[:0]


def write_over(data):
    return b"Not an archive at all" + data[:0]


def flip(data):
    at = len(data) // 3
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@pytest.mark.parametrize("harm", [cut, flip, empty_out, write_over])
def test_a_harmed_archive_is_refused_with_a_sentence(busy, tmp_path, harm):
    file = tmp_path / "a.backup"
    back_up(busy, file)
    before = dump(busy.crm)
    file.write_bytes(harm(file.read_bytes()))
    with pytest.raises((NoArchiveError, DamagedArchiveError)) as caught:
        restore(busy.crm, file, replace=True)
    assert str(file) in str(caught.value)
    assert dump(busy.crm) == before


def repack(file, change):
    """Write the archive anew, its parts as `change` makes them."""
    with zipfile.ZipFile(file) as old:
        parts = {name: change(name, old.read(name)) for name in old.namelist()}
    with zipfile.ZipFile(file, "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)


def test_a_part_that_somebody_changed_is_noticed(busy, tmp_path):
    file = tmp_path / "a.backup"
    back_up(busy, file)
    repack(file, lambda name, data: data if name == MANIFEST else data + b" ")
    before = dump(busy.crm)
    with pytest.raises(DamagedArchiveError, match="not what was written"):
        restore(busy.crm, file, replace=True)
    assert dump(busy.crm) == before


def test_an_archive_of_a_newer_crmkit_is_refused(busy, tmp_path):
    file = tmp_path / "a.backup"
    back_up(busy, file)
    head = back_up(busy, tmp_path / "b.backup").trees["core"]
    repack(file, lambda _name, data: data.replace(head.encode(), b"core_9999"))
    with pytest.raises(NewerArchiveError, match="newer version of core"):
        restore(busy.crm, file, replace=True)


def test_an_archive_of_the_other_database_is_refused(busy, tmp_path):
    file = tmp_path / "a.backup"
    kind = back_up(busy, file).kind
    other = "postgresql" if kind == "sqlite" else "sqlite"
    repack(
        file,
        lambda _name, data: data.replace(
            f'"kind": "{kind}"'.encode(), f'"kind": "{other}"'.encode()
        ),
    )
    with pytest.raises(OtherKindError, match=other):
        restore(busy.crm, file, replace=True)


def test_what_is_there_goes_only_when_it_is_said(busy, tmp_path):
    file = tmp_path / "a.backup"
    back_up(busy, file)
    then = dump(busy.crm)
    busy.lead("Later")
    now = dump(busy.crm)
    with pytest.raises(NotEmptyError, match="--replace"):
        restore(busy.crm, file)
    assert dump(busy.crm) == now
    restore(busy.crm, file, replace=True)
    assert dump(busy.crm) == then


@pytest.mark.databases("postgresql")
def test_a_restore_that_fails_half_way_leaves_the_old_database(busy, tmp_path):
    file = tmp_path / "a.backup"
    back_up(busy, file)
    repack(file, lambda _name, data: data.replace(b'"version"', b'"vers1on"'))
    before = dump(busy.crm)
    with pytest.raises(DamagedArchiveError, match="tables/"):
        restore(busy.crm, file, replace=True)
    assert dump(busy.crm) == before


def test_a_database_that_is_in_use_is_not_replaced(busy, tmp_path, monkeypatch):
    monkeypatch.setattr("crmkit.core.backups.restoring._WAITS", 1)
    monkeypatch.setattr("crmkit.core.backups.restoring._LOCK_TIMEOUT", "200ms")
    file = tmp_path / "a.backup"
    back_up(busy, file)
    other = open_crm(busy.crm.settings, find=list)
    with busy.work(busy.ann) as uow:
        edit_lead(uow, get_lead(uow, 1), {"name": "Held"})
        with pytest.raises(InUseError, match="in use"):
            restore(other, file, replace=True)
    other.close()
    assert busy.fresh(get(busy, 1)).name == "Held"


def get(kit, lead_id):
    with kit.read() as uow:
        return get_lead(uow, lead_id)


@pytest.mark.databases("sqlite")
def test_who_has_the_file_open_sees_what_was_restored(busy, tmp_path):
    file = tmp_path / "a.backup"
    back_up(busy, file)
    lead = busy.lead("Later")
    other = open_crm(busy.crm.settings, find=list)
    restore(other, file, replace=True)
    other.close()
    with busy.read() as uow, pytest.raises(NotFoundError):
        get_lead(uow, lead.id)
    assert busy.lead("Again").id == lead.id


def leave_behind(crm):
    """Tables of a plugin whose package was taken away, pointing at each other."""
    number = "BIGSERIAL" if crm.engine.dialect.name == "postgresql" else "INTEGER"
    statements = (
        (
            f"CREATE TABLE gone__wish (id {number} PRIMARY KEY, lead_id BIGINT NOT NULL"
            " REFERENCES lead (id) ON DELETE CASCADE, next_id BIGINT,"
            " word VARCHAR(20) DEFAULT 'x' CHECK (word <> ''))"
        ),
        (
            f"CREATE TABLE gone__answer (id {number} PRIMARY KEY,"
            " wish_id BIGINT UNIQUE REFERENCES gone__wish (id))"
        ),
        "CREATE INDEX ix_gone ON gone__wish (lower(word)) WHERE word IS NOT NULL",
        "CREATE TABLE ck_version__gone (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
        "INSERT INTO ck_version__gone VALUES ('gone_0001')",
        "INSERT INTO gone__wish (lead_id) VALUES (1), (2)",
        "INSERT INTO gone__answer (wish_id) VALUES (2)",
    )
    with crm.engine.execution_options(crmkit_writes=True).begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_tables_of_a_plugin_that_is_gone_come_back(busy, empty, tmp_path):
    leave_behind(busy.crm)
    manifest = back_up(busy, tmp_path / "a.backup")
    assert manifest.trees["gone"] == "gone_0001"
    restore(empty, tmp_path / "a.backup")
    rows = "SELECT w.id, w.lead_id, w.word, a.id FROM gone__wish w LEFT JOIN"
    rows += " gone__answer a ON a.wish_id = w.id ORDER BY w.id"
    add = "INSERT INTO gone__wish (lead_id) VALUES (1) RETURNING id"
    with empty.engine.execution_options(crmkit_writes=True).begin() as connection:
        found = connection.execute(text(rows)).all()
        assert [tuple(row) for row in found] == [(1, 1, "x", None), (2, 2, "x", 1)]
        assert connection.scalar(text(add)) == 3
        known = inspect(connection)
        assert known.get_foreign_keys("gone__answer")[0]["referred_table"] == (
            "gone__wish"
        )
        keys = known.get_foreign_keys("gone__wish")
    assert keys == inspect(busy.crm.engine).get_foreign_keys("gone__wish")
    again = back_up_database(empty.engine, tmp_path / "b.backup", NOW)
    assert again.statements == manifest.statements
    assert again.keys == manifest.keys


@pytest.mark.plugins("data_exchange")
def test_tables_of_a_plugin_come_back_by_its_migrations(kit, make_crm, tmp_path):
    file = tmp_path / "a.backup"
    back_up(kit, file)
    before = dump(kit.crm)
    assert "data_exchange__import" in before
    restore(kit.crm, file, replace=True)
    assert dump(kit.crm) == before
    bare = make_crm()
    to = Destination(bare.engine, bare.trees()[:1], NOW)
    restore_database(to, file, replace=True)
    assert dump(kit.crm) == before
