"""What a lead's page shows: the way through the stages, facts, timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crmkit.core import (
    Campaign,
    Contact,
    FieldType,
    Lead,
    LostReason,
    Medium,
    Source,
    Stage,
    Status,
    Team,
    UnitOfWork,
    User,
    arranged,
    days_in_stages,
    fields_of,
    is_stage_of,
    list_users,
    load_values,
    mark,
    read_around,
    read_values,
    visible_contacts,
)
from crmkit.web.answers import sentence, templates_of
from crmkit.web.pages.values import Writer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from starlette.requests import Request

    from crmkit.core import Around, KnownStage

OPPORTUNITY = mark("Opportunity")
CONTACT = mark("Contact")
ADDRESS = mark("Address")
CLOSING = mark("Closing")
MORE = mark("More")
_GROUPS = (
    (
        OPPORTUNITY,
        (
            "owner team expected_revenue probability expected_close priority tags "
            "source medium campaign"
        ),
    ),
    (CONTACT, "company_name contact_name email phone website language"),
    (ADDRESS, "street street2 zip city state country"),
)
_CLOSED = (CLOSING, "status lost_reason lost_note closed_at")
TYPES = {
    FieldType.LONG_TEXT: "text_long",
    FieldType.WHOLE: "integer",
    FieldType.MOMENT: "datetime",
    FieldType.MAIL: "email",
    FieldType.LINK: "url",
    FieldType.YES_NO: "boolean",
}
_NAMED: dict[str, type[Any]] = {
    "owner": User,
    "team": Team,
    "source": Source,
    "medium": Medium,
    "campaign": Campaign,
    "lost_reason": LostReason,
    "stage": Stage,
}
RECORDS: dict[FieldType, type[Any]] = {
    FieldType.USER: User,
    FieldType.CONTACT: Contact,
}
# Values of an event that only follow from others say nothing of their own.
SILENT = frozenset(
    (
        "probability_is_manual closed_at status archived_at deleted_at activity_id "
        "entry_id due_on summary currency kind name_folded"
    ).split()
)


@dataclass(frozen=True, slots=True)
class PathStep:
    """A stage on the way of a lead, and the days that it spent there."""

    stage_id: int
    name: str
    probability: Decimal
    is_won: bool
    days: int | None
    is_past: bool
    is_current: bool
    is_rotting: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """A field of a record with its value, plain and as it is shown."""

    name: str
    label: str
    type: str
    value: object
    text: str
    is_editable: bool


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Facts that belong together."""

    label: str
    facts: tuple[Fact, ...]


