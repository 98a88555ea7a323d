"""Saved views and custom fields."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from crmkit.core import FieldType, Role, ViewScope
from crmkit.web.api.shapes.forms import Versions


class View(TypedDict):
    """A way to look at leads or contacts; `problem` says why it finds nothing now."""

    id: int
    version: Versions
    name: str
    entity: Annotated[str, Field(examples=["lead"])]
    layout: Annotated[str, Field(description="`list` or `board`.")]
    scope: ViewScope
    team_id: int | None
    filter: Annotated[str, Field(description="The filter's text, or empty.")]
    words: str
    sort: Annotated[str, Field(examples=["-expected_revenue"])]
    columns: Annotated[list[str], Field(examples=[["name", "owner"]])]
    group_by: Annotated[list[str], Field(examples=[["stage"]])]
    is_default: bool
    position: int
    tree: Annotated[
        dict[str, Any] | None,
        Field(
            description="The filter's tree.",
            examples=[{"field": "owner", "operator": "=", "value": {"mine": "me"}}],
        ),
    ]
    owner_id: int | None
    problem: str | None


class CustomField(TypedDict):
    """A field that was made in the running CRM."""

    id: int
    version: Versions
    entity: Annotated[str, Field(examples=["lead"])]
    slug: Annotated[str, Field(examples=["site_area"])]
    label: Annotated[str, Field(examples=["Area of the site"])]
    help: str
    type: FieldType
    choices: list[str]
    is_required: bool
    is_indexed: bool
    is_unique: bool
    is_searched: bool
    default: Any
    source: Annotated[str, Field(examples=["contact.industry"])]
    team_ids: list[int]
    lowest_role: Role
    position: int
    plugin_id: str | None
    deleted_at: datetime | None
