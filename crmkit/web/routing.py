"""Finding the route of a request among several hundred.

FastAPI tries the routes one after the other. Here a request is tried against those
alone whose address begins with the same word: `leads` in `/leads/{lead_id}`, in
`/api/v1/leads` and in `/api/v1/leads/{lead_id}/win`, a plugin's id in `/p/<id>/…`.
"""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send
from typing_extensions import override

_BEFORE_THE_WORD = frozenset({"", "api", "v1", "p"})


class Routes(APIRouter):
    """A router that knows its routes by the first word of their addresses.

    What is included keeps the words of its routes; a route that is added afterwards
    by other means is known by its own path.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.words: dict[int, frozenset[str]] = {}
        self._branches: dict[str, APIRouter] = {}

    @override
    def include_router(
        self, router: APIRouter, *, prefix: str = "", **options: Any
    ) -> None:
        """Include the routes of `router` behind `prefix`, as FastAPI does."""
        super().include_router(router, prefix=prefix, **options)
        paths = [prefix + getattr(route, "path", "") for route in router.routes]
        self.words[id(self.routes[-1])] = frozenset(map(_first_word, paths))

    def take_over(self, other: "Routes") -> None:
        """Answer the routes of `other` too; they stay its own, and as it built them."""
        self.routes.extend(other.routes)
        self.words.update(other.words)

    @override
    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the branch of the address answer."""
        if scope["type"] == "lifespan":
            await super().app(scope, receive, send)
            return
        if not self._branches:
            self._branches = self._grow()
        scope.setdefault("router", self)
        branch = self._branches.get(_first_word(scope["path"]), self._branches[""])
        await branch.app(scope, receive, send)

    def _grow(self) -> dict[str, APIRouter]:
        words = [self._words_of(route) for route in self.routes]
        return {
            word: _make_branch(
                route
                for route, own in zip(self.routes, words, strict=True)
                if word in own or "" in own
            )
            for word in frozenset({""}).union(*words)
        }

    def _words_of(self, route: BaseRoute) -> frozenset[str]:
        own = self.words.get(id(route))
        return own or frozenset({_first_word(getattr(route, "path", ""))})


def _first_word(path: str) -> str:
    """What routes are known by, or "" where any word may stand in its place."""
    for word in path.split("/"):
        if word not in _BEFORE_THE_WORD:
            return "" if word.startswith("{") else word
    return ""


def _make_branch(routes: Iterable[BaseRoute]) -> APIRouter:
    branch = APIRouter()
    branch.routes.extend(routes)
    return branch
