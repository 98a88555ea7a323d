import json

import pytest
from sqlalchemy import create_engine, text

from crmkit.app import open_crm
from crmkit.cli.beginning import begin
from crmkit.core import (
    LeadDraft,
    Settings,
    StageDraft,
    add_stage,
    archive_stage,
    create_lead,
    list_stages,
)

NO_STAGE = "stages: There is no stage yet. Add one in the settings, under Stages.\n"


def test_looking_makes_no_database(command, tmp_path):
    for arguments in (("db", "status"), ("doctor",), ("plugins", "list"), ("serve",)):
        command(*arguments)
    assert not (tmp_path / "crmkit.db").exists()


def test_status_tells_what_is_pending_until_it_was_run(command):
    def core():
        return json.loads(command("db", "status", "--json").output)["migrations"]

    assert core() == {"core": "pending"}
    assert command("db", "upgrade").output == "Migrated: core.\n"
    assert core() == {"core": "done"}
    assert command("db", "upgrade").output == "Nothing was pending.\n"


def test_serving_is_refused_while_migrations_are_pending(command, tmp_path):
    (tmp_path / "crmkit.db").touch()
    done = command("serve")
    assert done.exit_code == 1
    assert done.stderr == "Migrations are pending; run crmkit db upgrade first.\n"


def test_a_broken_reference_is_found(database, tmp_path):
    assert database("db", "check").output == "The database is whole.\n"
    engine = create_engine(f"sqlite:///{tmp_path}/crmkit.db")
    with engine.begin() as connection:
        connection.execute(text("UPDATE event SET actor_id = 99"))
    engine.dispose()
    done = database("db", "check")
    assert done.exit_code == 1
    assert "event: actor_id points at no crm_user" in done.stdout


def test_what_follows_from_records_is_made_anew(database):
    crm = open_crm(Settings())
    with crm.work() as uow:
        create_lead(uow, LeadDraft(name="Ferry"))
        for statement in ("DELETE FROM lead_past", "DELETE FROM lead_words"):
            uow.session.execute(text(statement))
    crm.close()
    found = json.loads(database("db", "check", "--json").stdout)["problems"]
    assert found == [
        "lead 1: lead_past is wrong. crmkit db rebuild past makes it anew.",
        "lead 1: no words to find it by. crmkit db rebuild search makes them anew.",
    ]
    assert database("db", "rebuild", "past").stdout == "The past is made anew.\n"
    assert database("db", "rebuild", "search").exit_code == 0
    assert database("db", "check").output == "The database is whole.\n"


def test_users_are_added_listed_and_disabled(database):
    add = ("user", "add", "ann@example.org", "--name", "Ann", "--password-stdin")
    assert database(*add, stdin="correct horse\n").exit_code == 0
    listed = json.loads(database("user", "list", "--json").output)["items"]
    assert {"id": 2, "email": "ann@example.org", "name": "Ann", "role": "own"} in listed
    assert database("user", "disable", "ann@example.org").exit_code == 0
    assert "Ann" not in database("user", "list").output


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("ann@example.org", "short", "A password has at least 10 characters."),
        ("eve@example.org", "correct horse", "There is a user with the address"),
        ("nobody", "correct horse", "“nobody” is no mail address."),
    ],
)
def test_a_user_who_cannot_be_is_refused_with_a_sentence(
    database, email, password, said
):
    done = database("user", "add", email, "--password-stdin", stdin=password)
    assert done.exit_code == 1
    assert done.stderr.startswith(said)
    assert database("user", "list").output.count("@") == 1


def test_without_a_terminal_the_password_has_to_come_by_standard_input(database):
    done = database("user", "add", "ann@example.org", stdin="correct horse\n")
    assert done.exit_code == 2
    assert "--password-stdin" in done.stderr


def test_a_token_stands_alone_on_the_last_line(database):
    last = database("user", "token", "eve@example.org").stdout.splitlines()[-1]
    assert last.startswith("ck_")
    assert " " not in last
    assert database("user", "token", "no@example.org").exit_code == 1


def test_the_doctor_names_what_is_missing_and_then_nothing(database):
    crm = open_crm(Settings())
    with crm.work() as uow:
        for stage in list_stages(uow):
            archive_stage(uow, stage)
    done = database("doctor")
    assert (done.exit_code, done.stdout) == (1, NO_STAGE)
    with crm.work() as uow:
        add_stage(uow, StageDraft(name="New"))
        add_stage(uow, StageDraft(name="Won", is_won=True))
    crm.close()
    done = database("doctor")
    assert (done.exit_code, done.stdout) == (0, "Nothing is wrong.\n")


def test_the_doctor_names_variables_that_are_no_settings(database, monkeypatch):
    monkeypatch.setenv("CRMKIT_DATABSE_URL", "x")
    assert "CRMKIT_DATABSE_URL names no setting" in database("doctor").stdout


def test_the_doctor_reports_settings_that_cannot_be_read(command, monkeypatch):
    monkeypatch.setenv("CRMKIT_TIME_ZONE", "Mars")
    found = json.loads(command("doctor", "--json").stdout)["problems"]
    assert [problem["about"] for problem in found] == ["settings"]


def test_a_new_database_begins_with_stages_in_its_language_once(command, monkeypatch):
    monkeypatch.setenv("CRMKIT_LOCALE", "fr")
    assert command("db", "upgrade").exit_code == 0
    crm = open_crm(Settings())
    with crm.work() as uow:
        stages = list_stages(uow)
        assert (len(stages), stages[0].name) == (6, "Nouveau")
        assert [stage.is_won for stage in stages] == [False] * 5 + [True]
        for stage in stages:
            archive_stage(uow, stage)
    assert begin(crm) is False
    with crm.read() as uow:
        assert list_stages(uow) == []
    crm.close()


def test_tokens_get_scopes_and_an_end_are_listed_and_revoked(database):
    made = database(
        *("user", "token", "eve@example.org", "--name", "Nightly", "--scope", "read"),
        *("--scope", "leads:write", "--expires", "2099-12-31", "--json"),
    )
    token = json.loads(made.stdout)
    assert token["scopes"] == ["read", "leads:write"]
    assert token["expires_at"].startswith(("2099-12-31T", "2100-01-01T"))
    listed = database("user", "tokens", "eve@example.org")
    assert "Nightly" in listed.stdout
    assert token["token"] not in listed.stdout
    done = database("user", "revoke", str(token["id"]))
    assert done.stdout == "The token “Nightly” is good no more.\n"
    assert (
        database("user", "tokens", "eve@example.org").stdout == "There is no token.\n"
    )
    assert database("user", "revoke", str(token["id"])).exit_code == 1


def test_a_scope_that_does_not_exist_is_refused_in_one_line(database):
    done = database("user", "token", "eve@example.org", "--scope", "everything")
    assert done.exit_code == 1
    assert done.stderr.startswith("“everything” is no scope; there are all, read")
