import json
from pathlib import Path

from sqlalchemy import text

from crmkit.app import open_crm
from crmkit.core import PluginObject, Settings

from tests.plugins.hostile import install

HELLO = """
import click
from crmkit.cli import FailedError, answer, as_user, json_option, open_for_command

@click.command()
@json_option
@click.option("--as", "email")
def command(email, as_json):
    "Say who works."
    user_id = as_user(open_for_command(), email)
    answer({"user_id": user_id}, as_json=as_json, text="hello")
"""
FAILS = "raise RuntimeError('boom')"


def states(command):
    items = json.loads(command("plugins", "list", "--json").stdout)["items"]
    return {item["id"]: item["state"] for item in items}


def test_a_plugins_command_is_listed_and_called(database, package):
    package("greets", commands=HELLO)
    listed = " ".join(database("--help").output.split())
    assert "greets Of the plugin greets." in listed
    assert database("greets").output == "hello\n"
    done = database("greets", "--json", "--as", "eve@example.org")
    assert json.loads(done.output) == {"user_id": 1}
    done = database("greets", "--as", "no@example.org")
    assert done.exit_code == 1
    assert done.stderr == "There is no user no@example.org here.\n"


def test_a_broken_command_leaves_help_alone_and_answers_one_sentence(database, package):
    package("broken", commands=FAILS)
    assert database("--help").exit_code == 0
    done = database("broken", "now", "--hard")
    assert (done.exit_code, done.stderr) == (1, "“broken” cannot be loaded: boom\n")


def test_what_is_no_command_answers_one_sentence(database, package):
    package("odd", commands="command = 5")
    assert database("odd").stderr == "“odd” names no click command.\n"


def test_commands_of_a_failed_plugin_answer_one_sentence(database, package):
    package("fails", plugin=FAILS, commands=HELLO)
    done = database("fails", "--help")
    assert (done.exit_code, done.stderr) == (1, "The plugin fails is failed. boom\n")


def test_commands_of_a_plugin_that_is_off_tell_how_to_switch_it_on(database, package):
    package("sleeps", commands=HELLO)
    assert database("plugins", "disable", "sleeps").exit_code == 0
    assert states(database)["sleeps"] == "disabled"
    done = database("sleeps")
    assert done.exit_code == 1
    assert "crmkit plugins enable sleeps" in done.stderr
    database("plugins", "enable", "sleeps")
    assert database("sleeps").exit_code == 0


def test_a_plugin_is_switched_off_without_being_loaded(database, package):
    package("stops", plugin="import os; os._exit(9)")
    assert database("plugins", "disable", "stops").output == "stops is disabled.\n"


def test_a_plugin_that_is_not_there_is_neither_shown_nor_switched(database):
    for what in ("show", "enable", "disable"):
        done = database("plugins", what, "nobody")
        assert done.exit_code == 1
        assert done.stderr.startswith("There is no plugin nobody;")


def test_a_failed_plugin_is_shown_with_its_trace(database, package):
    package("falls", plugin=FAILS)
    assert states(database)["falls"] == "failed"
    assert "plugin.py" in database("plugins", "show", "falls").output
    done = database("doctor", "--verbose")
    assert "plugin falls: It is failed. boom" in done.stdout
    assert "RuntimeError: boom" in done.stdout


def test_strict_serving_refuses_while_a_plugin_cannot_start(database, package):
    package("bars", plugin=FAILS)
    done = database("serve", "--strict-plugins", "--port", "0")
    assert done.exit_code == 1
    assert done.stderr == "Plugins cannot start: bars is failed. boom\n"


def test_a_plugin_is_uninstalled_keeping_its_data_until_it_is_purged(database, package):
    package("leaves")
    kept = database("plugins", "uninstall", "leaves")
    assert kept.exit_code == 0
    assert "its data is kept" in kept.stdout
    assert "pip uninstall crmkit-leaves" in kept.stdout
    assert states(database)["leaves"] == "disabled"
    crm = open_crm(Settings())
    with crm.work() as uow:
        uow.session.add(
            PluginObject(plugin_id="gone", kind="table", name="gone__thing")
        )
        uow.session.execute(text("CREATE TABLE gone__thing (id INTEGER)"))
    crm.close()
    assert states(database)["gone"] == "orphaned"
    assert "plugin gone: It is orphaned." in database("doctor").stdout
    plan = json.loads(
        database("plugins", "uninstall", "gone", "--plan", "--json").stdout
    )
    assert plan["tables"] == {"gone__thing": 0}
    unsure = database("plugins", "uninstall", "gone", "--purge", stdin="no\n")
    assert unsure.exit_code == 130
    done = database(
        *("plugins", "uninstall", "gone", "--purge", "--export", "out"), stdin="gone\n"
    )
    assert done.exit_code == 0, done.output
    assert Path("out/gone__thing.jsonl").exists()
    assert "gone" not in states(database)
    assert database("plugins", "uninstall", "gone").exit_code == 1


def test_the_order_is_printed_with_its_reasons(database, package, monkeypatch):
    more = 'Plugin(id="beta", name="Beta", after=("alpha", "nobody"))'
    package("alpha")
    package("beta", plugin=f"from crmkit.hooks import Plugin\nplugin = {more}\n")
    monkeypatch.setenv("CRMKIT_PLUGINS", '["alpha", "beta"]')
    items = json.loads(database("plugins", "order", "--json").stdout)["items"]
    found = [(one["id"], one["why"]) for one in items if one["id"] in {"alpha", "beta"}]
    said = "comes after alpha; would come after nobody, which is not installed"
    assert found == [("alpha", "by its id alone"), ("beta", said)]


def test_the_doctor_exits_1_and_strict_serving_refuses_hostile_plugins(
    database, tmp_path, monkeypatch
):
    site = tmp_path / "hostile"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    install(site, "bad_import", "bad_needs")
    monkeypatch.setenv("CRMKIT_PLUGINS", '["bad_import", "bad_needs"]')
    done = database("doctor", "--json")
    assert done.exit_code == 1
    found = {one["about"] for one in json.loads(done.stdout)["problems"]}
    assert {"plugin bad_import", "plugin bad_needs"} <= found
    strict = database("serve", "--strict-plugins", "--port", "0")
    assert strict.exit_code == 1
    assert strict.stderr.startswith("Plugins cannot start: ")
    assert database("plugins", "disable", "bad_import").exit_code == 0
