"""The values of a contact in its page, and editing them one at a time."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    Contact,
    CrmError,
    Event,
    FieldType,
    StaleError,
    UnitOfWork,
    UnknownFieldError,
    User,
    arranged,
    edit_contact,
    fields_of,
    find_field,
    get_contact,
    load_values,
    mark,
    read_values,
    visible_contacts,
)
from crmkit.web.answers import page, sentence, templates_of
from crmkit.web.pages.blanks import Blank
from crmkit.web.pages.inputs import changes_of, column_of, options_of, typed_of
from crmkit.web.pages.shown import MORE, RECORDS, TYPES, Fact, FactGroup
from crmkit.web.pages.values import Writer
from crmkit.web.sentences import field_errors
from crmkit.web.work import work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import Field as Described

routes = APIRouter(include_in_schema=False)

SAVED = mark("{label} saved")
SAME = mark("{label} is as it was")
_GROUPS = (
    (mark("Contact"), "name email phone website language owner"),
    (mark("Company"), "company industry employees vat"),
    (mark("Address"), "street street2 zip city state country"),
)


class ContactFactForm(BaseModel):
    """A value as it was typed or ticked, and the version that it was typed over."""

    value: str = ""
    picked: list[str] = Field(default_factory=list)
    version: Blank = None


class ContactFacts:
    """The fields of a contact as its page shows them to the actor."""

    def __init__(self, request: Request, uow: UnitOfWork, contact: Contact) -> None:
        self.request, self.uow, self.contact = request, uow, contact
        self.fields = fields_of(uow, "contact")
        self.custom = load_values(uow, "contact", [contact.id])[contact.id]
        related = [one.name for one in self.fields.values() if one.is_related]
        if related:
            self.custom |= read_values(uow, "contact", related, [contact.id])[
                contact.id
            ]

    def groups(self) -> tuple[FactGroup, ...]:
        """The fields in their groups, one's own last."""
        named: list[tuple[str, Sequence[str]]]
        named = [(self.say(label), names.split()) for label, names in _GROUPS]
        own = [one.name for one in self.fields.values() if one.is_custom]
        if own:
            arrangement = arranged(self.uow, "contact", None, own)
            named += [(one.label or self.say(MORE), one.fields) for one in arrangement]
        return tuple(
            FactGroup(label, tuple(self.fact(name) for name in names))
            for label, names in named
        )

    def find(self, name: str) -> Described:
        """The field of that name. Raises UnknownFieldError where one edits none."""
        field = find_field(self.uow, "contact", name)
        if not field.is_editable or field.is_related or name == "kind":
            raise UnknownFieldError(name)
        return field

    def fact(self, name: str) -> Fact:
        """One field with its value."""
        field = self.fields[name]
        kind = TYPES.get(field.type, field.type.value)
        if field.type is FieldType.REFERENCE:
            kind = "text"
        value = self.value(field)
        text = self.text(field, value)
        is_editable = field.is_editable and not field.is_related
        return Fact(name, self.say(field.label), kind, value, text, is_editable)

    def value(self, field: Described) -> Any:
        """A field's value: of a record its id."""
        if field.is_custom:
            return self.custom.get(field.name)
        return getattr(self.contact, column_of(field))

    def text(self, field: Described, value: Any) -> str:
        """A value of a field as the actor reads it."""
        if value in (None, "", [], ()):
            return ""
        noun = RECORDS.get(field.type)
        if noun is not None:
            query = select(noun.name).where(noun.id == value)
            if noun is Contact:
                query = query.where(visible_contacts(self.uow))
            return self.uow.session.scalar(query) or f"#{value}"
        labels = {str(choice): label for choice, label in self.options(field) if choice}
        formats = templates_of(self.request).formats(self.uow.actor.locale)
        written = Writer(formats, self.say).write(field.type, value)
        return labels.get(str(value).lower(), labels.get(str(value), written))

    def typed(self, field: Described) -> str:
        """The value as one would type it."""
        value = self.value(field)
        if field.type is FieldType.CONTACT:
            return self.text(field, value)
        return typed_of(value, self.uow.settings.zone)

    def options(self, field: Described) -> list[tuple[object, str]]:
        """What one chooses the value from; empty where one types."""
        return options_of(self.uow, field, self.say)

    def say(self, text: str) -> str:
        """`text` in the actor's language."""
        return sentence(self.request, self.uow, text)


