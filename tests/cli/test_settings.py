import json

import pytest


def test_each_setting_says_where_its_value_comes_from(database, monkeypatch, tmp_path):
    (tmp_path / "crmkit.toml").write_text('country = "NO"\n')
    monkeypatch.setenv("CRMKIT_LOCALE", "fr")
    assert database("settings", "set", "company", "Hydrolis").exit_code == 0
    listed = json.loads(database("settings", "list", "--json").stdout)["items"]
    origins = {one["name"]: (one["value"], one["origin"]) for one in listed}
    assert origins["company"] == ("Hydrolis", "database")
    assert origins["country"] == ("NO", "file")
    assert origins["locale"] == ("fr", "environment")
    assert origins["base_currency"] == ("EUR", "default")
    lines = database("settings", "list").stdout.splitlines()
    assert lines[0].split() == ["name", "value", "from"]
    assert "CRMKIT_LOCALE" in next(line for line in lines if line.startswith("locale"))


def test_a_value_is_got_set_and_given_back(database):
    assert database("settings", "get", "bin_days").stdout == "90\n"
    done = database("settings", "set", "bin_days", "30")
    assert done.stdout == "bin_days is 30 (database).\n"
    assert database("settings", "get", "bin_days").stdout == "30\n"
    assert database("settings", "set", "bin_days", "--default").exit_code == 0
    assert database("settings", "get", "bin_days").stdout == "90\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("get", "compny"), 1, "There is no setting “compny”; did you mean “company”?"),
        (("set", "bin_days", "many"), 1, "The setting bin_days cannot be: Input"),
        (("set", "time_zone", "Mars"), 1, "The setting time_zone cannot be: “Mars”"),
        (("set", "pool_size", "3"), 1, "“pool_size” can only be set in crmkit.toml"),
        (("set", "plugins", "a"), 1, "“plugins” can only be set in crmkit.toml"),
        (("set", "company"), 2, "Give a VALUE, or --default."),
        (("set", "company", "x", "--default"), 2, "Give a VALUE, or --default."),
    ],
)
def test_what_cannot_be_is_one_sentence(database, arguments, code, said):
    done = database("settings", *arguments)
    assert (done.exit_code, "Traceback" in done.stderr) == (code, False)
    assert said in done.stderr


def test_a_secret_comes_by_standard_input_and_is_never_printed(database, tmp_path):
    url = "smtps://crm:hush-hush@mail.example.org\n"
    done = database("settings", "set", "smtp_url", "-", stdin=url)
    assert done.stdout == "smtp_url is •••••• (database).\n"
    for arguments in (("list",), ("get", "smtp_url"), ("list", "--json")):
        assert "hush" not in database("settings", *arguments).stdout
    assert (tmp_path / "crmkit.db.key").exists()
    (tmp_path / "crmkit.db.key").write_text("quite another key, not the one")
    shown = json.loads(database("settings", "get", "smtp_url", "--json").stdout)
    assert (shown["value"], "cannot be read" in shown["problem"]) == (None, True)
