"""The OpenAPI document: what FastAPI knows of the routes, completed for clients."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from crmkit.web.answers import json_answer
from crmkit.web.api.examples import REFERENCE, body_example, example_of
from crmkit.web.api.shapes import Problem
from crmkit.web.routing import Routes
from crmkit.web.work import crm_of

if TYPE_CHECKING:
    from starlette.types import Lifespan

Schema = dict[str, Any]

routes = APIRouter(include_in_schema=False)

_METHODS = frozenset({"get", "post", "patch", "put", "delete"})
_PLUGIN = re.compile(r"/api/v1/p/([a-z0-9_]+)/")
_GENERIC = re.compile(r"\b(Page|History|Items)_(\w+?)_(?=\W)")
_PROBLEMS = {
    "400": "The request cannot be read.",
    "401": "There is no token, or it is not valid.",
    "403": "The role or the token does not allow this.",
    "404": "There is no such record, or it is not to be seen.",
    "409": "It was changed meanwhile, or is in use.",
    "412": "`If-Match` names an older version, and what is sent was changed since.",
    "413": "It is too large.",
    "415": "It is sent in a form that this operation does not read.",
    "422": "Some input cannot be kept; `errors` names each field.",
    "503": "The database is busy; try again.",
}
_ALWAYS = ("401", "403", "404", "422", "503")
_WRITING = ("400", "409", "412", "413", "415")
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The `ETag` of the record as it was read. Where a field that is "
    "sent was changed since, the answer is 412 with the record as it is.",
    "schema": {"type": "string", "pattern": r'^((W/)?"?[0-9]{1,18}"?|\*)$'},
    "example": '"1"',
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The `ETag` of the record as it is known; 304 if it still holds. "
    "What names no version is passed over.",
    "schema": {"type": "string"},
    "example": '"1"',
}
_DESCRIPTION = """\
Everything that crmkit does for people, for scripts. Sign in with a bearer token
(`crmkit user token EMAIL`). Amounts are texts, moments are in UTC, a list is a page of
`items`. An error is `application/problem+json` with one clear sentence."""


class Application(FastAPI):
    """FastAPI with a document that says all that a client has to know."""

    router: Routes

    def __init__(self, *, lifespan: Lifespan[FastAPI], **options: Any) -> None:
        super().__init__(**options)
        self.router = Routes(lifespan=lifespan, dependency_overrides_provider=self)

    @override
    def openapi(self) -> Schema:
        """The document with every plugin's operations, made once."""
        if not self.openapi_schema:
            self.openapi_schema = _complete(
                get_openapi(
                    title=self.title,
                    version=self.version,
                    description=_DESCRIPTION,
                    routes=self.routes,
                    servers=[{"url": "/", "description": "This installation"}],
                )
            )
        return self.openapi_schema


@routes.get("/openapi.json")
def read_document(request: Request) -> Response:
    """The document, without plugins that do not run just now."""
    crm = crm_of(request)
    document: Schema = request.app.openapi()
    paths = document["paths"]
    named = {path: match[1] for path in paths if (match := _PLUGIN.match(path))}
    running = {one for one in set(named.values()) if crm.is_running(one)}
    shown = {
        path: paths[path]
        for path in paths
        if path not in named or named[path] in running
    }
    return json_answer({**document, "paths": shown})


def _complete(document: Schema) -> Schema:
    text = _GENERIC.sub(r"\2\1", json.dumps(document))
    document = json.loads(text)
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas |= _problem_schemas()
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    components["responses"] = {
        f"Problem{status}": _problem(status) for status in _PROBLEMS
    }
    paths = {path: document["paths"][path] for path in sorted(document["paths"])}
    document["paths"] = paths
    for path, operations in paths.items():
        for method, operation in operations.items():
            if method in _METHODS:
                _lift_definitions(operation, schemas)
                _finish(path, method, operation, schemas)
                _add_examples(operation, schemas)
    _add_links(paths)
    return document


def _problem_schemas() -> dict[str, Schema]:
    template = REFERENCE + "{model}"
    schema = TypeAdapter(Problem).json_schema(ref_template=template)
    return {**schema.pop("$defs"), "Problem": schema}


def _problem(status: str) -> Schema:
    example = {
        "type": "about:blank",
        "title": "Problem",
        "status": int(status),
        "detail": _PROBLEMS[status].replace("`", ""),
    }
    schema = {"$ref": f"{REFERENCE}Problem"}
    content = {"application/problem+json": {"schema": schema, "example": example}}
    return {"description": _PROBLEMS[status], "content": content}


