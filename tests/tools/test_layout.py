import shutil
import subprocess
import tomllib

from tools.distributions import ROOT, core, plugins

NAMES = [plugin.folder.name for plugin in plugins()]
PACKAGES = [plugin.package for plugin in plugins()]
CODE_FOLDERS = ("crmkit", "tests", "tools")
LISTS = {"pyproject.toml", "tox.toml"}


def read(name):
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def test_import_linter_knows_every_plugin():
    settings = core().read_project()["tool"]["importlinter"]
    assert settings["root_packages"] == ["crmkit", *PACKAGES]
    lists = {
        key: contract[key]
        for contract in settings["contracts"]
        for key in ("modules", "source_modules", "forbidden_modules")
        if any(name.startswith("crmkit_") for name in contract.get(key, []))
    }
    assert set(lists) == {"modules", "source_modules", "forbidden_modules"}
    assert all(names == PACKAGES for names in lists.values())


def test_tox_has_an_environment_for_every_plugin():
    settings = read("tox.toml")
    with_section = set(settings["env"])
    assert [n for n in settings["env_list"] if n not in with_section] == NAMES


def test_every_plugin_is_named_after_its_folder():
    for plugin in plugins():
        name = plugin.folder.name
        project = plugin.read_project()["project"]
        assert project["name"] == f"crmkit-{name.replace('_', '-')}"
        entry = {name: f"crmkit_{name}.plugin"}
        assert project["entry-points"]["crmkit.plugins"] == entry
        assert (plugin.code / "__init__.py").is_file()
        assert any(plugin.tests.glob("test_*.py"))


def test_a_plugin_is_named_in_the_two_lists_and_nowhere_else():
    named = {
        path.relative_to(ROOT).as_posix()
        for folder in CODE_FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if any(package in path.read_text(encoding="utf-8") for package in PACKAGES)
    }
    assert named == set()
    files = (path for path in ROOT.iterdir() if path.is_file() and is_ours(path))
    in_root = {
        path.name
        for path in files
        if any(name in path.read_text(encoding="utf-8") for name in NAMES)
    }
    assert in_root == LISTS


def is_ours(path):
    """Whether a file of the root is a list or a script; words may name a plugin."""
    return path.suffix in {".toml", ".py", ".txt"} or path.name == "Makefile"


def test_make_finds_the_plugins_by_itself():
    make = shutil.which("make")
    assert make is not None
    command = [make, "--dry-run", "--always-make", "--directory", str(ROOT), "test"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # make, in our own folder
    called = "tox run-parallel --parallel 2 --quiet -e"
    assert f"{called} {','.join(['core', *NAMES])}" in done.stdout
