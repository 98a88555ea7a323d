"""Values of fields as one reader's language writes them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmkit.core import ContactKind, FieldType, LeadKind, Status, mark

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmkit.web.formats import Formats

YES, NO = mark("yes"), mark("no")
CHOICE_WORDS = {
    Status.OPEN.value: mark("open"),
    Status.WON.value: mark("won"),
    Status.LOST.value: mark("lost"),
    LeadKind.LEAD.value: mark("lead"),
    LeadKind.OPPORTUNITY.value: mark("opportunity"),
    ContactKind.PERSON.value: mark("person"),
    ContactKind.COMPANY.value: mark("company"),
}
"""The words for the values of the core's own choices."""


class Writer:
    """Writes values: `formats` of a language, `say` that translates into it."""

    def __init__(self, formats: Formats, say: Callable[[str], str]) -> None:
        self.formats = formats
        self.say = say

    def write(self, kind: FieldType, value: Any, currency: str = "") -> str:
        """A value of that kind; of a history it may be JSON's text of it."""
        if value is None or value in ("", [], ()):
            return ""
        written = self._number(kind, value, currency) or self._time(kind, value)
        if written is not None:
            return written
        if kind is FieldType.YES_NO:
            return self.say(YES if value else NO)
        if isinstance(value, list | tuple):
            return ", ".join(map(str, value))
        text = str(value)
        if kind is FieldType.CHOICE and text in CHOICE_WORDS:
            return self.say(CHOICE_WORDS[text])
        return text

    def _number(self, kind: FieldType, value: Any, currency: str) -> str | None:
        if kind is FieldType.MONEY and currency:
            return self.formats.money(Decimal(value), currency)
        if kind is FieldType.PERCENT:
            return self.formats.percent(Decimal(value))
        if kind in {FieldType.WHOLE, FieldType.DECIMAL, FieldType.MONEY}:
            return self.formats.number(Decimal(value))
        return None

    def _time(self, kind: FieldType, value: Any) -> str | None:
        if kind is FieldType.DATE:
            day = value if isinstance(value, date) else date.fromisoformat(value)
            return self.formats.full_day(day)
        if kind is FieldType.MOMENT:
            at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
            return self.formats.moment(at)
        return None
