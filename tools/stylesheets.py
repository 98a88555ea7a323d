"""Cuts a style sheet down to the classes that pages use."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

_NOTES = re.compile(r"/\*.*?\*/", re.DOTALL)
_QUOTED = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""")
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_NEGATED = re.compile(r":not\((?:[^()]|\([^()]*\))*\)")
_OPENED = re.compile(r"[^{};]*\{")
_COMMA = re.compile(r",(?![^()]*\))")
_OWN = re.compile(r"(--[\w-]+)\s*:")
_READ = re.compile(r"var\(\s*(--[\w-]+)")
_GROUPS = ("@media", "@supports", "@container", "@layer")


@dataclass(frozen=True, slots=True)
class Rule:
    """A head with what stands in its braces: declarations, or rules of a group."""

    head: str
    declarations: tuple[str, ...] = ()
    rules: tuple["Rule", ...] = ()


def keep_classes(css: str, classes: AbstractSet[str]) -> str:
    """The rules of `css` that an element with no other than these classes can match.

    Elements, attributes and states count for nothing: what names no class stays.
    Properties of its own stay where something that stays reads them, animations where
    something plays them. A rule without braces, as @import is, is not taken.
    """
    hidden: list[str] = []

    def hide(found: re.Match[str]) -> str:
        hidden.append(found[0])
        return f"\x00{len(hidden) - 1}\x00"

    rules = list(_parse(_QUOTED.sub(hide, _NOTES.sub("", css))))
    kept = _drop_unread(list(_keep(rules, classes)))
    text = "".join(map(_write, kept))
    return re.sub(r"\x00(\d+)\x00", lambda found: hidden[int(found[1])], text)


def _parse(css: str) -> Iterator[Rule]:
    at = 0
    while opened := _OPENED.search(css, at):
        depth, end = 1, opened.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        head, body = opened[0][:-1].strip(), css[opened.end() : end - 1]
        if head.startswith(_GROUPS):
            yield Rule(head, rules=tuple(_parse(body)))
        elif head.startswith("@"):
            yield Rule(head, (body.strip(),))
        else:
            parts = (part.strip() for part in _split(body))
            yield Rule(head, tuple(part for part in parts if part))
        at = end


def _split(body: str) -> Iterator[str]:
    """The declarations of a rule; a semicolon in brackets, as of data:, is none."""
    depth, start = 0, 0
    for place, sign in enumerate(body):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == ";" and not depth:
            yield body[start:place]
            start = place + 1
    yield body[start:]


def _keep(rules: list[Rule], classes: AbstractSet[str]) -> Iterator[Rule]:
    for rule in rules:
        if rule.rules:
            if inner := tuple(_keep(list(rule.rules), classes)):
                yield Rule(rule.head, rules=inner)
        elif rule.head.startswith("@"):
            yield rule
        else:
            heads = [one for one in _COMMA.split(rule.head) if _fits(one, classes)]
            if heads and rule.declarations:
                yield Rule(",".join(heads), rule.declarations)


def _fits(selector: str, classes: AbstractSet[str]) -> bool:
    """Whether the selector asks for no class but these; what it excludes is free."""
    return set(_CLASS.findall(_NEGATED.sub("", selector))) <= classes


def _drop_unread(rules: list[Rule]) -> list[Rule]:
    """The rules without properties of their own that nothing reads any more."""
    while True:
        text = "".join(map(_write, rules))
        read = set(_READ.findall(text))
        left = [rule for one in rules if (rule := _without(one, read, text))]
        if left == rules:
            return rules
        rules = left


def _without(rule: Rule, read: AbstractSet[str], text: str) -> Rule | None:
    if rule.rules:
        inner = [one for each in rule.rules if (one := _without(each, read, text))]
        return Rule(rule.head, rules=tuple(inner)) if inner else None
    if rule.head.startswith("@"):
        name = rule.head.split()[-1]
        played = re.search(rf"animation[\w-]*:[^;}}]*\b{re.escape(name)}\b", text)
        is_idle = "keyframes" in rule.head and not played
        return None if is_idle else rule
    left = tuple(
        one
        for one in rule.declarations
        if not (own := _OWN.match(one)) or own[1] in read
    )
    return Rule(rule.head, left) if left else None


def _write(rule: Rule) -> str:
    inner = "".join(map(_write, rule.rules)) or ";".join(rule.declarations)
    return f"{rule.head}{{{inner}}}\n"
