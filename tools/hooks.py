"""Writes docs/hooks.md out of the specifications; `--check` tells whether it is fresh.

What a hook means stands below it in crmkit/hooks, its example in hook_examples.py.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from crmkit.hooks import all_hooks

from tools.distributions import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crmkit.hooks import Hook

TARGET = ROOT / "docs" / "hooks.md"
HOOKS = ROOT / "crmkit" / "hooks"
EXAMPLES = ROOT / "tools" / "hook_examples.py"
FORMS = {
    "register": (
        "Declares at start",
        "Asked once, when a process starts; every plugin's answer is kept.",
        "The plugin is `failed` and wholly rolled back; the rest starts.",
    ),
    "happened": (
        "Tells what happened",
        "Called inside the transaction, once for all records of one action.",
        "What it wrote is rolled back, counted and logged; the work goes on.",
    ),
    "check": (
        "May refuse",
        "Called before it is done; a `Refusal` is a sentence for the user (422).",
        "It refuses too; the sentence names the plugin, and admins can switch it off.",
    ),
    "ask": (
        "Asks for values",
        "Called where the values are needed, once for all records.",
        "It is skipped: the next plugin is asked, then the core's default holds.",
    ),
    "place": (
        "Fills a place of a page",
        "Called when the page is made, once for all its rows.",
        "Admins see a small box in its place, others nothing.",
    ),
}
HEAD = """\
# Every hook

Written by `make docs` from the specifications; the tests fail where it is not fresh. A
plugin answers a hook with a function of one parameter named `ctx`, marked by
`@the_hook.impl`; a type checker compares both. Every implementation but those of the
start runs in a savepoint of its own, and not while its plugin is switched off.
"""


@dataclass(frozen=True)
class Told:
    """What a module says of one of its hooks."""

    answer: str
    meaning: str


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` compare it; 1 where something is wrong."""
    missing = list(find_missing())
    for sentence in missing:
        print(sentence, file=sys.stderr)
    if missing:
        return 1
    text = write_page()
    if "--check" not in arguments:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print("docs/hooks.md is not fresh. Run: make docs", file=sys.stderr)
    return 1


def find_missing() -> Iterator[str]:
    """A sentence for each thing that a hook lacks."""
    told, examples = read_hooks(), read_examples()
    for hook in all_hooks():
        said = told.get(hook.name)
        if said is None or not said.meaning:
            yield f"{hook.name} has no docstring below it in crmkit/hooks."
        if not hook.since:
            yield f"{hook.name} does not say since when it is there."
        if hook.name not in examples:
            yield f"{hook.name} has no example in tools/hook_examples.py."
        if not (hook.context.__doc__ or "").strip():
            yield f"{hook.context.__name__}, the context of {hook.name}, is not told."


def write_page() -> str:
    """The page as Markdown."""
    told, examples = read_hooks(), read_examples()
    parts = [HEAD]
    for form, (title, called, failing) in FORMS.items():
        parts.append(f"## {title}\n\n{called} Where it raises: {failing}\n")
        parts += [
            write_hook(hook, told[hook.name], examples[hook.name])
            for hook in all_hooks()
            if hook.form == form
        ]
    return "\n".join(parts)


def write_hook(hook: Hook[Any, Any], told: Told, example: str) -> str:
    """What is to be known of one hook."""
    context = hook.context.__name__
    said = " ".join((hook.context.__doc__ or "").split())
    names = ", ".join(f"`{field}`" for field in list_fields(hook.context))
    return (
        f"### {hook.name}\n\n"
        f"`{hook.name}(ctx: {context}) -> {told.answer}` · form {hook.form} · "
        f"since {hook.since}\n\n"
        f"{told.meaning}\n\n"
        f"`{context}`: {said} Fields: {names}.\n\n"
        f"```python\n{example}\n```\n"
    )


def list_fields(context: type) -> list[str]:
    """The fields of a context with their types: `uow: UnitOfWork`."""
    return [f"{field.name}: {field.type}" for field in fields(context)]


def read_hooks() -> dict[str, Told]:
    """What each hook answers, and what the docstring below it says."""
    found = {}
    for path in sorted(HOOKS.glob("*.py")):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for node, below in zip(body, [*body[1:], None], strict=True):
            call = getattr(node, "value", None)
            if isinstance(call, ast.Call) and _is_hook(call):
                name = ast.literal_eval(call.args[0])
                found[name] = Told(_answer(node, call), _docstring(below))
    return found


def _is_hook(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id.endswith("Hook")


def _answer(node: ast.AST, call: ast.Call) -> str:
    kind = ast.unparse(call.func)
    if kind != "AskHook" and kind in {"HappenedHook", "CheckHook"}:
        return "None" if kind == "HappenedHook" else "Refusal | None"
    if isinstance(node, ast.AnnAssign) and isinstance(node.annotation, ast.Subscript):
        inner = node.annotation.slice
        if isinstance(inner, ast.Tuple):
            return ast.unparse(inner.elts[1])
    return "?"


def _docstring(node: ast.AST | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return str(node.value.value).strip()
    return ""


def read_examples(path: Path = EXAMPLES) -> dict[str, str]:
    """The source of the example of each hook, with the imports that it needs."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    examples = {}
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or not node.decorator_list:
            continue
        decorator = ast.unparse(node.decorator_list[0])
        lines = source.splitlines()[node.lineno - 2 : node.end_lineno]
        imports = list(_imports(tree, node))
        text = [*imports, "", "", *lines] if imports else lines
        examples[decorator.removesuffix(".impl")] = "\n".join(text)
    return examples


def _imports(tree: ast.Module, function: ast.FunctionDef) -> Iterator[str]:
    """The names of crmkit.hooks that an example uses, as an import."""
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "crmkit.hooks":
            names = [alias.name for alias in node.names if alias.name in used]
            yield f"from crmkit.hooks import {', '.join(names)}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
