"""Holds plugins to the public names; import-linter knows packages, this knows names.

A plugin may import the names in `__all__` of `crmkit.hooks`, `core`, `web`, `jobs` and
`cli`, in tests those of `crmkit.testing` too; and of another plugin only its module
`crmkit_<id>.api`, if its own manifest requires that plugin.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.distributions import ROOT, Distribution, core, plugins

PUBLIC = ("hooks", "core", "web", "jobs", "cli")
TEST_KIT = "testing"


@dataclass(frozen=True)
class Rules:
    """What the code of one plugin may import."""

    plugin: Distribution
    names: dict[str, set[str]]
    partners: set[str]
    required: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Import:
    """One imported name; `name` is empty where the module itself is imported."""

    module: str
    name: str
    line: int


def main() -> int:
    """Prints each forbidden import; 1 if there is one."""
    found = [line for plugin in plugins() for line in check(plugin)]
    print("\n".join(found) or "Plugins import public names only.")
    return 1 if found else 0


def check(plugin: Distribution, root: Path = ROOT) -> Iterator[str]:
    """A line for each forbidden import of a plugin and its tests."""
    rules = Rules(
        plugin,
        {f"crmkit.{name}": read_names(core(root), name) for name in PUBLIC},
        {other.package for other in plugins(root)} - {plugin.package},
        read_required(plugin),
    )
    for path in plugin.list_sources():
        yield from judge(path, rules, root)
    kit = {**rules.names, "crmkit.testing": read_names(core(root), TEST_KIT)}
    in_tests = Rules(plugin, kit, rules.partners, rules.required)
    for path in sorted(plugin.tests.rglob("*.py")):
        yield from judge(path, in_tests, root)


def judge(path: Path, rules: Rules, root: Path) -> Iterator[str]:
    """A line for each forbidden import of one file."""
    for found in list_imports(ast.parse(path.read_text(encoding="utf-8"))):
        if reason := refuse(found, rules):
            yield f"{path.relative_to(root).as_posix()}:{found.line}: {reason}"


def list_imports(tree: ast.AST) -> Iterator[Import]:
    """Every import of a module, those for type checking and in functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(a.name, "", node.lineno) for a in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield Import(node.module, alias.name, node.lineno)


def refuse(found: Import, rules: Rules) -> str:
    """Why the import is forbidden; empty if it is not."""
    top = found.module.split(".", 1)[0]
    if top == "crmkit":
        return refuse_core(found, rules)
    if top in rules.partners:
        return refuse_partner(found, rules, top.removeprefix("crmkit_"))
    return ""


def refuse_core(found: Import, rules: Rules) -> str:
    """Why an import from crmkit is forbidden."""
    if found.module == "crmkit" and found.name:
        found = Import(f"crmkit.{found.name}", "", found.line)
    if found.module not in rules.names:
        return f"{found.module} is private; import from {', '.join(rules.names)}"
    if found.name and found.name not in rules.names[found.module]:
        return f"{found.name} is not in __all__ of {found.module}"
    return ""


def refuse_partner(found: Import, rules: Rules, partner: str) -> str:
    """Why an import from another plugin is forbidden."""
    if partner not in rules.required:
        return f"the manifest does not require {partner}"
    api = f"crmkit_{partner}.api"
    is_api = api in {found.module, f"{found.module}.{found.name}"}
    return "" if is_api else f"of {partner} only {api} is public"


def read_names(distribution: Distribution, package: str) -> set[str]:
    """The names in `__all__` of a package of the core; none if it does not exist."""
    return read_public(distribution.code / package)


def read_public(module: Path) -> set[str]:
    """The names in `__all__` of a module, those it takes over from its parts too."""
    path = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    if not path.is_file():
        return set()
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if [ast.unparse(target) for target in targets] != ["__all__"]:
            continue
        if isinstance(node.value, ast.Attribute):
            names |= read_public(module / ast.unparse(node.value.value))
        elif node.value is not None:
            names |= set(ast.literal_eval(node.value))
    return names


def read_required(plugin: Distribution) -> set[str]:
    """The ids that the plugin's manifest requires."""
    path = plugin.code / "plugin.py"
    if not path.is_file():
        return set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Plugin":
            given = {k.arg: k.value for k in node.keywords}
            if "requires" in given:
                return {str(name) for name in ast.literal_eval(given["requires"])}
    return set()


if __name__ == "__main__":
    sys.exit(main())