class Shower:
    """Shows one lead to one actor, in his language."""

    def __init__(
        self,
        request: Request,
        uow: UnitOfWork,
        lead: Lead,
        around: Around | None = None,
    ) -> None:
        self.request = request
        self.uow = uow
        self.lead = lead
        self.stages = uow.catalogue.stages
        self.around = around or read_around(uow, lead)
        self.names: dict[tuple[type[Any], int], str] = {
            (Stage, stage.id): stage.name for stage in self.stages
        }
        self.tags = self.around.tags
        for field, name in self.around.called.items():
            self.names[_NAMED[field], getattr(lead, f"{field}_id")] = name
        self.custom = load_values(uow, "lead", [lead.id])[lead.id]
        related = [f.name for f in fields_of(uow, "lead").values() if f.is_related]
        if related:
            self.custom |= read_values(uow, "lead", related, [lead.id])[lead.id]

    def know_people(self, users: Sequence[User]) -> None:
        """Name `users` without asking the database for each."""
        self.names.update({(User, user.id): user.name for user in users})

    def path(self) -> tuple[PathStep, ...]:
        """The stages of the lead's team, with days spent where it stood."""
        lead, spent = self.lead, days_in_stages(self.uow, self.lead)
        own = [s for s in self.stages if is_stage_of(s, lead.team_id)]
        current = next((s for s in own if s.id == lead.stage_id), None)
        position = current.position if current else 0
        return tuple(
            PathStep(
                stage.id,
                stage.name,
                stage.probability,
                stage.is_won,
                int(spent[stage.id]) if stage.id in spent else None,
                stage.position < position,
                stage.id == lead.stage_id,
                _is_rotting(self.uow, lead, stage),
            )
            for stage in own
        )

    def facts(self) -> tuple[FactGroup, ...]:
        """The fields in their groups."""
        groups: tuple[tuple[str, str], ...] = _GROUPS
        if self.lead.status is not Status.OPEN:
            groups = (_CLOSED, *groups)
        own = tuple(
            FactGroup(self.say(label), tuple(self.fact(name) for name in names.split()))
            for label, names in groups
        )
        return (*own, *self._custom_groups())

    def _custom_groups(self) -> tuple[FactGroup, ...]:
        """The custom fields, where a plugin arranges them, and the rest."""
        known, team_id = fields_of(self.uow, "lead").values(), self.lead.team_id
        custom = [f.name for f in known if f.is_custom and f.is_of(team_id)]
        if not custom:
            return ()
        groups = arranged(self.uow, "lead", team_id, custom)
        return tuple(
            FactGroup(
                group.label or self.say(MORE),
                tuple(self.fact(name) for name in group.fields),
            )
            for group in groups
        )

    def fact(self, name: str) -> Fact:
        """One field with its value."""
        field = fields_of(self.uow, "lead")[name]
        value = self.value(name)
        is_editable = field.is_editable and name != "stage"
        if name == "probability":
            is_editable = self.lead.status is Status.OPEN
        kind = TYPES.get(field.type, field.type.value)
        if field.type is FieldType.REFERENCE:
            kind = "text"
        return Fact(
            name,
            self.say(field.label),
            kind,
            value,
            self.text(name, value),
            is_editable,
        )

    def value(self, name: str) -> Any:
        """A field's value: of a record its id, of tags their names."""
        if name == "tags":
            return self.tags
        column = f"{name}_id" if name in _NAMED else name
        if fields_of(self.uow, "lead")[name].is_custom:
            return self.custom.get(name)
        return getattr(self.lead, column)

    def text(self, name: str, value: Any) -> str:
        """A value of a field as the actor reads it."""
        if value in (None, "", [], ()):
            return ""
        name = name.removesuffix("_id").removeprefix("custom.")
        if name in _NAMED and isinstance(value, int):
            return self._name(_NAMED[name], value)
        return self._plain(name, value)

    def _plain(self, name: str, value: Any) -> str:
        formats = templates_of(self.request).formats(self.uow.actor.locale)
        field = fields_of(self.uow, "lead").get(name)
        kind = field.type if field else FieldType.TEXT
        if kind in RECORDS and isinstance(value, int):
            return self._name(RECORDS[kind], value)
        return Writer(formats, self.say).write(kind, value, self.lead.currency)

    def _name(self, noun: type[Any], record_id: int) -> str:
        key = (noun, record_id)
        if key not in self.names and noun is User:
            self.know_people(list_users(self.uow))
        if key not in self.names:
            query = select(noun.name).where(noun.id == record_id)
            if noun is Contact:  # the lead's own is known; others may not be seen
                query = query.where(visible_contacts(self.uow))
            self.names[key] = self.uow.run(query).scalar() or f"#{record_id}"
        return self.names[key]

    def known_fields(self) -> frozenset[str]:
        """The names of the fields that an event's values can be shown as."""
        return frozenset(fields_of(self.uow, "lead")) - SILENT

    def say(self, text: str) -> str:
        """`text` in the actor's language."""
        return sentence(self.request, self.uow, text)


def _is_rotting(uow: UnitOfWork, lead: Lead, stage: KnownStage) -> bool:
    if stage.id != lead.stage_id or lead.status is not Status.OPEN:
        return False
    days = (uow.now() - lead.stage_entered_at).days
    return stage.rotting_days is not None and days > stage.rotting_days
