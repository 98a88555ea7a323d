"""From the values of a row to the draft of a lead or contact, names resolved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from crmkit.core import (
    ContactDraft,
    CrmError,
    FieldType,
    OtherOwnerError,
    PastLeadDraft,
    check_text,
    fold,
)
from crmkit_data_exchange.problems import (
    NEGATIVE,
    NO_CONTACT,
    NO_REASON,
    NO_STAGE,
    NO_TAG,
    NO_TEAM,
    NO_USER,
    NOT_FITTING,
    OUT_OF_RANGE,
    SEVERAL_CONTACTS,
    TOO_FINE,
    TOO_LARGE,
    TOO_LONG,
    TOO_MANY,
    Problem,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core import Field
    from crmkit_data_exchange.converting import Converted
    from crmkit_data_exchange.directory import Directory

Draft = PastLeadDraft | ContactDraft
DRAFTS: dict[str, type[Draft]] = {"lead": PastLeadDraft, "contact": ContactDraft}

_RANGES = {"priority": ("0", "3"), "probability": ("0", "100")}


@dataclass(slots=True)
class Drafted:
    """A row's draft, or the problems why there is none.

    `company` is the name of the company that a contact belongs to.
    """

    draft: Draft | None
    problems: tuple[Problem, ...]
    company: str | None = None


def make_draft(entity: str, converted: Converted, directory: Directory) -> Drafted:
    """The draft of a row; names are looked up in `directory`, misses noted there."""
    problems = list(converted.problems)
    values: dict[str, Any] = {
        name: value for name, value in converted.values.items() if value is not None
    }
    company = values.pop("company", None) if entity == "contact" else None
    _resolve(values, directory, problems)
    _note_people(converted.values, directory)
    fields = directory.fields[entity]
    own = [name for name in values if name in fields and fields[name].is_custom]
    custom = {name: values.pop(name) for name in own}
    for name in own:
        _find_named(fields[name], custom, directory, problems)
    if custom:
        values["custom"] = custom
    draft = None if problems else _validate(fields, entity, values, problems)
    return Drafted(draft, tuple(problems), cast("str | None", company))


def _resolve(
    values: dict[str, Any], directory: Directory, problems: list[Problem]
) -> None:
    """Put ids in the place of names; what is not known is a problem or is noted."""
    find = _Finder(directory, problems)
    if name := values.pop("owner", None):
        values["owner_id"] = find(name, directory.users, NO_USER, "users")
        _check_owner(values["owner_id"], directory, problems)
    if name := values.pop("team", None):
        values["team_id"] = find(name, directory.teams, NO_TEAM, "teams")
    if name := values.pop("stage", None):
        _resolve_stage(name, values, directory, problems)
    for tag in values.get("tags", ()):
        _check_known(tag, "tags", NO_TAG, directory, problems)
    if reason := values.get("lost_reason"):
        _check_known(reason, "lost_reasons", NO_REASON, directory, problems)


def _find_named(
    field: Field,
    custom: dict[str, Any],
    directory: Directory,
    problems: list[Problem],
) -> None:
    """Put the id of a user or contact in the place of its name."""
    typed = custom[field.name]
    if field.type is FieldType.USER:
        find = _Finder(directory, problems)
        custom[field.name] = find(typed, directory.users, NO_USER, "users")
    elif field.type is FieldType.CONTACT:
        ids = directory.contacts.get(fold(typed), ())
        custom[field.name] = ids[0] if len(ids) == 1 else None
        if not ids:
            problems.append(Problem("", typed, NO_CONTACT))
        elif len(ids) > 1:
            problems.append(Problem("", typed, SEVERAL_CONTACTS, {"count": len(ids)}))


@dataclass(frozen=True, slots=True)
class _Finder:
    """Finds ids by name; what is missing is noted, and a problem unless it is made."""

    directory: Directory
    problems: list[Problem]

    def __call__(
        self, name: str, known: Mapping[str, int], message: str, kind: str
    ) -> int | None:
        found = known.get(fold(name))
        if found is None:
            self.directory.missing.note(kind, name)
            if kind not in self.directory.creates:
                self.problems.append(Problem("", name, message))
        return found


def _check_owner(
    owner_id: int | None, directory: Directory, problems: list[Problem]
) -> None:
    allowed = directory.assignable
    if owner_id is not None and allowed is not None and owner_id not in allowed:
        problems.append(Problem.of_error(OtherOwnerError()))


def _resolve_stage(
    name: str, values: dict[str, Any], directory: Directory, problems: list[Problem]
) -> None:
    found = directory.find_stage(name, values.get("team_id"))
    if isinstance(found, int):
        values["stage_id"] = found
        return
    if found == NO_STAGE:
        known = directory.missing.note("stages", name)
        directory.missing.statuses_of[known].add(str(values.get("status", "open")))
        if "stages" in directory.creates:
            return
    problems.append(Problem("", name, found))


def _check_known(
    name: str, kind: str, message: str, directory: Directory, problems: list[Problem]
) -> None:
    if not directory.has(kind, name):
        directory.missing.note(kind, name)
        if kind not in directory.creates:
            problems.append(Problem("", name, message))


def _note_people(values: Mapping[str, Any], directory: Directory) -> None:
    """Remember in which team a user sells who will be made."""
    owner, team = values.get("owner"), values.get("team")
    if owner and team and fold(owner) not in directory.users:
        directory.missing.teams_of[fold(owner)].add(team)


def _validate(
    fields: Mapping[str, Field],
    entity: str,
    values: dict[str, Any],
    problems: list[Problem],
) -> Draft | None:
    try:
        check_text(values)
        return DRAFTS[entity](**values)
    except ValidationError as error:
        problems += [
            _describe(fields, item) for item in error.errors(include_url=False)
        ]
    except CrmError as error:
        problems.append(Problem.of_error(error))
    return None


def _describe(fields: Mapping[str, Field], item: Any) -> Problem:
    """One sentence for what the draft has against a value."""
    name = str(item["loc"][0]) if item["loc"] else ""
    field = fields.get(name.removesuffix("_id"))
    label = field.label if field else name
    limits = item.get("ctx", {})
    parts: dict[str, object] = {"label": label}
    message = NOT_FITTING
    if name in _RANGES:
        message = OUT_OF_RANGE
        parts |= dict(zip(("least", "most"), _RANGES[name], strict=True))
    elif item["type"] == "string_too_long":
        message, parts["count"] = TOO_LONG, limits["max_length"]
    elif item["type"] == "too_long":
        message, parts["count"] = TOO_MANY, limits["max_length"]
    elif item["type"] == "greater_than_equal":
        message, parts["least"] = NEGATIVE, str(limits["ge"])
    elif item["type"] == "less_than":
        message = TOO_LARGE
    elif item["type"] == "decimal_max_places":
        message, parts["count"] = TOO_FINE, limits["decimal_places"]
    return Problem("", str(item["input"]), message, parts)
