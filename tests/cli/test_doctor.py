"""What the doctor finds on a database, and what he says to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import delete, text

from crmkit.app import open_crm
from crmkit.cli.doctor import command, database, plugins, records, surroundings, work
from crmkit.core import (
    CustomFieldDraft,
    Settings,
    SystemClock,
    ViewDraft,
    add_field,
    add_view,
    change_settings,
    get_field,
    hide_field,
    note_worker,
    start_pause,
    store_blob,
)
from crmkit.core.blobs import BlobChunk
from crmkit.core.pauses import RESTORED
from crmkit.hooks import lead_created
from crmkit.testing import open_door, sample_plugin
from crmkit.testing.fixtures import plain_settings

KEY = "a long and random text"
NOBODY = "no room for ann@example.org"


def lines(found):
    return [problem.line for problem in found]


def test_on_a_sound_database_nothing_is_found(make_kit):
    kit = make_kit(secret_key=KEY)
    kit.crm.clock = SystemClock()
    for find in command._INSIDE:  # noqa: SLF001  (each is tried by itself below)
        found = lines(find(kit.crm))
        assert found in ([], ["users: No admin can sign in. " + ADD])


ADD = "crmkit user add EMAIL --role admin adds one."


def test_workers_that_fell_silent_and_what_waits_for_them_are_told(kit, clock):
    with kit.work() as uow:
        note_worker(uow, "one")
    clock.advance(minutes=5)
    assert lines(work.find_work_undone(kit.crm)) == [
        (
            "worker: None was heard of since 2026-11-24 09:00 UTC. "
            "Start crmkit worker, or crmkit serve on SQLite."
        )
    ]
    with kit.work() as uow:
        uow.enqueue("purge_jobs")
    clock.advance(days=2)
    with kit.work() as uow:
        note_worker(uow, "two")
    (late,) = lines(work.find_work_undone(kit.crm))
    assert late.startswith("worker: 1 job should have run ten minutes ago or more.")
    clock.advance(days=2)
    kit.run_schedules()
    with kit.work() as uow:
        uow.session.execute(text("DELETE FROM worker"))
    clock.advance(days=2)
    (none,) = lines(work.find_work_undone(kit.crm))
    assert none.startswith("worker: None runs; late are ")
    assert "schedules." in none


def test_failed_jobs_and_jobs_of_absent_plugins_are_told(kit, clock):
    with kit.work() as uow:
        uow.enqueue("no_such_job")
        uow.enqueue("gone.count_stars")
    kit.run_jobs()
    assert lines(work.find_work_undone(kit.crm)) == [
        (
            "jobs: 1 job failed in the last 30 days. "
            "See crmkit jobs list --state failed; crmkit jobs retry tries again."
        ),
        (
            "jobs: Jobs wait for plugins that are not there: gone. "
            "Install or enable them, or cancel the jobs."
        ),
    ]
    clock.advance(days=31)
    assert "failed" not in "".join(lines(work.find_work_undone(kit.crm)))


def test_after_a_restore_what_was_queued_waits_and_it_is_told(kit, clock):
    with kit.work() as uow:
        uow.enqueue("purge_jobs")
        start_pause(uow, RESTORED)
    clock.advance(minutes=30)
    with kit.work() as uow:
        new = uow.enqueue("purge_files")
    assert [job.id for job in kit.run_jobs()] == [new]
    (told,) = lines(work.find_work_undone(kit.crm))
    assert told.endswith("crmkit db resume switches them on.")


def test_leads_without_a_rate_and_files_without_bytes_are_told(kit, tmp_path):
    kit.lead(currency="USD", expected_revenue=5)
    file = tmp_path / "a.txt"
    file.write_bytes(b"Hello")
    with kit.work() as uow, file.open("rb") as stream:
        blob = store_blob(uow, stream)
        uow.session.execute(delete(BlobChunk))
    assert lines(records.find_missing_records(kit.crm))[1:] == [
        (
            "currencies: 1 lead in USD without an exchange rate. "
            "crmkit currencies set USD RATE enters one."
        ),
        (
            f"files: 1 file without all bytes: blob {blob.id}. "
            "Take them from the last backup that has them."
        ),
    ]


def test_a_clock_that_went_back_is_told(kit, clock):
    kit.lead()
    clock.advance(hours=-2)
    found = lines(database.find_wrong_database(kit.crm))
    told = "clock: The last thing that happened was at 2026-11-24 09:00 UTC"
    assert any(line.startswith(told) for line in found)


@pytest.mark.databases("postgresql")
def test_a_clock_unlike_the_databases_is_told(kit):
    assert any("in the database" in one for one in lines(database._clocks(kit.crm)))  # noqa: SLF001


def test_a_secret_that_the_key_does_not_open_is_told(make_kit):
    kit = make_kit(secret_key=KEY)
    with kit.work(kit.eve) as uow:
        change_settings(uow, {"smtp_url": "smtps://a:b@mail.example.org"})
    assert lines(surroundings.find_wrong_keys(kit.crm)) == []
    other = make_kit(secret_key="another long random text")  # noqa: S106  (no key of anybody)
    (told,) = lines(surroundings.find_wrong_keys(other.crm))
    assert told.startswith("secret key: The secret “smtp_url” does not open")


@pytest.mark.databases("postgresql")
def test_on_postgresql_a_missing_key_is_told(kit):
    (told,) = lines(surroundings.find_wrong_keys(kit.crm))
    assert told.startswith("secret key: CRMKIT_SECRET_KEY is not set")


def test_a_setting_that_something_stronger_hides_is_told(kit, make_kit):
    with kit.work(kit.eve) as uow:
        change_settings(uow, {"company": "Hydrolis", "bin_days": 30})
    with kit.work() as uow:
        values = text("UPDATE setting SET value = '[0]' WHERE name = 'bin_days'")
        uow.session.execute(values)
        uow.session.execute(text("UPDATE revision SET number = number + 1"))
    found = lines(surroundings.find_wrong_settings(make_kit(company="Ferry").crm))
    assert found == [
        (
            "settings: What the database holds of “bin_days” cannot be. "
            "crmkit settings set bin_days VALUE, or --default."
        ),
        (
            "settings: “company” was changed in the CRM, but crmkit.toml is stronger. "
            "Take it out of crmkit.toml to let it hold."
        ),
    ]


def test_a_full_disk_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(surroundings, "LEAST_FREE", 10**18)
    settings = plain_settings(f"sqlite:///{tmp_path}/crmkit.db")
    (told,) = lines(surroundings.find_full_disks(settings))
    assert told.startswith("disk: Only ")


def test_a_damaged_file_is_told(command):
    assert command("db", "upgrade").exit_code == 0
    crm = open_crm(Settings())
    with crm.work() as uow:
        pages = uow.session.scalar(text("PRAGMA page_count"))
    with crm.maintenance() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    crm.close()
    file = Path("crmkit.db")
    raw = bytearray(file.read_bytes())
    size = len(raw) // pages
    raw[size * 2 + 100 : size * (pages - 1)] = b"\xff" * (size * (pages - 3) - 100)
    file.write_bytes(raw)
    done = command("doctor", "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)["problems"]
    assert "database" in {problem["about"] for problem in found}


def test_hooks_that_fail_are_told_in_every_process_for_a_day(make_kit, clock):
    def fail(ctx):
        del ctx
        raise ValueError(NOBODY)

    kit = make_kit(sample_plugin("loud", lead_created.impl(fail)))
    for _ in range(3):
        kit.lead()
    clock.advance(minutes=1)
    kit.lead()
    other = make_kit()
    (told,) = lines(plugins.find_failing_hooks(other.crm))
    assert told == (
        "plugin loud: It failed 4 times in lead_created since 2026-11-24 09:00 UTC, "
        "last with ValueError: no room for … The log has the trace. Mend or "
        "update its package, or crmkit plugins disable loud."
    )
    with open_door(kit) as door:
        page = door.person("eve").get("/settings/plugins/loud").text
    assert "lead_created failed 4 times since" in page
    clock.advance(days=1, minutes=1)
    assert lines(plugins.find_failing_hooks(other.crm)) == []


def test_views_of_fields_that_are_gone_are_told(kit):
    draft = CustomFieldDraft(entity="lead", slug="depth", label="Depth", type="whole")
    with kit.work(kit.eve) as uow:
        number = add_field(uow, draft).id
    with kit.work(kit.eve) as uow:
        add_view(uow, ViewDraft(entity="lead", name="Deep", filter="depth > 5"))
    assert lines(records.find_broken_views(kit.crm)) == []
    with kit.work(kit.eve) as uow:
        hide_field(uow, get_field(uow, number))
    (told,) = lines(records.find_broken_views(kit.crm))
    assert told.startswith("views: The saved view “Deep” cannot be shown. ")
    assert "depth" in told
