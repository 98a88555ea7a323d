"""Reading what a visitor typed: each field's text, in the type of its field."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from crmkit.core import (
    CrmError,
    Field,
    FieldType,
    check_text,
    mark,
    normalize_email,
)
from crmkit.web import read_number
from crmkit_web_forms.asking import Asked, askable, countries, longest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.datastructures import FormData

    from crmkit.core import UnitOfWork

    Raw = dict[str, str | list[str]]

PLUGIN = "web_forms"
LARGEST = Decimal(10) ** 12
_HOST = re.compile(r"[a-z0-9.-]+\.[a-z]{2,}(/\S*)?", re.IGNORECASE)
_FEWEST_DIGITS = 5
_FLAT = frozenset({FieldType.TEXT, FieldType.MAIL, FieldType.PHONE, FieldType.LINK})


class WrongAnswerError(CrmError):
    """What was typed into a field is not what it asks for."""

    plugin_id = PLUGIN


@dataclass(frozen=True, slots=True)
class Read:
    """What was sent: as it was typed, and what is wrong with it, by field."""

    raw: Raw
    errors: Mapping[str, CrmError] = field(default_factory=dict)

    def digest(self, files: Sequence[str] = ()) -> str:
        """A fingerprint of the content; `files` are those of its files."""
        text = json.dumps([self.raw, list(files)], sort_keys=True)
        return sha256(text.encode()).hexdigest()


def raw_of(asked: Sequence[Asked], form: FormData) -> Raw:
    """What was typed into the fields that are asked; anything else is dropped."""
    found: Raw = {}
    for one in asked:
        texts = [part for part in form.getlist(one.name) if isinstance(part, str)]
        kept = [text.replace("\r\n", "\n").strip() for text in texts[:50]]
        kept = [text for text in kept if text]
        if kept and one.input != "files":
            found[one.name] = kept if one.input == "ticks" else kept[0]
    return found


def read_typed(uow: UnitOfWork, asked: Sequence[Asked], raw: Raw) -> Read:
    """`raw` with what is wrong of it: what is missing, and what cannot be read."""
    errors: dict[str, CrmError] = {}
    for one in asked:
        typed = raw.get(one.name)
        if typed is None:
            if one.is_required and one.input != "files":
                errors[one.name] = WrongAnswerError(_missing(one), field=one.name)
            continue
        try:
            value_of(uow, one.field, typed)
        except CrmError as error:
            errors[one.name] = error
    return Read(raw, errors)


def _missing(asked: Asked) -> str:
    if asked.input == "tick":
        return mark("Tick this to go on.")
    return mark("Choose one.") if asked.options else mark("Fill this in.")


def values_of(uow: UnitOfWork, raw: Raw) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of `raw` by field, and the texts of fields that are there no more."""
    known = askable(uow)
    values = {
        n: value_of(uow, known[n], typed) for n, typed in raw.items() if n in known
    }
    left = {n: str(typed) for n, typed in raw.items() if n not in known}
    return values, left


def value_of(uow: UnitOfWork, field: Field, typed: str | list[str]) -> Any:
    """The value that a typed text stands for; raises WrongAnswerError."""
    if isinstance(typed, list):
        return [_choice(uow, field, one) for one in typed]
    longest = longest_of(field)
    if len(typed) > longest:
        sentence = mark("At most {most} characters.")
        raise WrongAnswerError(sentence, field=field.name, most=longest)
    check_text({field.label: typed})
    if field.type in _FLAT and "\n" in typed:
        typed = " ".join(typed.split())
    read = _READERS.get(field.type)
    return read(uow, field, typed) if read else typed


def _mail(_: UnitOfWork, field: Field, typed: str) -> str:
    if normalize_email(typed) is None:
        raise WrongAnswerError(
            mark("Write a mail address like name@example.org."), field=field.name
        )
    return typed


def _phone(_: UnitOfWork, field: Field, typed: str) -> str:
    digits = sum(sign.isdigit() for sign in typed)
    if digits < _FEWEST_DIGITS or not re.fullmatch(r"[\d\s()+./x#-]+", typed):
        raise WrongAnswerError(
            mark("Write a telephone number like +33 1 23 45 67 89."), field=field.name
        )
    return typed


def _link(_: UnitOfWork, field: Field, typed: str) -> str:
    if _HOST.fullmatch(typed):
        return f"https://{typed}"
    if not re.fullmatch(r"https?://[^\s/]+\S*", typed, re.IGNORECASE):
        raise WrongAnswerError(
            mark("Write an address like https://example.org."), field=field.name
        )
    return typed


def _whole(_: UnitOfWork, field: Field, typed: str) -> int:
    tight = re.sub(r"[\s\u202f\u00a0]", "", typed)
    if not re.fullmatch(r"-?[0-9]{1,15}", tight):
        raise WrongAnswerError(mark("Write a whole number."), field=field.name)
    return int(tight)


def _number(uow: UnitOfWork, field: Field, typed: str) -> Decimal:
    number = read_number(typed, uow.actor.locale)
    if not isinstance(number, Decimal) or not number.is_finite():
        raise WrongAnswerError(mark("Write a number."), field=field.name)
    is_share = field.type is FieldType.PERCENT
    least = Decimal(0) if is_share or not field.is_custom else -LARGEST
    most = Decimal(100) if is_share else LARGEST
    if not least <= number <= most:
        raise WrongAnswerError(
            mark("Between {least} and {most}."),
            field=field.name,
            least=int(least),
            most=int(most),
        )
    return number.quantize(Decimal("0.01"))


def _day(_: UnitOfWork, field: Field, typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise WrongAnswerError(
            mark("Write a day like 2026-12-31."), field=field.name
        ) from None


def _moment(uow: UnitOfWork, field: Field, typed: str) -> datetime:
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        raise WrongAnswerError(
            mark("Write a day and a time like 2026-12-31 16:00."), field=field.name
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=uow.settings.zone)


def _choice(_: UnitOfWork, field: Field, typed: str) -> str:
    if typed not in field.choices:
        raise WrongAnswerError(mark("Choose one of the list."), field=field.name)
    return typed


def _country(uow: UnitOfWork, field: Field, typed: str) -> str:
    if typed not in countries(uow.actor.locale):
        raise WrongAnswerError(mark("Choose one of the list."), field=field.name)
    return typed


def _yes(_: UnitOfWork, field: Field, typed: str) -> bool:
    del field, typed
    return True


_READERS: Mapping[FieldType, Callable[[UnitOfWork, Field, str], Any]] = {
    FieldType.MAIL: _mail,
    FieldType.PHONE: _phone,
    FieldType.LINK: _link,
    FieldType.WHOLE: _whole,
    FieldType.DECIMAL: _number,
    FieldType.MONEY: _number,
    FieldType.PERCENT: _number,
    FieldType.DATE: _day,
    FieldType.MOMENT: _moment,
    FieldType.CHOICE: _choice,
    FieldType.COUNTRY: _country,
    FieldType.YES_NO: _yes,
}
