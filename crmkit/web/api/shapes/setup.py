"""Stages, choices, teams, users, fields, plugins, health."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from crmkit.core import Chaining, FieldType, Role
from crmkit.web.api.shapes.forms import Percent, Versions
from crmkit.web.plugin_facts import HookCost


class Stage(TypedDict):
    """A step of the pipeline."""

    id: int
    version: Versions
    position: int
    name: str
    team_ids: list[int]
    probability: Percent
    is_won: bool
    requires_lost_reason: bool
    rotting_days: int | None
    mail_template_id: int | None
    guidance: str
    is_folded: bool
    archived_at: datetime | None


class Choice(TypedDict):
    """A lost reason, tag, source, medium or campaign."""

    id: int
    version: Versions
    name: str
    archived_at: datetime | None


class ActivityType(TypedDict):
    """A type of activity, and the one that is suggested or planned when one is done."""

    id: Annotated[str, Field(description="A word made of its first name; it stays.")]
    version: Versions
    name: str
    icon: str
    delay_days: int
    next_type: Annotated[str | None, Field(description="The id of another type.")]
    chaining: Chaining
    position: int
    archived_at: datetime | None


class Team(TypedDict):
    """A sales team."""

    id: int
    version: Versions
    name: str
    leader_id: int | None
    archived_at: datetime | None


class Member(TypedDict):
    """A user in a team; `capacity` is how many leads he takes in 30 days."""

    user_id: int
    version: Versions
    name: str
    capacity: int


class User(TypedDict):
    """Somebody who works here."""

    id: int
    version: Versions
    name: str
    email: str | None
    role: Role
    locale: str | None
    disabled_at: datetime | None


class Token(TypedDict):
    """A key of a script, without the key itself."""

    id: int
    user_id: int
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewToken(Token):
    """A new token with its key, which is shown once."""

    token: str


class CatalogueField(TypedDict):
    """A field of an entity, as forms, filters and imports know it.

    `id` is that of a custom field, by which it is changed; others have none.
    """

    id: int | None
    name: str
    label: str
    type: FieldType
    is_editable: bool
    is_required: bool
    is_importable: bool
    choices: list[str]


class Plugin(TypedDict):
    """A plugin that is installed, or was: how it stands, why, and what to do.

    `hooks` is what it cost in the process that answers.
    """

    id: str
    name: str
    version: str
    state: str
    summary: str
    error: str | None
    remedy: str
    trace: str
    api: int | None
    requires: list[str]
    after: list[str]
    conflicts: list[str]
    personal_data: list[str]
    hooks: list[HookCost]


class Health(TypedDict):
    """Whether the process serves."""

    status: str


class Checks(TypedDict):
    """How each check stands: ok, failed, unknown after another failed, none."""

    database: str
    migrations: str
    workers: str


class Readiness(Health):
    """Whether the process can serve, and which check failed where it cannot."""

    checks: Checks
