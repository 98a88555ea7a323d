"""Mounting what plugins bring: routes, templates, static files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core.declarations import answers_of
from crmkit.hooks import RegisterRoutes, register_api, register_pages
from crmkit.web.api import CHECKS
from crmkit.web.permissions import check_declared
from crmkit.web.repeating import take_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import APIRouter, FastAPI

    from crmkit.app import Crm
    from crmkit.core import PluginEntry


class TakenAddressError(Exception):
    """Two routes of a plugin have one address, of which only the first would answer."""

    def __init__(self, address: str) -> None:
        super().__init__(f"Its address {address} is there twice.")


def mount_plugins(app: FastAPI, crm: Crm) -> None:
    """Mount every plugin that could be started; one that raises here is `failed`."""
    for entry, routers in try_routes(crm):
        for prefix, router in routers:
            is_api = prefix.startswith("/api/")
            if is_api:
                take_keys(router)
            else:
                app.state.stranger_routes.add(prefix, router)
            checks = CHECKS if is_api else []
            app.include_router(
                router, prefix=prefix, include_in_schema=is_api, dependencies=checks
            )
        if entry.package is not None:
            app.state.templates.add_plugin(entry.id, entry.package)


def try_routes(
    crm: Crm,
) -> Iterator[tuple[PluginEntry, list[tuple[str, APIRouter]]]]:
    """Each plugin that runs with its routes; one whose routes are wrong is `failed`."""
    for entry in crm.plugins.started():
        try:
            routers = _routers(crm, entry)
        except Exception as error:  # noqa: BLE001  (no plugin may stop the start)
            entry.fail(error)
            crm.plugins.leave_out(entry)
        else:
            yield entry, routers


def _routers(crm: Crm, entry: PluginEntry) -> list[tuple[str, APIRouter]]:
    found: list[tuple[str, APIRouter]] = []
    for hook, base in ((register_pages, "/p"), (register_api, "/api/v1/p")):
        prefix = f"{base}/{entry.id}"
        context = RegisterRoutes(entry.id, prefix)
        for answer in answers_of(crm.plugins, entry, hook, context):
            found += [(prefix, router) for router in answer]
    for _, router in found:
        check_declared(router, crm.plugins.permissions)
    _check_addresses(found)
    return found


def _check_addresses(routers: list[tuple[str, APIRouter]]) -> None:
    seen: set[str] = set()
    for prefix, router in routers:
        for route in router.routes:
            for method in sorted(getattr(route, "methods", None) or ()):
                address = f"{method} {prefix}{getattr(route, 'path', '')}"
                if address in seen:
                    raise TakenAddressError(address)
                seen.add(address)
