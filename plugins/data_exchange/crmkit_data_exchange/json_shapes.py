"""What the answers for scripts look like, for the document of the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from crmkit_data_exchange.exporting import MEDIA_TYPES
from crmkit_data_exchange.tables import ImportState, Outcome


class Unmatched(TypedDict):
    """A value of the file that stands in none of its lookups."""

    lookup: Annotated[str, Field(examples=["owners.csv"])]
    value: Annotated[str, Field(examples=["17"])]
    rows: int


class LeftOut(TypedDict):
    """A row that made or changed no record, and why."""

    line: int
    outcome: Outcome
    message: Annotated[str, Field(examples=["“bad” is not a mail address."])]


class ListedImport(TypedDict):
    """An import: how far it is, and what came of it."""

    id: int
    entity: Annotated[str, Field(examples=["lead"])]
    file_name: Annotated[str, Field(examples=["deals.csv"])]
    state: ImportState
    total: int
    done_rows: int
    created: int
    updated: int
    skipped: int
    failed: int
    unmatched: list[Unmatched]
    change_id: str
    job_id: int | None
    undone: int
    created_at: datetime
    finished_at: datetime | None
    mapping: Annotated[
        dict[str, Any],
        Field(examples=[{"entity": "lead", "columns": {"Mail": "email"}}]),
    ]


class ShownImport(ListedImport):
    """An import with the rows that were left out."""

    errors: list[LeftOut]


class ImportPage(TypedDict):
    """The newest imports."""

    items: list[ListedImport]
    next_cursor: None
    has_more: bool


class ForetoldReason(LeftOut):
    """Why rows would be left out, with how many of them and their lines."""

    lines: list[int]
    rows: int


class DryRun(TypedDict):
    """What an import would come to; nothing was kept."""

    id: None
    file_name: Annotated[str, Field(examples=["deals.csv"])]
    state: Literal["dry run"]
    looked_at: int
    created: int
    updated: int
    skipped: int
    failed: int
    errors: list[ForetoldReason]
    missing: Annotated[
        dict[str, dict[str, int]],
        Field(
            description="Names of the file that the CRM does not know, and in how many "
            "rows each stands.",
            examples=[{"stage": {"Offer": 3}}],
        ),
    ]
    unmatched: list[Unmatched]
    refusal: Annotated[str | None, Field(description="Why it cannot begin at all.")]


MULTIPART: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "entity": {"type": "string", "enum": ["lead", "contact"]},
                        "mapping": {
                            "type": "string",
                            "description": "JSON: which column is which field.",
                        },
                        "lookups": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "Files that tell what ids stand for.",
                        },
                        "dry_run": {"type": "string", "enum": ["true", "false"]},
                    },
                },
                "example": {"file": "Name,Mail\r\nPump,a@b.org\r\n", "entity": "lead"},
            }
        },
    }
}
EXPORTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, sent while it is read.",
        "content": {
            media_type: {
                "schema": {"type": "string"},
                "example": example,
            }
            for media_type, example in (
                ("application/x-ndjson", '{"name": "Pump station", "city": "Lyon"}\n'),
                ("text/csv", "name,city\r\nPump station,Lyon\r\n"),
            )
        }
        | {
            MEDIA_TYPES["xlsx"]: {
                "schema": {"type": "string", "format": "binary"},
                "example": "PK…",
            }
        },
    }
}
