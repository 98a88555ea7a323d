"""Merge-patches in the document: every field of a draft, none needed, null empties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel

MEDIA_TYPES = ("application/json", "application/merge-patch+json")
REFERENCE = "#/components/schemas/{model}"


def merge_patch(draft: type[BaseModel]) -> dict[str, Any]:
    """What the document says of the body of a PATCH that takes the fields of `draft`.

    `$defs` in it belong among the document's components.
    """
    schema = draft.model_json_schema(ref_template=REFERENCE)
    fields = {name: _nullable(value) for name, value in schema["properties"].items()}
    body = {
        "type": "object",
        "title": f"{draft.__name__.removesuffix('Draft').removesuffix('Body')}Patch",
        "description": "Only what is named is changed; null empties a field.",
        "properties": fields,
        "additionalProperties": False,
        "$defs": schema.get("$defs", {}),
    }
    content = {media_type: {"schema": body} for media_type in MEDIA_TYPES}
    return {"requestBody": {"content": content, "required": True}}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """A field's schema that takes null too, without a default of its own."""
    bare = {key: value for key, value in schema.items() if key != "default"}
    if "anyOf" in bare:
        others = [option for option in bare["anyOf"] if option.get("type") != "null"]
        return {**bare, "anyOf": [*others, {"type": "null"}]}
    title = bare.pop("title", None)
    named = {} if title is None else {"title": title}
    return {**named, "anyOf": [bare, {"type": "null"}]}
