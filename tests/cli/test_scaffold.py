"""A new project passes its own tests and the suite, and a faulty one does not."""

import json

import pytest
from click.testing import CliRunner

from crmkit.cli import main

MANY = "[one for one in lead_ids if pinned_among(uow, [one])]"
FAULTS = {
    "plugin.py": ("from crmkit.web", "import crmkit.app\nfrom crmkit.web"),
    "templates/pins.html": ("{% if pins %}", '<b style="x"></b>{% if pins %}'),
    "permissions.py": ("Pin leads", "Pin any leads"),
    "tables.py": ("index=True", "index=False"),
    "places.py": ("pinned_among(uow, lead_ids)", MANY),
}


def call(*arguments):
    return CliRunner().invoke(main, ["plugins", *map(str, arguments)])


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project of a new plugin."""
    folder = tmp_path_factory.mktemp("project")
    made = call("new", "crmkit-house-calls", "--in", folder)
    assert made.exit_code == 0, made.output
    return folder / "crmkit-house-calls"


@pytest.mark.soak  # in the gate tests/docs/test_first_plugin.py follows the guide
def test_a_new_plugin_is_gold_at_once(project):
    checked = call("check", project, "--json")
    facts = json.loads(checked.output)
    assert (facts["grade"], facts["failed"]) == ("gold", [])
    assert facts["passed"] > 40
    assert checked.exit_code == 0
    assert not any(project.rglob("__pycache__"))


@pytest.mark.soak
def test_a_plugin_with_faults_is_told_each_of_them(project):
    def change(path, old, new):
        file = project / "crmkit_house_calls" / path
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), "utf-8")

    for path, (old, new) in FAULTS.items():
        change(path, old, new)
    checked = call("check", project, "--json")
    facts = json.loads(checked.output)
    assert checked.exit_code == 1
    assert facts["grade"] == "bronze"
    failed = {one["check"].partition("[")[0] for one in facts["failed"]}
    assert failed >= {
        "it imports public names only",
        "its templates keep to the policy of pages",
        "its sentences are there in every language",
        "its migrations make what its classes say",
        "pages take no statement per row",
    }


@pytest.mark.parametrize("name", ["crmkit-Ünder", "9lives", "a" * 30, "../up"])
def test_what_is_no_name_of_a_plugin_is_refused(tmp_path, name):
    made = call("new", name, "--in", tmp_path)
    assert made.exit_code == 1
    assert "is no plugin id" in made.output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(project):
    made = call("new", "house_calls", "--in", project.parent)
    assert made.exit_code == 1
    assert "is there already" in made.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "There is no pyproject.toml"),
        ("[project]\nname = 'x'\n", "names no plugin"),
        ("[project", "names no plugin"),
    ],
)
def test_a_folder_without_a_plugin_cannot_be_checked(tmp_path, text, said):
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text, "utf-8")
    checked = call("check", tmp_path)
    assert checked.exit_code == 1
    assert said in checked.output
