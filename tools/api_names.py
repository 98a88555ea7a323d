"""What plugins may rely on in a public name: how it is called, what it holds."""

from __future__ import annotations

import dataclasses
import inspect
import re
from enum import Enum
from typing import Any

from pydantic import BaseModel

Described = str | dict[str, Any]
EMPTY = inspect.Parameter.empty
_FORMS = {
    inspect.Parameter.POSITIONAL_ONLY: "{}, /",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "{}",
    inspect.Parameter.VAR_POSITIONAL: "*{}",
    inspect.Parameter.KEYWORD_ONLY: "*, {}",
    inspect.Parameter.VAR_KEYWORD: "**{}",
}


def describe(value: Any) -> Described:
    """How a function is called, or what a class has; else what kind of value it is."""
    if isinstance(value, type):
        return _describe_class(value)
    if callable(value) and not dataclasses.is_dataclass(value):
        return _describe_function(value)
    return type(value).__name__


def _describe_function(value: Any) -> Described:
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):  # an alias of typing has none
        return type(value).__name__
    parameters = [_parameter(one) for one in signature.parameters.values()]
    return {"takes": parameters, "gives": _annotation(signature.return_annotation)}


def _parameter(one: inspect.Parameter) -> str:
    text = _FORMS[one.kind].format(one.name)
    if one.annotation is not EMPTY:
        text += f": {_annotation(one.annotation)}"
    return text if one.default is EMPTY else f"{text} = …"


def _annotation(value: Any) -> str:
    text = value if isinstance(value, str) else getattr(value, "__name__", repr(value))
    return "" if value is EMPTY else re.sub(r" at 0x[0-9a-f]+", "", text)


def _describe_class(kind: type) -> Described:
    if issubclass(kind, Enum):
        return {"one of": sorted(str(member.value) for member in kind)}
    if hasattr(kind, "__table__"):
        return {"table": kind.__table__.name}
    return {"has": dict(sorted({**_fields(kind), **_methods(kind)}.items()))}


def _fields(kind: type) -> dict[str, str]:
    if issubclass(kind, BaseModel):
        return {
            name: "needed" if field.is_required() else "may be left out"
            for name, field in kind.model_fields.items()
        }
    if dataclasses.is_dataclass(kind):
        return {field.name: str(field.type) for field in dataclasses.fields(kind)}
    return {}


def _methods(kind: type) -> dict[str, Any]:
    """What the class itself and its bases in crmkit define for others."""
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if not base.__module__.startswith("crmkit"):
            continue
        for name, value in vars(base).items():
            if name.startswith("_"):
                continue
            if inspect.isfunction(value):
                found[name] = _describe_function(value)
            elif isinstance(value, property):
                found[name] = "property"
    return found
