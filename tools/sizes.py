"""Measures the code against the budgets of STYLE.md; exits 1 when one is broken."""

import ast
import io
import math
import statistics
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ("crmkit", "plugins", "tests", "tools", "benchmarks")
PAGES = ("crmkit", "plugins")
CORE = ("crmkit/core", "crmkit/hooks")

FILE, FUNCTION, FUNCTION_95, FIXTURES = 400, 50, 35, 3
TEMPLATE, SCRIPT = 60, 250
SILENT_TOKENS = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Measure:
    """One thing that has a size: where it stands, and how big it is."""

    place: str
    size: int


@dataclass(frozen=True)
class Budget:
    """One line of the table: what was measured, and how big it may be."""

    title: str
    measures: list[Measure]
    limit: int
    limit_95: int | None = None

    @property
    def broken(self) -> list[str]:
        """A sentence for each thing that is too big."""
        over = sorted((m for m in self.measures if m.size > self.limit), key=by_size)
        found = [f"{m.place}: {m.size}, allowed are {self.limit}" for m in over]
        if self.limit_95 is not None and self.percentile_95 > self.limit_95:
            rule = f"95th percentile {self.percentile_95}, allowed are {self.limit_95}"
            found.append(f"{self.title}: {rule}")
        return found

    @property
    def percentile_95(self) -> int:
        """The size that 95 of 100 do not exceed."""
        sizes = sorted(m.size for m in self.measures)
        return sizes[math.ceil(0.95 * len(sizes)) - 1] if sizes else 0

    def describe(self) -> str:
        """The line of the table."""
        sizes = [m.size for m in self.measures] or [0]
        median = statistics.median_low(sizes)
        allowed = (
            f"{self.limit} (95 %: {self.limit_95})" if self.limit_95 else self.limit
        )
        return (
            f"{self.title:<24}{len(self.measures):>7}{median:>8}"
            f"{self.percentile_95:>8}{max(sizes):>8}   {allowed}"
        )


def main(root: Path = ROOT) -> int:
    """Prints the table and what breaks it; 1 if anything does."""
    budgets = measure(root)
    print(f"{'':<24}{'number':>7}{'median':>8}{'95 %':>8}{'most':>8}   allowed")
    for budget in budgets:
        print(budget.describe())
    print(f"The core ({' and '.join(CORE)}): {count_core(root):,} lines of code")
    broken = [sentence for budget in budgets for sentence in budget.broken]
    for sentence in broken:
        print(f"Too big: {sentence}")
    return 1 if broken else 0


def measure(root: Path) -> list[Budget]:
    """Every budget with what was found in the tree."""
    sources = {path: path.read_text("utf-8") for path in list_python(root)}
    trees = {p.relative_to(root): ast.parse(text) for p, text in sources.items()}
    functions = [(p, f) for p, tree in trees.items() for f in list_functions(tree)]
    tests = [(p, f) for p, f in functions if f.name.startswith("test_")]
    product = [(p, f) for p, f in functions if "tests" not in p.parts]
    return [
        Budget("Python file, lines", measure_files(root, sources), FILE),
        Budget("function, lines", measure_lengths(functions), FUNCTION),
        Budget("… without tests", measure_lengths(product), FUNCTION, FUNCTION_95),
        Budget("test, fixtures", measure_fixtures(tests), FIXTURES),
        Budget(
            "template, lines", measure_files(root, read_pages(root, ".html")), TEMPLATE
        ),
        Budget("script, lines", measure_files(root, read_pages(root, ".js")), SCRIPT),
    ]


def list_python(root: Path) -> Iterator[Path]:
    """The Python files, without migrations: those are written once."""
    for folder in PYTHON:
        for path in sorted((root / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def read_pages(root: Path, suffix: str) -> dict[Path, str]:
    """The core's and the plugins' files of a kind by path, without fetched ones."""
    paths = (p for folder in PAGES for p in (root / folder).rglob(f"*{suffix}"))
    own = sorted(p for p in paths if not {"vendor", "tests"} & set(p.parts))
    return {path: path.read_text("utf-8") for path in own}


def list_functions(tree: ast.AST) -> Iterator[Function]:
    """Each function and method of a module."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def measure_files(root: Path, texts: dict[Path, str]) -> list[Measure]:
    """The lines of each file."""
    return [
        Measure(path.relative_to(root).as_posix(), text.count("\n"))
        for path, text in texts.items()
    ]


def measure_lengths(functions: Iterable[tuple[Path, Function]]) -> list[Measure]:
    """The lines of each function, from `def` to its last, docstring included."""
    return [
        Measure(locate(path, f), (f.end_lineno or f.lineno) - f.lineno + 1)
        for path, f in functions
    ]


def measure_fixtures(tests: Iterable[tuple[Path, Function]]) -> list[Measure]:
    """The fixtures each test asks for: its parameters that no decorator supplies."""
    return [Measure(locate(path, f), len(list_fixtures(f))) for path, f in tests]


def list_fixtures(test: Function) -> set[str]:
    """The names of a test's fixtures."""
    asked = {a.arg for a in [*test.args.args, *test.args.kwonlyargs]} - {"self"}
    calls = [d for d in test.decorator_list if isinstance(d, ast.Call)]
    return asked - {name for call in calls for name in list_supplied(call)}


def list_supplied(decorator: ast.Call) -> Iterator[str]:
    """The parameters that `parametrize` or hypothesis' `given` fills."""
    what = ast.unparse(decorator.func).rsplit(".", 1)[-1]
    if what == "given":
        yield from (k.arg for k in decorator.keywords if k.arg)
    elif what == "parametrize" and decorator.args:
        names = ast.literal_eval(decorator.args[0])
        listed = names.split(",") if isinstance(names, str) else names
        yield from (name.strip() for name in listed)


def count_core(root: Path) -> int:
    """Lines of the core that hold code: no blank ones, comments, docstrings."""
    paths = [p for p in list_python(root) if in_core(p.relative_to(root))]
    return sum(count_code(path.read_text("utf-8")) for path in paths)


def in_core(path: Path) -> bool:
    """Whether the file belongs to the core or to the hooks."""
    return any(path.is_relative_to(folder) for folder in CORE)


def count_code(text: str) -> int:
    """The lines of a module that hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in SILENT_TOKENS:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - list_docstring_lines(text))


def list_docstring_lines(text: str) -> set[int]:
    """The lines that docstrings take."""
    lines: set[int] = set()
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, owners) and ast.get_docstring(node) is not None:
            words = node.body[0]
            lines.update(range(words.lineno, (words.end_lineno or words.lineno) + 1))
    return lines


def locate(path: Path, function: Function) -> str:
    """Where a function stands, to click on."""
    return f"{path.as_posix()}:{function.lineno} {function.name}"


def by_size(measure: Measure) -> int:
    """Sorts the biggest first."""
    return -measure.size


if __name__ == "__main__":
    sys.exit(main())
