"""Each distribution asks for what its code imports, and for nothing else."""

import ast
import re
import sys

import pytest

from tools.distributions import everything

# The distribution that brings a module whose name says something else.
BROUGHT_BY = {
    "multipart": "python-multipart",
    "phonenumbers": "phonenumberslite",
    "sklearn": "scikit-learn",
}

# Asked for without an import of ours, and why.
UNSEEN = {
    "crmkit": {
        "httptools": "uvicorn parses HTTP with it where it is installed",
        "psycopg": "SQLAlchemy loads the driver that the database address names",
        "python-multipart": "Starlette reads forms with it",
        "tzdata": "zoneinfo reads it where the machine has no time zones",
        "uvloop": "uvicorn runs on it where it is installed",
    },
}

# Only for the test kit: the extra `testing` brings them.
TEST_KIT = "testing"


def list_imported(paths):
    """The distributions that bring the modules which the files import."""
    modules = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module)
    tops = {module.split(".", 1)[0] for module in modules} - sys.stdlib_module_names
    return {BROUGHT_BY.get(top, top).replace("_", "-") for top in tops}


def list_declared(requirements):
    return {re.split(r"[^\w.-]", line, maxsplit=1)[0].lower() for line in requirements}


def split_sources(distribution):
    """The files of the product, and those of its test kit."""
    kit = distribution.code / TEST_KIT
    files = list(distribution.list_sources())
    return (
        [path for path in files if not path.is_relative_to(kit)],
        [path for path in files if path.is_relative_to(kit)],
    )


@pytest.mark.parametrize("distribution", everything(), ids=lambda d: d.package)
def test_what_is_declared_is_what_is_imported(distribution):
    product, _ = split_sources(distribution)
    project = distribution.read_project()["project"]
    imported = list_imported(product) - {distribution.package.replace("_", "-")}
    needed = imported | set(UNSEEN.get(project["name"], {}))
    extras = project.get("optional-dependencies", {})
    more = [
        line for name, lines in extras.items() if name != TEST_KIT for line in lines
    ]
    declared = list_declared([*project["dependencies"], *more])
    assert (needed - declared, declared - needed) == (set(), set())


@pytest.mark.parametrize("distribution", everything(), ids=lambda d: d.package)
def test_the_test_kit_imports_what_its_extra_brings(distribution):
    _, kit = split_sources(distribution)
    project = distribution.read_project()["project"]
    extra = project.get("optional-dependencies", {}).get(TEST_KIT, [])
    allowed = list_declared([*project["dependencies"], *extra]) | {project["name"]}
    assert list_imported(kit) - allowed == set()


def test_the_table_of_unseen_ones_names_declared_ones_only():
    declared = {
        d.read_project()["project"]["name"]: d.read_project()["project"]["dependencies"]
        for d in everything()
    }
    for name, unseen in UNSEEN.items():
        assert set(unseen) <= list_declared(declared[name])