def _lift_definitions(operation: Schema, schemas: dict[str, Schema]) -> None:
    """Put what a merge-patch's schema refers to among the document's schemas."""
    for media in operation.get("requestBody", {}).get("content", {}).values():
        for name, schema in media["schema"].pop("$defs", {}).items():
            schemas.setdefault(name, schema)


def _finish(
    path: str, method: str, operation: Schema, schemas: dict[str, Schema]
) -> None:
    operation["operationId"] = name_operation(method, path)
    if not path.startswith("/api/"):
        return
    operation["security"] = [{"token": []}]
    statuses = _ALWAYS if method == "get" else (*_ALWAYS, *_WRITING)
    problems = {
        status: {"$ref": f"#/components/responses/Problem{status}"}
        for status in sorted(statuses)
    }
    operation["responses"] = {**operation["responses"], **problems}
    if method == "patch":
        operation.setdefault("parameters", []).append(_IF_MATCH)
    if method == "get" and _is_versioned(operation, schemas):
        operation.setdefault("parameters", []).append(_IF_NONE_MATCH)
        operation["responses"]["304"] = {"description": "It is as the `ETag` says."}


def _is_versioned(operation: Schema, schemas: dict[str, Schema]) -> bool:
    """Whether the answer is one record whose version says all of how it stands."""
    media = operation["responses"]["200"].get("content", {}).get("application/json", {})
    name = media.get("schema", {}).get("$ref", "").removeprefix(REFERENCE)
    version = schemas.get(name, {}).get("properties", {}).get("version", {})
    return bool(version.get("type") == "integer") and name != "Lead"


def _add_examples(operation: Schema, schemas: dict[str, Schema]) -> None:
    for media in operation.get("requestBody", {}).get("content", {}).values():
        media.setdefault("example", body_example(media["schema"], schemas))
    for status, response in operation["responses"].items():
        for media in response.get("content", {}).values():
            if status < "3" and media.get("schema"):
                media.setdefault("example", example_of(media["schema"], schemas))


def _add_links(paths: dict[str, Schema]) -> None:
    """Say of each operation that creates which others take the new record's id."""
    for path, operations in paths.items():
        created = operations.get("post", {}).get("responses", {}).get("201")
        below = re.compile(re.escape(path) + r"/\{(\w+)\}(/[\w-]+)?")
        if created is None:
            continue
        links = {
            operation["operationId"]: {
                "operationId": operation["operationId"],
                "parameters": {match[1]: "$response.body#/id"},
            }
            for other, found in paths.items()
            if (match := below.fullmatch(other))
            for method, operation in found.items()
            if method in _METHODS
        }
        if links:
            created["links"] = links


# Where the address alone would give two operations one name.
_NAMED = {
    ("post", "/api/v1/currencies/rates"): "import_currency_rates",
    ("post", "/api/v1/settings/mail/test"): "test_mail_server",
    ("get", "/api/v1/access/explain"): "explain_access",
    ("get", "/api/v1/search"): "search",
    ("get", "/api/v1/bin"): "list_deleted",
    ("post", "/api/v1/bin/restore"): "restore_deleted",
    ("post", "/api/v1/bin/purge"): "purge_deleted",
    ("post", "/api/v1/leads/duplicates"): "find_duplicates",
}


def name_operation(method: str, path: str) -> str:
    """The stable name of an operation: `list_leads`, `read_lead`, `move_lead`."""
    if (method, path) in _NAMED:
        return _NAMED[method, path]
    parts = path.removeprefix("/api/v1").removeprefix("/p/").strip("/").split("/")
    words = [part.replace("-", "_") for part in parts if not part.startswith("{")]
    last, is_one = words[-1], parts[-1].startswith("{")
    is_list = not is_one and last.endswith("s")
    owners = [_singular(word) for word in words[:-1]]
    if method == "post" and not is_list and len(words) > 1:
        return "_".join([last, *owners])
    verbs = {"get": "read", "post": "create", "patch": "change", "delete": "delete"}
    verb = "list" if method == "get" and is_list else verbs.get(method, method)
    noun = last if verb == "list" else _singular(last)
    return "_".join([verb, *owners, noun])


def _singular(noun: str) -> str:
    if noun.endswith("ies"):
        return f"{noun[:-3]}y"
    return noun.removesuffix("s")
