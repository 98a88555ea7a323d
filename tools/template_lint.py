"""Reads templates and scripts for what the Content-Security-Policy would stop.

The browser refuses inline script and style without a word to the user, and shows
nothing for an icon that the sprite lacks; this says it before. Sizes are judged by
tools/sizes.py.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ICONS = ROOT / "tools" / "icons.txt"
ASSETS = ROOT / "tools" / "assets.toml"
FOLDERS = ("crmkit", "plugins")

IN_TEMPLATES = {
    "an inline style": re.compile(r"""\sstyle\s*=\s*["'{]"""),
    "a style element": re.compile(r"<style[\s>]", re.IGNORECASE),
    "an event handler": re.compile(r"""(?<![\w-])on[a-z]+\s*=\s*["']""", re.IGNORECASE),
    "hx-on, which needs eval": re.compile(r"\bhx-on\b"),
    "js:, which needs eval": re.compile(r"""["']\s*(js|javascript):""", re.IGNORECASE),
    "an address of another host": re.compile(
        r"""\b(src|srcset)\s*=\s*["'](https?:)?//"""
    ),
}
ICON = re.compile(r"""\bicon\(\s*["']([a-z0-9-]+)["']""")
SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]*)>(?P<code>.*?)</script", re.DOTALL)
DATA = re.compile(r"""type\s*=\s*["']application/json["']""")
IN_SCRIPTS = {
    "eval": re.compile(r"(?<![\w.])eval\s*\(|\bnew\s+Function\s*\("),
    "a style attribute": re.compile(r"""setAttribute\(\s*["']style["']"""),
    "code as text": re.compile(r"""\bset(Timeout|Interval)\(\s*["'`]"""),
}
CLASSES = re.compile(r'\bclass="([^"]*)"')
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
OWN_CLASS = re.compile(r"(ck|is)-|on$")
MACRO = re.compile(r"\{%-?\s*macro\s+([a-z]\w*)")
JINJA_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def main(root: Path = ROOT) -> int:
    """Prints each finding; 1 if there is one."""
    found = [line for folder in FOLDERS for line in lint(root, root / folder)]
    templates = root / "crmkit" / "web" / "templates"
    found += [*find_unshown(templates), *find_unknown_classes(templates)]
    print("\n".join(found) or "Templates and scripts hold to the policy.")
    return 1 if found else 0


def find_unshown(templates: Path) -> list[str]:
    """A line for each macro of ui/ that the page of components, /ui, does not show."""
    shown = "".join(
        path.read_text(encoding="utf-8")
        for path in sorted((templates / "components").glob("*.html"))
    )
    return [
        f"{path.name}: the macro ui.{name} is not on the page /ui (components/)"
        for path in sorted((templates / "ui").glob("*.html"))
        for name in MACRO.findall(path.read_text(encoding="utf-8"))
        if not re.search(rf"\bui\.{name}\(", shown)
    ]


def find_unknown_classes(templates: Path) -> list[str]:
    """A line for each class that no style sheet has: neither ours nor a kept one."""
    packages = tomllib.loads(ASSETS.read_text(encoding="utf-8"))["package"]
    known = {name for package in packages for name in package.get("classes", ())}
    return [
        f"{path.relative_to(templates).as_posix()}: the class {name} is not in"
        " tools/assets.toml"
        for path in sorted(templates.rglob("*.html"))
        for names in CLASSES.findall(JINJA.sub(" ", path.read_text(encoding="utf-8")))
        for name in names.split()
        if name not in known and not OWN_CLASS.match(name)
    ]


def lint(root: Path, folder: Path) -> Iterator[str]:
    """A line for each finding in the folder's own templates and scripts."""
    for path in sorted(folder.rglob("*.*")):
        if path.suffix in {".html", ".js"} and is_own(path):
            for line, what in read(path):
                yield f"{path.relative_to(root).as_posix()}:{line}: {what}"


def is_own(path: Path) -> bool:
    """Whether the file is served and written here: no fetched ones, no test data."""
    return not {"vendor", "tests"} & set(path.parts)


def read(path: Path) -> list[tuple[int, str]]:
    """What is wrong in one file: line and name of each finding, in order."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".js":
        return sorted(search(text, IN_SCRIPTS))
    text = JINJA_COMMENT.sub(blank, text)
    found = [*search(text, IN_TEMPLATES), *find_inline_scripts(text)]
    return sorted([*found, *find_unknown_icons(text)])


def blank(comment: re.Match[str]) -> str:
    """The line breaks of a comment, so that lines keep their numbers."""
    return "\n" * comment[0].count("\n")


def search(text: str, rules: dict[str, re.Pattern[str]]) -> Iterator[tuple[int, str]]:
    """Each place where a rule matches."""
    for what, rule in rules.items():
        for found in rule.finditer(text):
            yield count_lines(text, found.start()), what


def find_inline_scripts(text: str) -> Iterator[tuple[int, str]]:
    """Each script element with code of its own; data blocks are none."""
    for found in SCRIPT.finditer(text):
        if found["code"].strip() and not DATA.search(found["attributes"]):
            yield count_lines(text, found.start()), "an inline script"


def find_unknown_icons(text: str) -> Iterator[tuple[int, str]]:
    """Each icon that the sprite will lack."""
    known = set(ICONS.read_text(encoding="utf-8").split())
    for found in ICON.finditer(text):
        if found[1] not in known:
            yield (
                count_lines(text, found.start()),
                f"{found[1]}, not in tools/icons.txt",
            )


def count_lines(text: str, position: int) -> int:
    """The line number of a position."""
    return text.count("\n", 0, position) + 1


if __name__ == "__main__":
    sys.exit(main())
