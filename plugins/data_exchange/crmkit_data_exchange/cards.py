"""vCard files of any version, as a table with one row for each card."""

from __future__ import annotations

import codecs
import quopri
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

COLUMNS = (
    "Full name",
    "Kind",
    "Company",
    "Job title",
    "Email",
    "Other email",
    "Phone",
    "Other phone",
    "Street",
    "Street 2",
    "City",
    "State",
    "Zip",
    "Country",
    "Website",
    "Language",
    "Birthday",
    "Categories",
    "Notes",
)
_BREAK = re.compile(r"\r\n|\r|\n")
_LINE = re.compile(r'(?:[\w-]+\.)?([\w-]+)((?:;(?:"[^"]*"|[^":;])*)*):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';((?:"[^"]*"|[^";])*)')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PARTS = re.compile(r"(?<!\\);")
_QUOTED = "QUOTED-PRINTABLE"
_ADDRESS = ("Street 2", "Street", "City", "State", "Zip", "Country")
_FAXES = frozenset({"FAX", "PAGER"})


@dataclass(frozen=True, slots=True)
class Property:
    """A line of a card: name and marks in capitals, and its value as it stands."""

    name: str
    marks: frozenset[str]
    value: str

    @property
    def rank(self) -> int:
        """What is preferred comes first, then what is for work."""
        if self.marks & {"PREF", "PREF=1", "TYPE=PREF"}:
            return 0
        return 1 if self.marks & {"WORK", "TYPE=WORK"} else 2

    def parts(self) -> list[str]:
        """The value at its semicolons, each part as text."""
        return [_unescape(part) for part in _PARTS.split(self.value)]

    def text(self) -> str:
        """The whole value as text."""
        return _unescape(self.value)


@dataclass(slots=True)
class Card:
    """One card: all that it says of each name, what is preferred first."""

    properties: dict[str, list[Property]] = field(default_factory=dict)

    def all(self, name: str) -> list[Property]:
        """The properties of a name that say something."""
        found = [one for one in self.properties.get(name, []) if one.value.strip(";")]
        return sorted(found, key=lambda one: one.rank)

    def first(self, *names: str) -> str:
        """The text of the first of these that says something, else ""."""
        return next((one.text() for name in names for one in self.all(name)), "")


def read_cards(text: str) -> tuple[list[str], Iterator[list[str]]]:
    """The columns that the cards fill, and the rows, one for each card."""
    filled = {name for card in _list_cards(text) for name, cell in card.items() if cell}
    # Every card has a kind; one that tells nothing else tells nothing.
    columns = [name for name in COLUMNS if name in filled] if len(filled) > 1 else []
    rows = ([card[name] for name in columns] for card in _list_cards(text))
    return columns, rows


def _list_cards(text: str) -> Iterator[dict[str, str]]:
    depth, card = 0, Card()
    for one in _list_properties(text):
        value = one.value.strip().upper()
        if one.name == "BEGIN" and value == "VCARD":
            depth += 1
            card = Card() if depth == 1 else card
        elif one.name == "END" and value == "VCARD":
            if depth == 1:
                yield _describe(card)
            depth = max(0, depth - 1)
        elif depth == 1:
            card.properties.setdefault(one.name, []).append(one)
    if depth == 1 and card.properties:
        yield _describe(card)  # a file that was cut off still tells what it has


def _list_properties(text: str) -> Iterator[Property]:
    for line in _unfold(_BREAK.split(text)):
        found = _LINE.fullmatch(line)
        if found:
            yield _read_property(*found.groups())


def _unfold(lines: Iterable[str]) -> Iterator[str]:
    """Whole lines: those that a blank, or a "=" of quoted-printable, went on with."""
    whole: list[str] = []
    is_open = False
    for line in lines:
        if is_open and not line.startswith((" ", "\t")):
            whole.append("\n" + line)
        elif whole and line[:1] in (" ", "\t"):
            whole.append(line[1:])
        else:
            if whole:
                yield "".join(whole)
            whole = [line]
        is_quoted = _QUOTED in whole[0][:200].upper()
        is_open = is_quoted and line.endswith("=")
    if whole:
        yield "".join(whole)


def _read_property(name: str, parameters: str, value: str) -> Property:
    marks = set()
    for parameter in _PARAMETER.findall(parameters):
        key, _, listed = parameter.upper().replace('"', "").rpartition("=")
        marks |= {f"{key}={mark}" if key else mark for mark in listed.split(",")}
    if marks & {_QUOTED, f"ENCODING={_QUOTED}"}:
        value = _unquote(value, marks)
    return Property(name.upper(), frozenset(marks), value)


def _unquote(value: str, marks: set[str]) -> str:
    named = [mark.removeprefix("CHARSET=") for mark in marks if "CHARSET=" in mark]
    data = quopri.decodestring(value.encode("utf-8", "replace"))
    for encoding in [*named, "utf-8"]:
        try:
            return data.decode(codecs.lookup(encoding).name)
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")


def _unescape(text: str) -> str:
    plain = _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], text)
    return plain.replace("\r\n", "\n").strip()


def _describe(card: Card) -> dict[str, str]:
    """A card's cells by column."""
    company, *_ = [one.parts()[0] for one in card.all("ORG")] or [""]
    name = card.first("FN") or _join_name(card.all("N")) or company
    is_company = bool(company) and name in ("", company)
    is_company |= card.first("KIND").lower() == "org"
    is_company |= card.first("X-ABSHOWAS").upper() == "COMPANY"
    mails = [one.text().removeprefix("mailto:") for one in card.all("EMAIL")]
    phones = [
        one.text().removeprefix("tel:") for one in card.all("TEL") if _is_talk(one)
    ]
    return {
        "Full name": name or (mails or [""])[0],
        "Kind": "company" if is_company else "person",
        "Company": "" if is_company else company,
        "Job title": card.first("TITLE", "ROLE"),
        **_spread("email", mails),
        **_spread("phone", phones),
        **_read_address(card.all("ADR")),
        "Website": card.first("URL"),
        "Language": card.first("LANG"),
        "Birthday": card.first("BDAY"),
        "Categories": card.first("CATEGORIES"),
        "Notes": card.first("NOTE"),
    }


def _join_name(names: Sequence[Property]) -> str:
    """Given, additional and family name; a card has them the other way round."""
    family, given, more = ([*names[0].parts(), "", ""] if names else ["", "", ""])[:3]
    return " ".join(part for part in (given, more, family) if part)


def _is_talk(phone: Property) -> bool:
    return not {mark.removeprefix("TYPE=") for mark in phone.marks} & _FAXES


def _spread(kind: str, found: Sequence[str]) -> dict[str, str]:
    """The first one, and the others together."""
    first, *others = dict.fromkeys(found) or [""]
    return {kind.capitalize(): first, f"Other {kind}": ", ".join(others)}


def _read_address(addresses: Sequence[Property]) -> dict[str, str]:
    parts = addresses[0].parts()[1:] if addresses else []
    cells = dict.fromkeys(_ADDRESS, "") | dict(zip(_ADDRESS, parts, strict=False))
    cells = {name: " ".join(cell.split()) for name, cell in cells.items()}
    if not cells["Street"]:
        cells["Street"], cells["Street 2"] = cells["Street 2"], ""
    return cells
