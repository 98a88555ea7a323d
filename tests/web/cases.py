"""Each route, what it asks of whoever comes, and a request that it would carry out.

A route that is not in this table fails a test: whoever adds one says here who may use
it, and the tests of access try it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Needs(StrEnum):
    """What a route asks of whoever comes."""

    NOTHING = "nobody has to be signed in"
    SIGN_IN = "somebody is signed in; lists show what he may see"
    RECORD = "he may see the record of the path, else there is none"
    OWN = "the record of the path is his own, or he is an admin; else there is none"
    MANAGER = "he is a manager"
    ADMIN = "he is an admin"


@dataclass(frozen=True, slots=True)
class Case:
    """What a route needs; JSON, form, query of a request that it would carry out."""

    needs: Needs
    json: Mapping[str, object] | None = None
    form: Mapping[str, object] = field(default_factory=dict)
    files: Mapping[str, bytes | tuple[str, bytes]] = field(default_factory=dict)
    query: str = ""


_open, _signed, _record = Needs.NOTHING, Needs.SIGN_IN, Needs.RECORD
_own, _manager, _admin = Needs.OWN, Needs.MANAGER, Needs.ADMIN
_rates = {"file": b"day;currency;rate\n2026-11-20;SEK;0.09\n"}
_new = {"name": "Made by a test"}
_other = {"name": "Other"}
_template_form = {"name": "Hello", "subject_en": "Hello", "text_en": "Hello"}
_mail = {"to": "zoe@example.org", "subject": "Hello", "text": "Hello"}
_file = {"file": ("made-by-a-test.txt", b"Hello")}

PAGES = {
    "GET /": Case(_open),
    "GET /sign-in": Case(_open),
    "POST /sign-in": Case(_open, form={"email": "nobody@example.org"}),
    "POST /sign-out": Case(_open),
    "POST /profile": Case(_signed, form={"theme": "dark"}),
    "GET /profile": Case(_signed),
    "POST /profile/sign-ins/end": Case(_signed),
    "POST /profile/sign-ins/{sign_in_id}/end": Case(_own),
    "POST /profile/tokens": Case(_signed, form={"name": "Made by a test"}),
    "POST /profile/tokens/{token_id}/revoke": Case(_own),
    "GET /pipeline": Case(_signed),
    "GET /pipeline/columns/{column}": Case(_signed),
    "GET /watch": Case(_signed),
    "GET /pipeline/past": Case(_signed),
    "GET /pipeline/changes": Case(_signed),
    "GET /ui": Case(_signed),
    "GET /settings/search": Case(_manager, query="?q=mail"),
    "GET /ui/dialog": Case(_signed),
    "GET /start": Case(_signed),
    "POST /start/pipeline": Case(_manager, form={"pipeline": "short"}),
    "POST /start/sample": Case(_manager),
    "POST /start/sample/remove": Case(_manager),
    "GET /leads": Case(_signed),
    "POST /leads": Case(_signed, form={"name": "Made by a test"}),
    "GET /leads/new": Case(_signed),
    "GET /leads/merge": Case(_signed, query="?ids=1,2"),
    "POST /leads/merge": Case(_signed, form={"ids": "1,2"}),
    "GET /leads/similar": Case(_signed, query="?email=ada@example.org"),
    "GET /leads/bulk": Case(_signed, query="?do=move&ids=1"),
    "POST /leads/bulk": Case(_signed, form={"do": "archive", "every": "on"}),
    "GET /leads/bulk/{job_id}": Case(_own),
    "GET /leads/{lead_id}": Case(_record),
    "GET /leads/{lead_id}/fields/{name}": Case(_record),
    "POST /leads/{lead_id}/fields/{name}": Case(_record, form={"value": "Other"}),
    "GET /leads/{lead_id}/access": Case(_record),
    "GET /leads/{lead_id}/lose": Case(_record),
    "POST /leads/{lead_id}/lose": Case(_record, form={"reason": "Price"}),
    "POST /leads/{lead_id}/move": Case(_record, form={"stage_id": 2}),
    "GET /leads/{lead_id}/qualify": Case(_record),
    "POST /leads/{lead_id}/qualify": Case(_record, form={"contact": "none"}),
    "POST /leads/{lead_id}/win": Case(_record),
    "POST /leads/{lead_id}/contact-values": Case(_record, form={"to": "lead"}),
    "POST /leads/{lead_id}/restore": Case(_record),
    "POST /leads/{lead_id}/notes": Case(_record, form={"text": "Hello"}),
    "POST /leads/{lead_id}/messages": Case(_record, form=_mail),
    "POST /messages/{message_id}/cancel": Case(_record),
    "GET /messages/{message_id}/body": Case(_record),
    "POST /settings/mail/test": Case(_admin),
    "GET /leads/{lead_id}/mail": Case(_record),
    "GET /settings/templates": Case(_manager),
    "GET /settings/templates/new": Case(_manager),
    "POST /settings/templates": Case(_manager, form=_template_form),
    "GET /settings/templates/{template_id}": Case(_manager),
    "POST /settings/templates/{template_id}": Case(_manager, form=_template_form),
    "POST /settings/templates/{template_id}/archive": Case(_manager),
    "POST /leads/{lead_id}/activities": Case(_record, form={"due_on": "2026-12-01"}),
    "GET /today": Case(_signed),
    "GET /activities": Case(_signed),
    "GET /activities/{activity_id}/done": Case(_record),
    "POST /activities/{activity_id}/done": Case(_record),
    "GET /activities/{activity_id}/edit": Case(_record),
    "POST /activities/{activity_id}/edit": Case(_record, form={"due_on": "2026-12-01"}),
    "POST /activities/{activity_id}/snooze": Case(_record),
    "POST /activities/{activity_id}/delete": Case(_record),
    "POST /changes/{change_id}/undo": Case(_record),
    "GET /notifications": Case(_signed),
    "POST /notifications/read": Case(_signed),
    "POST /leads/{lead_id}/follow": Case(_record),
    "POST /leads/{lead_id}/unfollow": Case(_record),
    "GET /contacts": Case(_signed),
    "GET /contacts/{contact_id}": Case(_record),
    "GET /contacts/{contact_id}/fields/{name}": Case(_record),
    "POST /contacts/{contact_id}/fields/{name}": Case(_record, form={"value": "Other"}),
    "GET /search": Case(_signed, query="?q=pump"),
    "GET /filters/{entity}": Case(_signed),
    "GET /palette": Case(_signed, query="?q=pump"),
    "GET /bin": Case(_signed),
    "POST /bin/restore": Case(_signed, form={"ids": "1"}),
    "POST /bin/purge": Case(_admin, form={"ids": "1"}),
    "GET /jobs": Case(_signed),
    "GET /jobs/{job_id}": Case(_own),
    "POST /jobs/{job_id}/cancel": Case(_own),
    "POST /jobs/{job_id}/retry": Case(_own),
    "GET /settings/plugins": Case(_admin),
    "GET /settings/plugins/{plugin_id}": Case(_admin),
    "POST /settings/plugins/{plugin_id}": Case(_admin, form={"enabled": "true"}),
    "GET /settings/currencies": Case(_admin),
    "POST /settings/currencies": Case(_admin, form={"code": "NZD"}),
    "POST /settings/currencies/refresh": Case(_admin),
    "POST /settings/currencies/file": Case(_admin, files=_rates),
    "POST /settings/currencies/rates": Case(
        _admin, form={"text": "2026-11-20;SEK;0.09", "add": "on"}
    ),
    "GET /settings/currencies/{code}": Case(_admin),
    "POST /settings/currencies/{code}/rates": Case(
        _admin, form={"day": "2026-11-20", "rate": "0.92"}
    ),
    "POST /settings/currencies/{code}/rates/{day}/delete": Case(_admin),
    "POST /settings/currencies/{code}/archive": Case(_admin),
    "POST /leads/{lead_id}/attachments": Case(_record, files=_file),
    "POST /contacts/{contact_id}/attachments": Case(_record, files=_file),
    "GET /files/{file_id}": Case(_record),
    "POST /files/{file_id}/detach": Case(_record),
    "GET /views/new": Case(_signed),
    "POST /views": Case(_signed, form={"name": "Made by a test"}),
    "GET /views/{view_id}/edit": Case(_own),
    "POST /views/{view_id}/edit": Case(_own, form={"name": "Other"}),
    "POST /views/{view_id}/update": Case(_own, form={"sort": "name"}),
    "POST /views/{view_id}/keep": Case(_own, form={"is_kept": "on"}),
    "POST /views/{view_id}/delete": Case(_own),
    "GET /settings/stages": Case(_manager),
    "POST /settings/stages": Case(_manager, form={"name": "Made by a test"}),
    "POST /settings/stages/order": Case(_manager, form={"ids": "1"}),
    "GET /settings/stages/{stage_id}": Case(_manager),
    "POST /settings/stages/{stage_id}": Case(_manager, form=_other),
    "POST /settings/stages/{stage_id}/step": Case(_manager, form={"by": 1}),
    "POST /settings/stages/{stage_id}/archive": Case(_manager),
    "POST /settings/stages/{stage_id}/restore": Case(_manager),
    "GET /settings/users": Case(_admin),
    "POST /settings/users": Case(_admin, form=_new),
    "GET /settings/users/{user_id}": Case(_admin),
    "POST /settings/users/{user_id}": Case(_admin, form=_other),
    "POST /settings/users/{user_id}/disable": Case(_admin),
    "POST /settings/users/{user_id}/enable": Case(_admin),
    "GET /settings/teams": Case(_manager),
    "POST /settings/teams": Case(_manager, form=_new),
    "GET /settings/teams/{team_id}": Case(_manager),
    "POST /settings/teams/{team_id}": Case(_manager, form=_other),
    "POST /settings/teams/{team_id}/archive": Case(_manager),
    "POST /settings/teams/{team_id}/restore": Case(_manager),
    "POST /settings/teams/{team_id}/members": Case(_manager, form={"user_id": 1}),
    "POST /settings/teams/{team_id}/members/{user_id}": Case(
        _manager, form={"capacity": 10}
    ),
    "POST /settings/teams/{team_id}/members/{user_id}/remove": Case(_manager),
    "GET /settings/activity-types": Case(_manager),
    "POST /settings/activity-types": Case(_manager, form=_new),
    "POST /settings/activity-types/order": Case(_manager, form={"ids": "call"}),
    "GET /settings/activity-types/{type_id}": Case(_manager),
    "POST /settings/activity-types/{type_id}": Case(_manager, form=_other),
    "POST /settings/activity-types/{type_id}/step": Case(_manager, form={"by": 1}),
    "POST /settings/activity-types/{type_id}/archive": Case(_manager),
    "POST /settings/activity-types/{type_id}/restore": Case(_manager),
    "GET /settings/lists/{list_name}": Case(_manager),
    "POST /settings/lists/{list_name}": Case(_manager, form=_new),
    "POST /settings/lists/{list_name}/{record_id}": Case(
        _manager, form={"name": "Other"}
    ),
    "POST /settings/lists/{list_name}/{record_id}/archive": Case(_manager),
    "POST /settings/lists/{list_name}/{record_id}/restore": Case(_manager),
    "GET /settings": Case(_admin),
    "POST /settings": Case(_admin, form={"bin_days": "60", "was-bin_days": "90"}),
}

_leads = {
    "GET /leads": Case(_signed),
    "POST /leads": Case(_signed, _new),
    "GET /leads/{lead_id}": Case(_record),
    "PATCH /leads/{lead_id}": Case(_record, {"name": "Other"}),
    "DELETE /leads/{lead_id}": Case(_record),
    "POST /leads/{lead_id}/move": Case(_record, {"stage_id": 2}),
    "POST /leads/{lead_id}/qualify": Case(_record, {"contact": {"mode": "none"}}),
    "POST /leads/{lead_id}/win": Case(_record),
    "POST /leads/{lead_id}/lose": Case(_record, {"note": "Too late"}),
    "POST /leads/{lead_id}/restore": Case(_record),
    "POST /leads/{lead_id}/archive": Case(_record),
    "GET /leads/{lead_id}/duplicates": Case(_record),
    "POST /leads/duplicates": Case(_signed, {"email": "ada@example.org"}),
    "POST /leads/merge": Case(_signed, {"ids": [1, 2], "dry_run": True}),
    "POST /leads/unmerge": Case(_signed, {"merge_id": 1}),
    "GET /leads/{lead_id}/timeline": Case(_record),
    "POST /leads/{lead_id}/notes": Case(_record, {"text": "Hello"}),
    "GET /leads/{lead_id}/messages": Case(_record),
    "POST /leads/{lead_id}/messages": Case(
        _record, {"to": ["zoe@example.org"], "subject": "Hello", "text": "Hello"}
    ),
    "GET /templates": Case(_signed),
    "POST /templates": Case(
        _manager, {"name": "Hi", "texts": {"en": {"subject": "Hi", "text": "Hi"}}}
    ),
    "GET /templates/{template_id}": Case(_signed),
    "PATCH /templates/{template_id}": Case(_manager, {"name": "Other"}),
    "DELETE /templates/{template_id}": Case(_manager),
    "POST /templates/{template_id}/preview": Case(_signed, {"lead_id": 1}),
    "GET /messages/{message_id}": Case(_record),
    "POST /messages/{message_id}/cancel": Case(_record),
    "POST /settings/mail/test": Case(_admin),
    "GET /leads/{lead_id}/activities": Case(_record),
    "POST /leads/{lead_id}/activities": Case(
        _record, {"type": "call", "due_on": "2026-12-01"}
    ),
    "GET /leads/{lead_id}/followers": Case(_record),
    "POST /leads/{lead_id}/followers": Case(_record, {}),
    "DELETE /leads/{lead_id}/followers/{user_id}": Case(_record),
    "GET /notifications": Case(_signed),
    "POST /notifications/read": Case(_signed, {}),
    "GET /activities": Case(_signed),
    "GET /activities/{activity_id}": Case(_record),
    "PATCH /activities/{activity_id}": Case(_record, {"summary": "Ask for it"}),
    "DELETE /activities/{activity_id}": Case(_record),
    "POST /activities/{activity_id}/restore": Case(_record),
    "POST /activities/{activity_id}/done": Case(_record, {"feedback": "Well"}),
    "POST /changes/{change_id}/undo": Case(_record),
    "GET /contacts": Case(_signed),
    "POST /contacts": Case(_signed, _new),
    "GET /contacts/{contact_id}": Case(_record),
    "PATCH /contacts/{contact_id}": Case(_record, {"name": "Other"}),
    "DELETE /contacts/{contact_id}": Case(_record),
    "POST /contacts/{contact_id}/restore": Case(_record),
    "GET /leads/{lead_id}/attachments": Case(_record),
    "POST /leads/{lead_id}/attachments": Case(_record, files=_file),
    "GET /contacts/{contact_id}/attachments": Case(_record),
    "POST /contacts/{contact_id}/attachments": Case(_record, files=_file),
    "GET /files/{file_id}": Case(_record),
    "DELETE /files/{file_id}": Case(_record),
    "GET /events": Case(_signed),
    "GET /pipeline": Case(_signed),
    "GET /pipeline/changes": Case(_signed),
    "GET /fields": Case(_signed),
    "GET /search": Case(_signed, query="?q=pump"),
    "GET /bin": Case(_signed),
    "POST /bin/restore": Case(_signed, {"kind": "lead", "ids": [1]}),
    "POST /bin/purge": Case(_admin, {"kind": "lead", "ids": [1]}),
    "GET /groups": Case(_signed),
    "POST /leads/bulk": Case(_signed, {"ids": [], "change": {"set": {"city": "Lyon"}}}),
    "GET /jobs": Case(_signed),
    "GET /jobs/{job_id}/rows": Case(_own),
    "GET /views": Case(_signed),
    "POST /views": Case(_signed, _new),
    "GET /views/{view_id}": Case(_own),
    "PATCH /views/{view_id}": Case(_own, {"name": "Other"}),
    "DELETE /views/{view_id}": Case(_own),
    "POST /fields": Case(_admin, {"slug": "made", "label": "Made"}),
    "GET /fields/{field_id}": Case(_admin),
    "PATCH /fields/{field_id}": Case(_admin, {"label": "Other"}),
    "DELETE /fields/{field_id}": Case(_admin),
    "POST /fields/{field_id}/restore": Case(_admin),
    "POST /fields/{field_id}/index": Case(_admin),
    "GET /jobs/{job_id}": Case(_own),
    "POST /jobs/{job_id}/cancel": Case(_own),
    "POST /jobs/{job_id}/retry": Case(_own),
}

_set_up = {
    "GET /stages": Case(_signed),
    "POST /stages": Case(_manager, _new),
    "GET /stages/{stage_id}": Case(_signed),
    "PATCH /stages/{stage_id}": Case(_manager, {"guidance": "Ask for the budget."}),
    "DELETE /stages/{stage_id}": Case(_manager),
    "POST /stages/{stage_id}/restore": Case(_manager),
    "GET /activity-types": Case(_signed),
    "POST /activity-types": Case(_manager, _new),
    "GET /activity-types/{type_id}": Case(_signed),
    "PATCH /activity-types/{type_id}": Case(_manager, {"delay_days": 4}),
    "DELETE /activity-types/{type_id}": Case(_manager),
    "POST /activity-types/{type_id}/restore": Case(_manager),
    "GET /teams": Case(_signed),
    "POST /teams": Case(_manager, _new),
    "GET /teams/{team_id}": Case(_signed),
    "PATCH /teams/{team_id}": Case(_manager, {"name": "Other"}),
    "DELETE /teams/{team_id}": Case(_manager),
    "POST /teams/{team_id}/restore": Case(_manager),
    "GET /teams/{team_id}/members": Case(_signed),
    "POST /teams/{team_id}/members": Case(_manager, {"user_id": 1}),
    "GET /teams/{team_id}/members/{user_id}": Case(_signed),
    "PATCH /teams/{team_id}/members/{user_id}": Case(_manager, {"capacity": 12}),
    "DELETE /teams/{team_id}/members/{user_id}": Case(_manager),
    "GET /users": Case(_signed),
    "POST /users": Case(_admin, _new),
    "GET /users/{user_id}": Case(_signed),
    "PATCH /users/{user_id}": Case(_admin, {"name": "Renamed"}),
    "DELETE /users/{user_id}": Case(_admin),
    "POST /users/{user_id}/restore": Case(_admin),
    "GET /currencies": Case(_signed),
    "POST /currencies": Case(_admin, {"code": "NOK"}),
    "POST /currencies/rates": Case(_admin, files=_rates),
    "POST /currencies/refresh": Case(_admin),
    "GET /currencies/{code}": Case(_signed),
    "PATCH /currencies/{code}": Case(_admin, {"is_archived": True}),
    "DELETE /currencies/{code}": Case(_admin),
    "GET /currencies/{code}/rates": Case(_signed),
    "POST /currencies/{code}/rates": Case(
        _admin, {"day": "2026-11-20", "rate": "0.92"}
    ),
    "DELETE /currencies/{code}/rates/{day}": Case(_admin),
    "GET /plugins": Case(_admin),
    "GET /plugins/{plugin_id}": Case(_admin),
    "PATCH /plugins/{plugin_id}": Case(_admin, {"enabled": True}),
    "GET /access/explain": Case(_signed, query="?user_id=1&lead_id=1"),
    "GET /permissions": Case(_signed),
    "PATCH /permissions/{permission}": Case(_admin, {"role": "manager"}),
    "GET /tokens": Case(_signed),
    "POST /tokens": Case(_signed, _new),
    "DELETE /tokens/{token_id}": Case(_own),
    "GET /settings": Case(_admin),
    "PATCH /settings": Case(_admin, {"bin_days": 60}),
}

CHOICES = ("lost-reasons", "tags", "sources", "mediums", "campaigns")
_choices = {
    f"{method} /{path}{rest}": Case(needs, body)
    for path in CHOICES
    for method, rest, needs, body in (
        ("GET", "", _signed, None),
        ("POST", "", _signed if path == "tags" else _manager, _new),
        ("PATCH", "/{record_id}", _manager, {"name": "Other"}),
        ("GET", "/{record_id}", _signed, None),
        ("DELETE", "/{record_id}", _manager, None),
        ("POST", "/{record_id}/restore", _manager, None),
    )
}

SCRIPTS = {**_leads, **_set_up, **_choices}
OTHERS = {
    "GET /healthz": Case(_open),
    "GET /readyz": Case(_open),
    "GET /api/v1/openapi.json": Case(_open),
}


def add_prefix(route: str) -> str:
    """The route of the API as the application has it."""
    method, path = route.split(" ")
    return f"{method} /api/v1{path}"


EVERY = {**PAGES, **OTHERS, **{add_prefix(route): SCRIPTS[route] for route in SCRIPTS}}
