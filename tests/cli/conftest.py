import os
import shutil
from importlib import invalidate_caches

import pytest
from click.testing import CliRunner

from crmkit.cli import main


def _stand_in(folder, patch):
    patch.chdir(folder)
    for name in [name for name in os.environ if name.startswith("CRMKIT_")]:
        patch.delenv(name)
    # The language of whoever runs the tests is none of theirs.
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        patch.delenv(name, raising=False)
    # What is installed beside the core is none of these tests' business.
    patch.setenv("CRMKIT_PLUGINS", "[]")

    def run(*arguments, stdin=None):
        return CliRunner().invoke(main, arguments, input=stdin, prog_name="crmkit")

    return run


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Runs `crmkit` in a folder of its own, where nothing is set."""
    return _stand_in(tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def begun(tmp_path_factory):
    """A folder in which a database was begun, with an admin eve@example.org in it."""
    folder = tmp_path_factory.mktemp("begun")
    with pytest.MonkeyPatch.context() as patch:
        run = _stand_in(folder, patch)
        assert run("db", "upgrade").exit_code == 0
        done = run(
            *("user", "add", "eve@example.org", "--role", "admin", "--password-stdin"),
            stdin="correct horse\n",
        )
        assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def database(command, begun, tmp_path):
    """`command`, where there is a database like that of `begun`."""
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    return command


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Installs a package with a plugin and a command, both of the same name."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)

    def install(name, *, plugin=None, commands=""):
        known = folder / f"crmkit_{name}-1.0.dist-info"
        known.mkdir()
        (known / "METADATA").write_text(f"Name: crmkit-{name}\nVersion: 1.0\n")
        (known / "entry_points.txt").write_text(
            f"[crmkit.plugins]\n{name} = crmkit_{name}.plugin\n"
            f"[crmkit.commands]\n{name} = crmkit_{name}.commands:command\n"
        )
        code = folder / f"crmkit_{name}"
        code.mkdir()
        (code / "__init__.py").touch()
        manifest = f'Plugin(id="{name}", name="{name.capitalize()}")'
        text = f"from crmkit.hooks import Plugin\nplugin = {manifest}\n"
        (code / "plugin.py").write_text(plugin or text)
        (code / "commands.py").write_text(commands)
        monkeypatch.setenv("CRMKIT_PLUGINS", f'["{name}"]')
        invalidate_caches()

    return install
