"""What a custom field is: as units know it, and as it comes through a door."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from crmkit.core.custom.slugs import SLUG
from crmkit.core.drafts import Draft, RecordId
from crmkit.core.field_types import FieldType
from crmkit.core.uow import Role


@dataclass(frozen=True, slots=True)
class Definition:
    """What units know of a custom field without asking the database again."""

    id: int
    entity: str
    slug: str
    label: str
    help: str
    type: FieldType
    choices: tuple[str, ...]
    is_required: bool
    is_indexed: bool
    lowest_role: Role
    plugin_id: str | None
    is_unique: bool = False
    is_searched: bool = False
    default: Any = field(default=None, compare=False)
    source: str = ""
    team_ids: tuple[int, ...] = ()


Slug = Annotated[str, StringConstraints(pattern=f"^{SLUG.pattern}$")]
ChoiceName = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class CustomFieldDraft(Draft):
    """A new field. Its slug is how filters, files and scripts call it, for ever.

    `lowest_role` is the lowest role that sees the field. `choices` belong to the
    types choice and choices alone, `source` to the type related alone: the path to
    what it shows, as `contact.industry` or `contact.company.city`. A new record that
    is given no value takes `default`. No two records have the same value where it
    `is_unique`; words of it find the record where it `is_searched`. With `team_ids`
    only leads of these teams show it in their form, and need it.
    """

    entity: Literal["lead", "contact"] = "lead"
    slug: Slug
    label: str = Field(min_length=1, max_length=120)
    type: FieldType = FieldType.TEXT
    help: str = Field(default="", max_length=500)
    choices: tuple[ChoiceName, ...] = Field(default=(), max_length=500)
    is_required: bool = False
    is_unique: bool = False
    is_searched: bool = False
    default: Any = None
    source: str = Field(default="", max_length=130)
    team_ids: tuple[RecordId, ...] = Field(default=(), max_length=50)
    lowest_role: Role = Role.OWN
    position: int | None = Field(default=None, ge=0, le=100_000)
