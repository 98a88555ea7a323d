"""What a form can ask: fields of the catalogue, a message, files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from babel import Locale
from sqlalchemy import select

from crmkit.core import Field, FieldType, LeadDraft, fields_of, mark
from crmkit_web_forms.tables import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmkit.core import UnitOfWork

    Say = Callable[[str], str]

MESSAGE, FILES = "message", "files"
LONGEST_MESSAGE = 15_000
_LONGEST = {FieldType.TEXT: 500, FieldType.LONG_TEXT: LONGEST_MESSAGE}
_OWN = (
    "name",
    "contact_name",
    "company_name",
    "email",
    "phone",
    "website",
    "street",
    "street2",
    "zip",
    "city",
    "state",
    "country",
    "expected_revenue",
    "expected_close",
)
_COMPLETIONS = {
    "contact_name": "name",
    "company_name": "organization",
    "email": "email",
    "phone": "tel",
    "website": "url",
    "street": "address-line1",
    "street2": "address-line2",
    "zip": "postal-code",
    "city": "address-level2",
    "state": "address-level1",
    "country": "country",
}
_INTERNAL = frozenset({FieldType.USER, FieldType.CONTACT})
_EXTRA: Mapping[str, Field] = {
    MESSAGE: Field(MESSAGE, mark("Message"), FieldType.LONG_TEXT, None),
    FILES: Field(FILES, mark("Files"), FieldType.TEXT, None),
}
_INPUTS = {
    FieldType.LONG_TEXT: "area",
    FieldType.MAIL: "email",
    FieldType.PHONE: "tel",
    FieldType.LINK: "url",
    FieldType.DATE: "date",
    FieldType.MOMENT: "datetime-local",
    FieldType.YES_NO: "tick",
    FieldType.CHOICE: "select",
    FieldType.COUNTRY: "select",
    FieldType.CHOICES: "ticks",
}
_MODES = {
    FieldType.WHOLE: "numeric",
    FieldType.DECIMAL: "decimal",
    FieldType.MONEY: "decimal",
    FieldType.PERCENT: "decimal",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A field as a form asks it, in the visitor's language.

    `input` is how it is drawn: the type of an input, or area, select, tick, ticks,
    files. `options` are pairs of value and label.
    """

    field: Field
    label: str
    help: str
    is_required: bool
    input: str
    longest: int
    options: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """The name that it is sent under."""
        return self.field.name

    @property
    def autocomplete(self) -> str:
        """What a browser may fill in by itself."""
        return "off" if self.field.is_custom else _COMPLETIONS.get(self.name, "off")

    @property
    def mode(self) -> str:
        """The keyboard that a phone shows, "" for its usual one."""
        return _MODES.get(self.field.type, "")


def askable(uow: UnitOfWork) -> dict[str, Field]:
    """Every field that a form may ask, by name.

    Who owns a lead, or where it stands, no stranger says.
    """
    known = fields_of(uow, "lead")
    own = {name: known[name] for name in _OWN}
    custom = {
        name: field
        for name, field in known.items()
        if field.is_custom and field.is_editable and field.type not in _INTERNAL
    }
    return own | dict(_EXTRA) | custom


def forms_asking(uow: UnitOfWork, name: str) -> list[str]:
    """The titles of the forms that ask a field."""
    rows = uow.session.execute(select(Form.title, Form.fields).order_by(Form.title))
    return [title for title, own in rows if name in {line["name"] for line in own}]


def asked_by(uow: UnitOfWork, form: Form, say: Say) -> list[Asked]:
    """The fields of `form` in its order; those that are gone are left out."""
    known = askable(uow)
    locale = uow.actor.locale
    return [
        _asked(known[line["name"]], line, locale, say)
        for line in form.fields
        if line["name"] in known and (line["name"] != FILES or form.most_files)
    ]


def _asked(field: Field, line: Mapping[str, Any], locale: str, say: Say) -> Asked:
    is_files = field.name == FILES and not field.is_custom
    return Asked(
        field,
        said_in(line["label"], locale) or say(field.label),
        said_in(line["help"], locale) or field.help,
        line["is_required"] or field.is_required,
        "files" if is_files else _INPUTS.get(field.type, "text"),
        longest_of(field),
        _options(field, locale),
    )


def said_in(texts: Mapping[str, str], locale: str) -> str:
    """The text of a language, else of the first that has one; "" for none."""
    return texts.get(locale) or next((text for text in texts.values() if text), "")


def longest_of(field: Field) -> int:
    """How many characters an answer to the field may have."""
    known = None if field.is_custom else LeadDraft.model_fields.get(field.name)
    limits = known.metadata if known is not None else []
    own = [most for one in limits if (most := getattr(one, "max_length", None))]
    return own[0] if own else _LONGEST.get(field.type, 500)


def _options(field: Field, locale: str) -> tuple[tuple[str, str], ...]:
    if field.type is FieldType.COUNTRY:
        return tuple(sorted(countries(locale).items(), key=lambda pair: pair[1]))
    return tuple((one, one) for one in field.choices)


def countries(locale: str) -> dict[str, str]:
    """The names of countries in a language, by their code."""
    names = Locale.parse(locale).territories
    return {
        code: name
        for code, name in names.items()
        if len(code) == len("FR") and code.isalpha() and code not in _NO_COUNTRIES
    }


_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"})
