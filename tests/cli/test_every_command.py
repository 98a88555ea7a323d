"""What holds for every command: exit codes, help, one line of error, JSON for data."""

from __future__ import annotations

import json

import click
import pytest

from crmkit.cli import main
from crmkit.cli.group import COMMANDS

# Commands that print no data, or talk until they are stopped.
WITHOUT_JSON = {
    "currencies add",
    "currencies archive",
    "currencies refresh",
    "currencies set",
    "currencies unset",
    "demo",
    "plugins disable",
    "plugins enable",
    "plugins new",
    "serve",
    "user disable",
    "user revoke",
    "worker",
}
# These make a database, a project or a server, and so need none.
MAKING = {"db upgrade", "db restore", "demo", "plugins check", "plugins new"}
ENDLESS = {"serve", "worker"}


def _walk(command, path, context):
    if isinstance(command, click.Group):
        names = COMMANDS if command is main else command.list_commands(context)
        for name in names:
            yield from _walk(command.get_command(context, name), [*path, name], context)
    else:
        yield " ".join(path), command


EVERY = dict(_walk(main, [], click.Context(main)))
# What is given where anything would not do.
GIVEN = {"day": "2026-11-20", "file": "given.csv"}
NEEDING = [name for name in EVERY if name not in MAKING | ENDLESS]


def _options(name):
    return {option for one in EVERY[name].params for option in one.opts}


def _arguments(name):
    """The command's words with a value for each argument that it needs."""
    words = name.split()
    for one in EVERY[name].params:
        choices = getattr(one.type, "choices", None)
        if one.required:
            words.append(str(choices[0]) if choices else GIVEN.get(one.name, "1"))
    return [*words, "1"] if name == "settings set" else words


@pytest.mark.parametrize("name", EVERY)
def test_help_says_what_a_command_does_and_wrong_use_ends_with_2(command, name):
    shown = command(*name.split(), "--help")
    assert shown.exit_code == 0
    assert shown.stdout.startswith(f"Usage: crmkit {name}")
    assert EVERY[name].help
    wrong = command(*name.split(), "--no-such-option")
    assert wrong.exit_code == 2
    assert "No such option" in wrong.stderr


@pytest.mark.parametrize("name", EVERY)
def test_an_argument_that_is_missing_is_wrong_use(command, name):
    if any(one.required for one in EVERY[name].params):
        done = command(*name.split())
        assert done.exit_code == 2
        assert "Missing" in done.stderr


def test_every_command_that_prints_data_prints_json():
    assert {name for name in EVERY if "--json" not in _options(name)} == WITHOUT_JSON


@pytest.mark.parametrize("name", NEEDING)
def test_a_command_without_a_database_says_one_sentence(command, name, tmp_path):
    (tmp_path / GIVEN["file"]).write_text("day;currency;rate\n2026-11-20;SEK;0.09\n")
    done = command(*_arguments(name), stdin="correct horse\n")
    assert done.exit_code in {0, 1}, done.output
    assert "Traceback" not in done.output
    assert "Unexpected" not in done.stderr
    if done.exit_code == 1 and not done.stdout:
        assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "crmkit.db").exists()


def test_lists_are_json_that_a_machine_reads(database):
    for name in EVERY:
        if name.endswith((" list", " status", " order")):
            done = database(*name.split(), "--json")
            assert done.exit_code == 0, done.output
            assert isinstance(json.loads(done.stdout), dict), name


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("LANG", "en_GB.UTF-8", "There is no job 7 here."),
        ("LANG", "de_DE.UTF-8", "There is no job 7 here."),
        ("LANG", "fr_FR.UTF-8", "Il n\u2019y a pas ici de"),
        ("LC_ALL", "fr_FR.UTF-8", "Il n\u2019y a pas ici de"),
        ("CRMKIT_LANGUAGE", "fr", "Il n\u2019y a pas ici de"),
    ],
)
def test_errors_are_told_in_the_language_of_the_terminal(
    database, monkeypatch, name, value, sentence
):
    monkeypatch.setenv(name, value)
    done = database("jobs", "show", "7")
    assert done.exit_code == 1
    assert done.stderr.startswith(sentence)
    assert len(done.stderr.splitlines()) == 1
