"""What a new API takes away from those who rely on the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

NEEDED, LEFT_OUT = "needed", "may be left out"
Api = dict[str, Any]


def find_breaks(old: Api, new: Api) -> list[str]:
    """A sentence for each thing that is gone or that is used otherwise now.

    Nothing breaks where the major of the plugin API was raised.
    """
    if new["plugin_api"]["version"][0] > old["plugin_api"]["version"][0]:
        return []
    return [
        sentence
        for section, entries in old.items()
        if section != "plugin_api"
        for name, before in entries.items()
        for sentence in _compare(
            f"{section}: {name}", before, new.get(section, {}).get(name)
        )
    ]


def _compare(name: str, before: Any, after: Any) -> Iterator[str]:
    if after is None:
        yield f"{name} is gone."
    elif isinstance(before, str) or isinstance(after, str):
        if before != after:
            yield f"{name} was {_short(before)} and is {_short(after)}."
    elif "takes" in before and "takes" in after:
        yield from _compare_call(name, before, after)
    elif "one of" in before or "fields" in before:
        yield from _compare_lists(name, before, after)
    elif "answers" in before:
        yield from _compare_operation(name, before, after)
    else:
        yield from _compare_parts(name, before, after)


def _short(value: Any) -> str:
    return f"“{value}”" if isinstance(value, str) else "something with parts"


def _compare_call(name: str, before: Any, after: Any) -> Iterator[str]:
    known = set(after["takes"])
    for parameter in before["takes"]:
        now_optional = f"{parameter} = …"
        if parameter not in known and now_optional not in known:
            yield f"{name} takes “{parameter}” no longer."
    for parameter in after["takes"]:
        takes_any = parameter.startswith("*") and not parameter.startswith("*, ")
        is_optional = takes_any or parameter.endswith("= …")
        if parameter not in before["takes"] and not is_optional:
            yield f"{name} needs “{parameter}” now."
    if _positions(before) != _positions(after)[: len(_positions(before))]:
        yield f"{name} takes its parameters in another order."
    if before["gives"] != after["gives"]:
        yield f"{name} gave “{before['gives']}” and gives “{after['gives']}”."


def _positions(call: Any) -> list[str]:
    """The names of the parameters that may be given by place."""
    return [
        parameter.split(":")[0].split(" = ")[0]
        for parameter in call["takes"]
        if not parameter.startswith("*")
    ]


def _compare_lists(name: str, before: Any, after: Any) -> Iterator[str]:
    for key, values in before.items():
        if isinstance(values, list):
            for value in set(values) - set(after.get(key, ())):
                yield f"{name} has “{value}” no longer."
        elif after.get(key) != values:
            yield f"{name} had the {key} “{values}” and has “{after.get(key)}”."


def _compare_operation(name: str, before: Any, after: Any) -> Iterator[str]:
    if before["at"] != after["at"]:
        yield f"{name} was at {before['at']} and is at {after['at']}."
    for part in ("asked", "sent"):
        yield from _compare_input(name, before[part], after[part])
    for status, fields in before["answers"].items():
        for field in set(fields) - set(after["answers"].get(status, ())):
            yield f"{name} answers “{field}” no longer ({status})."
        if status not in after["answers"]:
            yield f"{name} does not answer {status} any more."


def _compare_input(name: str, before: Any, after: Any) -> Iterator[str]:
    for field, need in sorted(after.items()):
        if need == NEEDED and before.get(field) != NEEDED:
            yield f"{name} needs “{field}” now."
    for field in sorted(before.keys() - after.keys()):
        yield f"{name} takes “{field}” no longer."


def _compare_parts(name: str, before: Any, after: Any) -> Iterator[str]:
    if before.keys() != after.keys():
        yield f"{name} is another kind of thing."
        return
    for key, parts in before.items():
        if not isinstance(parts, dict):
            yield from _compare(f"{name}", parts, after[key])
            continue
        for part, value in parts.items():
            other = after[key].get(part)
            if (value, other) != (NEEDED, LEFT_OUT):
                yield from _compare(f"{name}.{part}", value, other)
        for part in after[key].keys() - parts.keys():
            if after[key][part] == NEEDED:
                yield f"{name} needs “{part}” now."
