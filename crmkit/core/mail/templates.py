"""Templates of mails: words with places that a lead's values fill, in each language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from pydantic import Field
from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.custom.values import PREFIX, load_values
from crmkit.core.db import Base
from crmkit.core.drafts import Draft
from crmkit.core.edits import Based, apply_edit
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.events import Fact, record
from crmkit.core.field_types import FieldType
from crmkit.core.fields import fields_of
from crmkit.core.revisions import SETUP, raise_revision
from crmkit.core.settings import LOCALES
from crmkit.core.stages import Stage
from crmkit.core.tags import tags_of
from crmkit.core.teams import Team
from crmkit.core.uow import Role
from crmkit.core.users import User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from crmkit.core.events import Values
    from crmkit.core.leads import Lead
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "FilledTemplate",
    "MailTemplate",
    "MailTemplateDraft",
    "MailWords",
    "add_template",
    "archive_template",
    "edit_template",
    "fill_template",
    "get_template",
    "list_templates",
    "places_of_templates",
    "shows_lead",
]

LONGEST_SUBJECT = 250
LONGEST_TEXT = 20_000
_PLACE = re.compile(r"\{\{\s*([^{}]{1,100}?)\s*\}\}")
_BROKEN = re.compile(r"\{\{|\}\}|\{%|%\}|\{#")
_LEAD = "lead."
# Of other records a template shows the name.
_NAMED: dict[str, type[Any]] = {"owner": User, "team": Team, "stage": Stage}
_SHOWN = frozenset(FieldType) - {
    FieldType.REFERENCE,
    FieldType.CONTACT,
    FieldType.USER,
    FieldType.TEAM,
    FieldType.STAGE,
}


class MailTemplate(Base):
    """Words for a mail; `texts` holds a subject and a text for each language."""

    __tablename__ = "mail_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(120))
    texts: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class MailWords(Draft):
    """The words of a template in one language."""

    subject: str = Field(min_length=1, max_length=LONGEST_SUBJECT)
    text: str = Field(min_length=1, max_length=LONGEST_TEXT)


class MailTemplateDraft(Draft):
    """A template; `texts` has one language or more, by their codes."""

    name: str = Field(min_length=1, max_length=120)
    texts: dict[str, MailWords] = Field(
        min_length=1,
        max_length=len(LOCALES),
        examples=[{"en": {"subject": "Our offer", "text": "Here it is."}}],
    )


@dataclass(frozen=True, slots=True)
class FilledTemplate:
    """A template with a lead's values in its places."""

    language: str
    subject: str
    text: str


class UnknownPlaceError(CrmError):
    """A template names something that it cannot show."""

    def __init__(self, name: str, nearest: str) -> None:
        super().__init__(
            mark("A template cannot show “{name}”; it can show {nearest}."),
            field="text",
            name=name,
            nearest=nearest,
        )


class BrokenPlaceError(CrmError):
    """Braces that are no place."""

    def __init__(self) -> None:
        super().__init__(
            mark("Write places like {{{{ lead.name }}}}; other braces mean nothing."),
            field="text",
        )


class UnknownLanguageError(CrmError):
    """A language that crmkit does not speak."""

    def __init__(self, code: str) -> None:
        super().__init__(
            mark("“{code}” is none of the languages {known}."),
            field="texts",
            code=code,
            known=", ".join(LOCALES),
        )


def places_of_templates(uow: UnitOfWork) -> tuple[str, ...]:
    """What a template can show: fields of leads that everybody sees, and the sender."""
    fields = [
        f"{_LEAD}{name}"
        for name, field in fields_of(uow, "lead").items()
        if field.type in _SHOWN and field.lowest_role is Role.OWN and not field.computed
    ]
    return (*fields, *(f"{_LEAD}{name}" for name in _NAMED), "sender.name", "company")


def list_templates(uow: UnitOfWork) -> list[MailTemplate]:
    """The templates in use, by name."""
    query = select(MailTemplate).where(MailTemplate.archived_at.is_(None))
    return list(uow.session.scalars(query.order_by(MailTemplate.name, MailTemplate.id)))


def read_template_names(session: Session) -> tuple[tuple[int, str], ...]:
    """The templates in use as pairs of id and name, by name, for units to remember."""
    query = select(MailTemplate.id, MailTemplate.name)
    query = query.where(MailTemplate.archived_at.is_(None))
    rows = session.execute(query.order_by(MailTemplate.name, MailTemplate.id))
    return tuple((number, name) for number, name in rows)


def get_template(uow: UnitOfWork, template_id: int) -> MailTemplate:
    """The template of that id, if it is in use."""
    found = uow.session.get(MailTemplate, template_id)
    if found is None or found.archived_at is not None:
        raise NotFoundError("template", template_id)
    return found


