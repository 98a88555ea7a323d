import pytest

from tools import public_imports
from tools.distributions import plugins


def check(tree, line, path="crmkit_alpha/a.py"):
    tree.write(f"plugins/alpha/{path}", f"{line}\n")
    alpha = plugins(tree.root)[0]
    return [found.split(": ", 1)[1] for found in public_imports.check(alpha, tree.root)]


@pytest.mark.parametrize(
    "line",
    [
        "from crmkit.core import Public",
        "import crmkit.core",
        "from crmkit import hooks",
        "from crmkit_alpha.b import anything",
        "import csv",
    ],
)
def test_public_names_may_be_imported(tree, line):
    assert check(tree, line) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("from crmkit.core.leads import Lead", "crmkit.core.leads is private"),
        ("import crmkit.app", "crmkit.app is private"),
        ("from crmkit import app", "crmkit.app is private"),
        ("from crmkit.core import secret", "secret is not in __all__ of crmkit.core"),
        ("from crmkit.testing import Public", "crmkit.testing is private"),
        ("def f():\n    from crmkit.web.pages import board", "crmkit.web.pages is"),
        ("from crmkit_beta.api import x", "the manifest does not require beta"),
    ],
)
def test_all_else_is_refused(tree, line, reason):
    (found,) = check(tree, line)
    assert found.startswith(reason)


def test_tests_may_use_the_test_kit(tree):
    assert check(tree, "from crmkit.testing import Public", "tests/test_a.py") == []


def test_a_required_plugin_is_reached_through_its_api(tree):
    manifest = 'plugin = Plugin(id="alpha", requires=("beta",))\n'
    tree.write("plugins/alpha/crmkit_alpha/plugin.py", manifest)
    assert check(tree, "from crmkit_beta.api import x") == []
    assert check(tree, "from crmkit_beta import api") == []
    assert check(tree, "from crmkit_beta.model import x") == [
        "of beta only crmkit_beta.api is public"
    ]


def test_the_plugins_of_this_repository_import_public_names_only(capsys):
    assert public_imports.main() == 0, capsys.readouterr().out


def test_a_package_may_take_its_public_names_from_its_parts(tree):
    tree.write("crmkit/core/__init__.py", "__all__ = []\n__all__ += nouns.__all__\n")
    tree.write("crmkit/core/nouns.py", '__all__ = ["Public"]\n')
    names = public_imports.read_public(tree.root / "crmkit/core")
    assert names == {"Public"}
