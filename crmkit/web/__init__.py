"""The web door: pages for people and an API for scripts."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from anyio.to_thread import current_default_thread_limiter
from starlette.staticfiles import StaticFiles
from typing_extensions import override

import crmkit
from crmkit.app import Crm, open_crm
from crmkit.core import Settings, set_up_logs
from crmkit.web import api, pages
from crmkit.web.access_log import AccessLog
from crmkit.web.answers import (
    changed,
    is_part,
    json_answer,
    page,
    sentence,
    version_of,
)
from crmkit.web.api.document import Application
from crmkit.web.guard import Guard
from crmkit.web.mounting import mount_plugins
from crmkit.web.pages.places import settings_page
from crmkit.web.pages.typed import read_number
from crmkit.web.permissions import all_need, needs
from crmkit.web.problems import add_handlers
from crmkit.web.rendering import Templates
from crmkit.web.repeating import takes_no_key
from crmkit.web.routing import Routes
from crmkit.web.strangers import StrangerRoutes, for_strangers
from crmkit.web.work import crm_of, work

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI
    from starlette.responses import Response

__all__ = [
    "all_need",
    "changed",
    "create_app",
    "create_app_from_environment",
    "crm_of",
    "for_strangers",
    "is_part",
    "json_answer",
    "needs",
    "page",
    "read_number",
    "sentence",
    "settings_page",
    "takes_no_key",
    "version_of",
    "work",
]

_YEAR = 31_536_000


def create_app(crm: Crm) -> FastAPI:
    """The web application of `crm`, its plugins' routes mounted."""
    app = Application(
        title="crmkit",
        version=crmkit.__version__,
        lifespan=_live,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # api/document.py answers it
    )
    app.state.crm = crm
    app.state.templates = Templates(lambda: crm.settings.zone, crm.clock.now)
    app.state.stranger_routes = StrangerRoutes()
    add_handlers(app)
    app.router.take_over(_core_routes())
    mount_plugins(app, crm)
    for address, folder in app.state.templates.static_folders.items():
        app.mount(address, _KeptFiles(directory=folder))
    app.add_middleware(Guard, crm=crm)
    app.add_middleware(AccessLog)
    return app


def create_app_from_environment() -> FastAPI:
    """The web application of the settings of file and environment."""
    settings = Settings()
    set_up_logs(settings)
    return create_app(open_crm(settings))


@cache
def _core_routes() -> Routes:
    """The routes of every application; FastAPI takes a second to build them."""
    routes = Routes()
    api.add_routes(routes)
    pages.add_routes(routes)
    return routes


@asynccontextmanager
async def _live(app: FastAPI) -> AsyncIterator[None]:
    # More threads than connections would only wait for each other.
    crm: Crm = app.state.crm
    current_default_thread_limiter().total_tokens = crm.settings.pool_size
    yield
    crm.close()


class _KeptFiles(StaticFiles):
    """Files whose address changes with their content, so browsers may keep them."""

    @override
    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        answer = super().file_response(*args, **kwargs)
        answer.headers["cache-control"] = f"public, max-age={_YEAR}, immutable"
        return answer
