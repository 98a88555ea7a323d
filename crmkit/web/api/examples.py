"""Examples of the API document: made from the schemas, so that they always fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from pydantic import JsonValue

Schema = dict[str, Any]

REFERENCE = "#/components/schemas/"
_BY_NAME: dict[str, str] = {
    "name": "Pump station",
    "actor_name": "Camille Roux",
    "owner_name": "Camille Roux",
    "lead_name": "Pump station",
    "contact_name": "Ada Byron",
    "company_name": "Aquitaine Pumps",
    "email": "ada@example.org",
    "phone": "+33 6 12 34 56 78",
    "website": "https://example.org",
    "street": "1 quai des Chartrons",
    "zip": "33000",
    "city": "Bordeaux",
    "country": "FR",
    "language": "fr",
    "locale": "fr",
    "code": "CHF",
    "slug": "site_area",
    "label": "Area of the site",
    "rate": "0.92",
    "currency": "EUR",
    "base_currency": "EUR",
    "expected_revenue": "48500",
    "base_revenue": "48500",
    "weighted_revenue": "24250",
    "base": "48500",
    "probability": "50",
    "automatic_probability": "50",
    "tags": "Hot",
    "source": "Trade fair",
    "summary": "Call about the offer",
    "text": "They decide in March.",
    "feedback": "They want an offer.",
    "reason": "Price",
    "guidance": "Ask for the budget.",
    "kind": "opportunity",
    "change_id": "0193d2c4a7be7d0f8a51c3b2e4f60718",
    "undoes": "0193d2c4a7be7d0f8a51c3b2e4f60718",
    "type": "call",
    "filter": "probability >= 50 and owner = me",
    "due_on": "2026-12-01",
    "expected_close": "2026-12-31",
    "detail": "Some of this cannot be kept.",
    "title": "Unprocessable Content",
    "state": "planned",
}
_SENT = frozenset(
    "name email company_name expected_revenue tags type summary due_on text reason "
    "feedback kind guidance capacity stage_id user_id enabled probability slug "
    "label filter bin_days company".split()
)
_BY_FORMAT: dict[str, str] = {
    "date": "2026-12-01",
    "date-time": "2026-12-01T09:30:00Z",
    "binary": "",
}
_BY_TYPE: dict[str, JsonValue] = {
    "number": 1,
    "boolean": False,
    "null": None,
}
_EMPTY = frozenset(
    "archived_at disabled_at deleted_at done_at closed_at lost_reason_id lost_note "
    "next_cursor error street2 state_name undoes custom_error".split()
)


def example_of(schema: Schema, known: dict[str, Schema], name: str = "") -> JsonValue:
    """A value that `schema` describes; `known` are the schemas it may refer to."""
    if "$ref" in schema:
        return example_of(known[schema["$ref"].removeprefix(REFERENCE)], known, name)
    if "examples" in schema:
        return cast("JsonValue", schema["examples"][0])
    options = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if options:
        return _option(options, known, name)
    if "const" in schema:
        return cast("JsonValue", schema["const"])
    if "enum" in schema:
        return _chosen(schema["enum"], name)
    return _plain(schema, known, name)


def _option(options: list[Schema], known: dict[str, Schema], name: str) -> JsonValue:
    is_empty = name in _EMPTY and {"type": "null"} in options
    return None if is_empty else example_of(options[0], known, name)


def _chosen(choices: list[JsonValue], name: str) -> JsonValue:
    usual = _BY_NAME.get(name)
    return usual if usual in choices else choices[0]


def _plain(schema: Schema, known: dict[str, Schema], name: str) -> JsonValue:
    kind = schema.get("type", "object")
    if kind == "object":
        return _object(schema, known)
    if kind == "array":
        return [example_of(schema.get("items", {}), known, name)]
    if kind == "integer":
        return max(1, int(schema.get("minimum", 1)))
    return _text(schema, name) if kind == "string" else _BY_TYPE[kind]


def _text(schema: Schema, name: str) -> str:
    usual = "1" if "pattern" in schema else "text"
    return _BY_NAME.get(name, _BY_FORMAT.get(schema.get("format", ""), usual))


def _object(schema: Schema, known: dict[str, Schema]) -> JsonValue:
    return {
        name: example_of(field, known, name)
        for name, field in schema.get("properties", {}).items()
    }


def body_example(schema: Schema, known: dict[str, Schema]) -> JsonValue:
    """What a client would send: what is needed, and some of what is usual."""
    if "$ref" in schema:
        schema = known[schema["$ref"].removeprefix(REFERENCE)]
    if "examples" in schema:
        return cast("JsonValue", schema["examples"][0])
    needed = frozenset(schema.get("required", ()))
    return {
        name: example_of(field, known, name)
        for name, field in schema.get("properties", {}).items()
        if name in needed or name in _SENT
    }
