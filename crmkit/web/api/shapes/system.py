"""Settings, permissions, and why somebody may do something."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from crmkit.core import Role


class Setting(TypedDict):
    """A setting: its value, where that comes from, and whether it can be changed."""

    name: Annotated[str, Field(examples=["bin_days"])]
    label: Annotated[str, Field(examples=["Days in the bin"])]
    help: str
    section: Annotated[str, Field(examples=["records"])]
    kind: Annotated[str, Field(examples=["number"])]
    value: Annotated[Any, Field(description="Hidden where secret.", examples=[90])]
    default: Annotated[Any, Field(examples=[90])]
    origin: Literal["default", "database", "file", "environment"]
    place: Annotated[
        str, Field(description="The file or variable that sets it.", examples=[""])
    ]
    locked: Annotated[bool, Field(description="File or environment decide.")]
    secret: bool
    choices: Annotated[list[str], Field(examples=[[]])]
    problem: Annotated[str, Field(description="One sentence.", examples=[""])]


class Permission(TypedDict):
    """What a plugin lets only some roles do; `may` is about who asks."""

    name: Annotated[str, Field(examples=["data_exchange.import"])]
    plugin_id: Annotated[str, Field(examples=["data_exchange"])]
    label: Annotated[str, Field(examples=["Import leads and contacts"])]
    lowest_role: Annotated[Role, Field(description="No lower one can have it.")]
    role: Annotated[Role, Field(description="The lowest one that has it.")]
    may: bool


class Person(TypedDict):
    """The user who is asked about."""

    id: int
    name: Annotated[str, Field(examples=["Camille Roux"])]
    role: Role


class NamedLead(TypedDict):
    """The lead that is asked about."""

    id: int
    name: str


class Reason(TypedDict):
    """A condition, whether it holds, and a sentence that says so."""

    code: Annotated[str, Field(examples=["owner"])]
    holds: bool
    text: Annotated[str, Field(examples=["Camille Roux owns this lead."])]


class Verdict(TypedDict):
    """Whether something is allowed, and what was looked at."""

    allowed: bool
    reasons: list[Reason]


class Explanation(TypedDict):
    """What a user may do with a lead, and why."""

    user: Person
    lead: NamedLead
    see: Verdict
    edit: Verdict
    delete: Verdict
    assign: Verdict