def _form(
    facts: ContactFacts, field: Described, typed: str, error: str = ""
) -> Response:
    return page(
        facts.request,
        facts.uow,
        "lead/_fact_form.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        record=facts.contact,
        fields_at=f"/contacts/{facts.contact.id}/fields",
        fact=facts.fact(field.name),
        value=typed,
        options=facts.options(field),
        currencies=[],
        error=error,
        place=f"#fact-{field.name}",
        kept={},
    )


@routes.get("/contacts/{contact_id}/fields/{name}")
def show_form(request: Request, contact_id: int, name: str) -> Response:
    """The form of one value."""
    with work(request) as uow:
        facts = ContactFacts(request, uow, get_contact(uow, contact_id))
        field = facts.find(name)
        return _form(facts, field, facts.typed(field))


@routes.post("/contacts/{contact_id}/fields/{name}")
def save(
    request: Request,
    contact_id: int,
    name: str,
    form: Annotated[ContactFactForm, Form()],
) -> Response:
    """Keep one value; or say what is wrong with it, or who changed it meanwhile."""
    with work(request) as uow:
        facts = ContactFacts(request, uow, get_contact(uow, contact_id))
        field, contact = facts.find(name), facts.contact
        before = contact.version
        try:
            with uow.session.begin_nested():
                changes = changes_of(uow, field, form.picked or form.value)
                edit_contact(uow, contact, changes, form.version)
        except ValidationError as error:
            found = field_errors(error.errors(), facts.say)
            return _form(facts, field, form.value, found[0]["message"])
        except StaleError as error:
            return _conflict(facts, field, form, error)
        except CrmError as error:
            return _form(facts, field, form.value, error.text(facts.say))
        is_same = contact.version == before
        facts = ContactFacts(request, uow, contact)
        fact = facts.fact(name)
        return page(
            request,
            uow,
            "contacts/_saved.html",
            contact=contact,
            fields_at=f"/contacts/{contact.id}/fields",
            fact=fact,
            sentence=facts.say(SAME if is_same else SAVED).format(label=fact.label),
            change_id="" if is_same else uow.change_id,
        )


def _conflict(
    facts: ContactFacts, field: Described, form: ContactFactForm, error: StaleError
) -> Response:
    """Both values, to choose from; nothing is saved before."""
    uow, contact = facts.uow, facts.contact
    uow.session.refresh(contact)
    facts = ContactFacts(facts.request, uow, contact)
    key = f"custom.{field.name}" if field.is_custom else column_of(field)
    since = [
        (event, who)
        for event, who in uow.session.execute(
            select(Event, User.name)
            .outerjoin(User, User.id == Event.actor_id)
            .where(
                Event.entity == "contact",
                Event.record_id == contact.id,
                Event.version > (form.version or 0),
            )
            .order_by(Event.id)
        )
        if key in event.values
    ]
    last, who = since[-1]
    fact = facts.fact(field.name)
    return page(
        facts.request,
        uow,
        "lead/_conflict.html",
        HTTPStatus.CONFLICT,
        record=contact,
        fields_at=f"/contacts/{contact.id}/fields",
        fact=fact,
        mine=", ".join(form.picked) or form.value,
        mine_text=facts.text(field, next(iter(error.mine.values()))),
        theirs=facts.typed(field),
        theirs_text=fact.text,
        base_text=facts.text(field, since[0][0].values[key][0]),
        their_name=who or "crmkit",
        their_at=last.at,
        others=[],
        currency="",
        kept={},
    )
