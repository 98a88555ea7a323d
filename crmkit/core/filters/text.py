"""Reading a filter from its text: `probability >= 50 and owner = me`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from crmkit.core.drafts import check_text
from crmkit.core.errors import mark
from crmkit.core.filters.tree import (
    DEEPEST,
    LARGEST,
    LONGEST_LIST,
    And,
    FilterError,
    Mine,
    Node,
    Not,
    Operator,
    Or,
    Scalar,
    Test,
    Today,
    TooLargeError,
)

LONGEST = 4000
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<date>\d{4}-\d{2}-\d{2})
  | (?P<number>-?\d+(?:\.\d+)?)
  | (?P<operator><=|>=|==|!=|<>|=|<|>)
  | (?P<sign>[(),+-])
  | (?P<word>[^\W\d]\w*)
  )""",
    re.VERBOSE,
)
_KEYWORDS = frozenset({"and", "or", "not", "in", "is", "contains", "empty"})


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text and where it begins."""

    kind: str
    text: str
    position: int


def parse_filter(text: str) -> Node:
    """The tree of a filter's text. Raises FilterError, which names the position."""
    if len(text) > LONGEST:
        raise TooLargeError
    check_text({"filter": text})
    reader = _Reader(_split(text), len(text))
    node = reader.read_or(0)
    reader.expect_end()
    return node


def _split(text: str) -> list[Token]:
    tokens: list[Token] = []
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            at = position + len(text[position:]) - len(text[position:].lstrip())
            raise FilterError(
                mark("The filter stops making sense at character {at}: “{near}”."),
                at,
                near=text[at : at + 12],
            )
        kind = match.lastgroup
        tokens.append(Token(kind, match[kind], match.start(kind)))
        position = match.end()
    if len(tokens) > LARGEST * 8:
        raise TooLargeError
    return tokens


class _Reader:
    def __init__(self, tokens: list[Token], end: int) -> None:
        self.tokens = tokens
        self.end = end
        self.index = 0
        self.tests = 0

    def read_or(self, depth: int) -> Node:
        parts = [self.read_and(depth)]
        while self._take_word("or"):
            parts.append(self.read_and(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def read_and(self, depth: int) -> Node:
        parts = [self.read_not(depth)]
        while self._take_word("and"):
            parts.append(self.read_not(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def read_not(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise TooLargeError
        if self._take_word("not"):
            return Not(self.read_not(depth + 1))
        if self._take("sign", "("):
            node = self.read_or(depth + 1)
            self._need("sign", ")")
            return node
        return self._read_test()

    def expect_end(self) -> None:
        if self.index < len(self.tokens):
            raise self._wrong(self.tokens[self.index])

    def _read_test(self) -> Node:
        self.tests += 1
        if self.tests > LARGEST:
            raise TooLargeError
        name = self._next("word")
        if name.text.lower() in _KEYWORDS:
            raise self._wrong(name)
        if self._take_word("is"):
            return self._read_empty(name)
        negated = self._take_word("not")
        if self._take_word("in"):
            values = self._read_list()
            test = Test(name.text, Operator.IN, values, name.position)
        elif self._take_word("contains"):
            value = self._read_value()
            test = Test(name.text, Operator.CONTAINS, value, name.position)
        elif negated:
            raise self._wrong(name)
        else:
            sign = self._next("operator").text
            operator = Operator("!=" if sign == "<>" else sign)
            test = Test(name.text, operator, self._read_value(), name.position)
        return Not(test) if negated else test

    def _read_empty(self, name: Token) -> Node:
        negated = self._take_word("not")
        if not self._take_word("empty"):
            raise self._wrong(self._peek() or name)
        test = Test(name.text, Operator.EMPTY, None, name.position)
        return Not(test) if negated else test

    def _read_list(self) -> tuple[Scalar, ...]:
        self._need("sign", "(")
        values = [self._read_value()]
        while self._take("sign", ","):
            values.append(self._read_value())
        self._need("sign", ")")
        if len(values) > LONGEST_LIST:
            raise TooLargeError
        return tuple(values)

    def _read_value(self) -> Scalar:
        token = self._next(None)
        if token.kind == "string":
            return re.sub(r"\\(.)", r"\1", token.text[1:-1])
        if token.kind == "number":
            return Decimal(token.text)
        if token.kind == "date":
            return self._read_date(token)
        if token.kind != "word":
            raise self._wrong(token)
        return self._read_word(token)

    def _read_date(self, token: Token) -> date:
        try:
            return date.fromisoformat(token.text)
        except ValueError:
            raise FilterError(
                mark("There is no day {day} (character {at})."),
                token.position,
                day=token.text,
            ) from None

    def _read_word(self, token: Token) -> Scalar:
        word = token.text.lower()
        if word in _KEYWORDS:
            raise self._wrong(token)
        if word in {"true", "false"}:
            return word == "true"
        if word == "me":
            return Mine.ME
        if word == "my" and self._take_word("teams"):
            return Mine.MY_TEAMS
        if word == "today":
            return Today(self._read_days())
        return token.text

    def _read_days(self) -> int:
        following = self._peek()
        if following is not None and following.kind == "number":
            if not following.text.startswith("-"):
                return 0
            self.index += 1
            self._take_word("days")
            return int(Decimal(following.text))
        sign = 1 if self._take("sign", "+") else -1 if self._take("sign", "-") else 0
        if not sign:
            return 0
        count = self._next("number")
        self._take_word("days") or self._take_word("day")
        return sign * int(Decimal(count.text))

    def _peek(self) -> Token | None:
        return self.tokens[self.index] if self.index < len(self.tokens) else None

    def _take(self, kind: str, text: str) -> bool:
        token = self._peek()
        if token is None or token.kind != kind or token.text.lower() != text:
            return False
        self.index += 1
        return True

    def _take_word(self, text: str) -> bool:
        return self._take("word", text)

    def _need(self, kind: str, text: str) -> None:
        if not self._take(kind, text):
            raise self._wrong(self._peek())

    def _next(self, kind: str | None) -> Token:
        token = self._peek()
        if token is None or (kind is not None and token.kind != kind):
            raise self._wrong(token)
        self.index += 1
        return token

    def _wrong(self, token: Token | None) -> FilterError:
        if token is None:
            return FilterError(
                mark(
                    "The filter ends too early: something is missing at character {at}."
                ),
                self.end,
            )
        return FilterError(
            mark("The filter stops making sense at character {at}: “{near}”."),
            token.position,
            near=token.text,
        )
