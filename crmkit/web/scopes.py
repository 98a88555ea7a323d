"""Which scope of a token each address of the API takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import ALL_SCOPES, ScopeError, has_scope, scope_of

if TYPE_CHECKING:
    from crmkit.core import Actor

API = "/api/v1/"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# What an address reads and what it writes, by the first word of its path.
_OF_LEADS = (
    "leads groups activities pipeline events timeline files attachments views access "
    "messages notifications followers templates"
).split()
_OF_SETUP = (
    "stages teams lost-reasons tags sources mediums campaigns activity-types currencies"
).split()
_OF_ADMIN = ("tokens", "sign-ins", "permissions", "plugins", "settings", "schedules")
_BOTH = ("leads", "contacts")
_READS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_OF_LEADS, ("leads",)),
    **dict.fromkeys(_OF_SETUP, ("setup",)),
    **dict.fromkeys(_OF_ADMIN, ("admin",)),
    "contacts": ("contacts",),
    "changes": _BOTH,
    "search": _BOTH,
    "bin": _BOTH,
    # Whoever starts a job wants to know how it goes on.
    "jobs": ("setup",),
    "fields": ("setup",),
    "users": ("setup",),
}
_WRITES = {**_READS, "jobs": ("leads",), "fields": ("admin",), "users": ("admin",)}


def scopes_of(method: str, path: str) -> tuple[str, ...]:
    """The scopes that a token needs for a request, all of them.

    An address that is in no area takes the scope for everything.
    """
    words = path.removeprefix(API).split("/")
    writes = method not in SAFE
    if words[0] == "p" and len(words) > 1:
        return (scope_of(f"p:{words[1]}", writes=writes),)
    areas = (_WRITES if writes else _READS).get(words[0])
    if areas is None:
        return (ALL_SCOPES[0],)
    return tuple(scope_of(area, writes=writes) for area in areas)


def check_token(actor: Actor, method: str, path: str) -> None:
    """Raise ScopeError where the actor's token does not reach as far as a request."""
    if actor.token is None:
        return
    for scope in scopes_of(method, path):
        if not has_scope(actor.token.scopes, scope):
            raise ScopeError(scope)