def add_template(uow: UnitOfWork, draft: MailTemplateDraft) -> MailTemplate:
    """A new template. Only a manager may add one.

    Raises UnknownPlaceError and BrokenPlaceError where its places cannot be filled.
    """
    uow.require(Role.MANAGER)
    values = _checked(uow, draft)
    template = MailTemplate(**values, created_at=uow.now())
    uow.session.add(template)
    uow.session.flush()
    facts: Values = {"name": (None, template.name)}
    _record(uow, template, "template.created", facts)
    return template


def edit_template(
    uow: UnitOfWork,
    template: MailTemplate,
    draft: MailTemplateDraft,
    based_on: Based = None,
) -> None:
    """Give `template` the words of `draft`; raises what `add_template` does."""
    uow.require(Role.MANAGER)
    values = _checked(uow, draft)
    changed = apply_edit(uow, "mail_template", template, values, based_on)
    if changed:
        template.version += 1
        uow.session.flush()
        _record(uow, template, "template.changed", changed)


def archive_template(uow: UnitOfWork, template: MailTemplate) -> None:
    """Take a template out of use; stages that name it send nothing more."""
    uow.require(Role.MANAGER)
    template.archived_at = uow.now()
    template.version += 1
    uow.session.flush()
    _record(uow, template, "template.archived", {})


def _record(
    uow: UnitOfWork, template: MailTemplate, kind: str, changed: Values
) -> None:
    fact = Fact(kind, "mail_template", template.id, template.version, changed)
    record(uow, [fact])
    raise_revision(uow, SETUP)


def _checked(uow: UnitOfWork, draft: MailTemplateDraft) -> dict[str, Any]:
    known = places_of_templates(uow)
    for code, words in draft.texts.items():
        if code not in LOCALES:
            raise UnknownLanguageError(code)
        for text in (words.subject, words.text):
            _check_places(text, known)
    texts = {code: words.model_dump() for code, words in draft.texts.items()}
    return {"name": draft.name, "texts": texts}


def _check_places(text: str, known: tuple[str, ...]) -> None:
    for name in _PLACE.findall(text):
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.4) or known[:3]
            raise UnknownPlaceError(name, ", ".join(near))
    if _BROKEN.search(_PLACE.sub("", text)):
        raise BrokenPlaceError


def shows_lead(template: MailTemplate) -> bool:
    """Whether a template shows anything of a lead, in any of its languages."""
    texts = (text for words in template.texts.values() for text in words.values())
    return any(
        place.startswith(_LEAD) for text in texts for place in _PLACE.findall(text)
    )


def fill_template(
    uow: UnitOfWork, template: MailTemplate, lead: Lead
) -> FilledTemplate:
    """The words of a template for `lead`, in its language where there are such.

    Only values of the list of places are put in, as text: what a value holds is never
    read as a place.
    """
    wanted = (lead.language or "")[:2]
    codes = [wanted, uow.settings.locale, *LOCALES]
    code = next(one for one in codes if one in template.texts)
    filler = _Filler(uow, lead, code)
    words = template.texts[code]
    subject = " ".join(filler.fill(words["subject"]).split())
    return FilledTemplate(code, subject[:LONGEST_SUBJECT], filler.fill(words["text"]))


class _Filler:
    """Puts the values of one lead into places, in one language."""

    def __init__(self, uow: UnitOfWork, lead: Lead, code: str) -> None:
        self.uow, self.lead, self.locale = uow, lead, Locale.parse(code)
        self.known = frozenset(places_of_templates(uow))

    def fill(self, text: str) -> str:
        """`text` with its places filled; one that is known no more is left empty."""
        return _PLACE.sub(lambda place: self.value(place[1]), text)

    def value(self, name: str) -> str:
        """What stands in the place of that name."""
        if name not in self.known:
            return ""
        if name == "company":
            return self.uow.settings.company
        if name == "sender.name":
            return self.uow.actor.name
        field = name.removeprefix(_LEAD)
        if field in _NAMED:
            number = getattr(self.lead, f"{field}_id")
            found = self.uow.session.get(_NAMED[field], number) if number else None
            return str(found.name) if found is not None else ""
        return self.plain(self._of_lead(field))

    def _of_lead(self, name: str) -> Any:
        if name == "tags":
            return tags_of(self.uow, self.lead.id)
        if name.startswith(PREFIX):
            values = load_values(self.uow, "lead", [self.lead.id])[self.lead.id]
            return values.get(name.removeprefix(PREFIX))
        value = getattr(self.lead, name, None)
        kind = fields_of(self.uow, "lead")[name].type
        if kind is FieldType.MONEY and isinstance(value, Decimal):
            return format_currency(value, self.lead.currency, locale=self.locale)
        return value

    def plain(self, value: Any) -> str:
        """A value as the language writes it."""
        if value is None:
            return ""
        if isinstance(value, datetime):
            zone = self.uow.settings.zone
            return format_datetime(value, "short", tzinfo=zone, locale=self.locale)
        if isinstance(value, date):
            return format_date(value, "long", locale=self.locale)
        if isinstance(value, Decimal | int) and not isinstance(value, bool):
            return format_decimal(value, locale=self.locale)
        if isinstance(value, list | tuple):
            return ", ".join(map(str, value))
        return str(value)
