"""`crmkit db backup`, `restore` and `resume`."""

import json
from pathlib import Path

from crmkit.app import open_crm
from crmkit.core import LeadDraft, Settings, StageDraft, add_stage, create_lead


def make_lead():
    crm = open_crm(Settings())
    with crm.work() as uow:
        stage = add_stage(uow, StageDraft(name="First"))
        create_lead(uow, LeadDraft(name="Pump station", stage_id=stage.id))
    crm.close()


def test_a_backup_is_restored_into_a_new_database_and_sending_waits(database):
    make_lead()
    done = database("db", "backup", "a.backup", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["file"], told["size"]) == ("a.backup", Path("a.backup").stat().st_size)
    assert "core" in told["migrations"]
    Path("crmkit.db").rename("old.db")
    done = database("db", "restore", "a.backup")
    assert done.exit_code == 0, done.output
    assert "Sending and schedules are off" in done.stdout
    assert "eve@example.org" in database("user", "list").stdout
    doctor = database("doctor")
    assert doctor.exit_code == 1
    assert "sending: Sending and schedules are off since" in doctor.stdout
    assert database("db", "resume").exit_code == 0
    assert database("doctor").exit_code == 0
    again = database("db", "resume")
    assert again.exit_code == 1
    assert again.stderr == "Sending and schedules are on already.\n"


def test_a_database_with_something_in_it_is_replaced_only_when_said(database):
    database("db", "backup", "a.backup")
    database(
        "user", "add", "zoe@example.org", "--password-stdin", stdin="correct horse\n"
    )
    refused = database("db", "restore", "a.backup")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("The database is not empty; --replace")
    unsure = database("db", "restore", "a.backup", "--replace", stdin="n\n")
    assert unsure.exit_code == 130
    assert "zoe@example.org" in database("user", "list").stdout
    done = database("db", "restore", "a.backup", "--replace", "--yes")
    assert done.exit_code == 0, done.output
    assert "zoe@example.org" not in database("user", "list").stdout


def test_what_cannot_be_is_one_sentence(database):
    Path("text.txt").write_text("no backup")
    for arguments, code, sentence in (
        (("backup", "text.txt"), 1, "text.txt is there already"),
        (("restore", "text.txt", "--replace", "--yes"), 1, "is no backup of crmkit"),
        (("restore", "missing.backup"), 2, "does not exist"),
        (("backup", "no/such/folder.backup"), 1, "No such file"),
    ):
        done = database("db", *arguments)
        assert (done.exit_code, sentence in done.stderr) == (code, True), done.output
        assert "Traceback" not in done.output
