"""Comparing leads side by side, and merging them with the values one chooses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    Lead,
    MergeDraft,
    UnitOfWork,
    compare_leads,
    fields_of,
    get_leads,
    mark,
    merge_leads,
)
from crmkit.web.answers import changed, page, sentence
from crmkit.web.pages.blanks import Blank
from crmkit.web.pages.shown import Shower
from crmkit.web.work import work

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

routes = APIRouter(include_in_schema=False)

MERGED = mark("{count} leads are one now: {lead}")
ADDRESS = mark("Address")
_PARTS = ("street", "street2", "zip", "city", "state", "country")
_FIELDS = (
    "name",
    "contact_name",
    "company_name",
    "email",
    "phone",
    "website",
    "expected_revenue",
    "expected_close",
    "priority",
    "owner",
    "team",
    "language",
)
_COLUMNS = {"owner": "owner_id", "team": "team_id"}
_IDS = r"^[0-9]{1,18}(,[0-9]{1,18}){0,19}$"


@dataclass(frozen=True, slots=True)
class ComparedField:
    """A field, what each lead says of it, and the id of the lead whose value counts."""

    name: str
    label: str
    values: tuple[tuple[int, str], ...]
    picked: int

    @property
    def differs(self) -> bool:
        """Whether there is anything to choose."""
        return len({text for _, text in self.values}) > 1


class MergeForm(BaseModel):
    """The leads, the one that stays, and `pick-<field>` the lead of each value."""

    model_config = ConfigDict(extra="allow")

    ids: str = Field(pattern=_IDS)
    master_id: Blank = None

    def picks(self) -> dict[str, int]:
        """The lead chosen for each field."""
        extra = self.model_extra or {}
        return {
            name.removeprefix("pick-"): int(value)
            for name, value in extra.items()
            if name.startswith("pick-") and str(value).isdecimal()
        }


def _numbers(ids: str) -> tuple[int, ...]:
    return tuple(int(number) for number in ids.split(","))


def _compare(
    request: Request, uow: UnitOfWork, leads: Sequence[Lead], picks: Mapping[str, int]
) -> list[ComparedField]:
    known = fields_of(uow, "lead")
    showers = [Shower(request, uow, lead) for lead in leads]
    compared = []
    for name in (*_FIELDS, "address"):
        if name == "address":
            label, key = ADDRESS, _PARTS[0]
            texts = [_address(lead) for lead in leads]
        else:
            label, key = known[name].label, _COLUMNS.get(name, name)
            texts = [one.text(name, one.value(name)) for one in showers]
        pairs = zip((lead.id for lead in leads), texts, strict=True)
        if any(texts):
            text = sentence(request, uow, label)
            compared.append(ComparedField(name, text, tuple(pairs), picks[key]))
    return compared


def _address(lead: Lead) -> str:
    return ", ".join(filter(None, (getattr(lead, part) for part in _PARTS)))


@routes.get("/leads/merge")
def compare(request: Request, ids: Annotated[str, Query(pattern=_IDS)]) -> Response:
    """Leads side by side, each field with the value that a merge would take."""
    with work(request) as uow:
        draft = MergeDraft(ids=_numbers(ids))
        comparison = compare_leads(uow, draft)
        rows = _compare(request, uow, comparison.leads, comparison.picks)
        return page(
            request,
            uow,
            "leads/merge.html",
            here="leads",
            leads=comparison.leads,
            rows=rows,
            excluded=comparison.excluded,
        )


@routes.post("/leads/merge")
def merge(request: Request, form: Annotated[MergeForm, Form()]) -> Response:
    """Merge leads with the values that were chosen."""
    with work(request) as uow:
        numbers = _numbers(form.ids)
        leads = {lead.id: lead for lead in get_leads(uow, numbers)}
        values: dict[str, Any] = {}
        for name, lead_id in form.picks().items():
            if lead_id in leads:
                values |= _values(leads[lead_id], name)
        chosen: dict[str, Any] = {"ids": numbers, "values": values}
        if form.master_id is not None:
            chosen["master_id"] = form.master_id
        chosen |= {n: values.pop(n) for n in ("owner_id", "team_id") if n in values}
        merged = merge_leads(uow, MergeDraft(**chosen))
        said = sentence(request, uow, MERGED).format(
            count=len(numbers) - len(merged.excluded), lead=merged.lead["name"]
        )
        href = f"/leads/{merged.lead['id']}"
        if request.headers.get("hx-request") != "true":
            return changed(request, uow, said, href=href)
        told = {"sentence": said, "change_id": uow.change_id, "href": href}
        return page(request, uow, "_changed.html", goes=True, **told)


def _values(lead: Lead, name: str) -> dict[str, Any]:
    """The columns of a field that was chosen, as `lead` has them."""
    if name == "address":
        return {part: getattr(lead, part) for part in _PARTS}
    if name == "expected_revenue":
        return {n: getattr(lead, n) for n in ("expected_revenue", "currency")}
    if name not in _FIELDS:
        return {}
    column = _COLUMNS.get(name, name)
    return {column: getattr(lead, column)}
