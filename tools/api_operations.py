"""The operations of the OpenAPI document in a short form."""

from __future__ import annotations

from typing import Any

METHODS = ("get", "post", "patch", "delete")
REFERENCE = "#/components/schemas/"
Schema = dict[str, Any]


def describe_operations(document: Schema) -> dict[str, Any]:
    """Each operation by its id: address, parameters, what is sent, what is answered."""
    known = document["components"]["schemas"]
    return {
        found["operationId"]: _operation(f"{method.upper()} {path}", found, known)
        for path, operations in document["paths"].items()
        for method, found in operations.items()
        if method in METHODS
    }


def _operation(address: str, operation: Schema, known: Schema) -> Schema:
    asked = {
        parameter["name"]: "needed" if parameter.get("required") else "may be left out"
        for parameter in operation.get("parameters", ())
        if parameter["in"] != "path"
    }
    content = operation.get("requestBody", {}).get("content", {})
    sent = [_fields(media["schema"], known) for media in content.values()]
    answered = {
        status: sorted(_fields(media.get("schema", {}), known))
        for status, response in operation["responses"].items()
        if status < "3"
        for media in response.get("content", {"": {}}).values()
    }
    return {
        "at": address,
        "asked": dict(sorted(asked.items())),
        "sent": dict(sorted(sent[0].items())) if sent else {},
        "answers": answered,
    }


def _fields(schema: Schema, known: Schema) -> dict[str, str]:
    """The fields of an object, those of the items of a list as `items.name`."""
    if "$ref" in schema:
        schema = known[schema["$ref"].removeprefix(REFERENCE)]
    needed = schema.get("required", ())
    found = {}
    for name, field in schema.get("properties", {}).items():
        found[name] = "needed" if name in needed else "may be left out"
        if name == "items":
            items = _fields(field.get("items", {}), known)
            found |= {f"items.{key}": value for key, value in items.items()}
    return found
