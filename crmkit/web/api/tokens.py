"""Tokens, for scripts: one's own, and to admins everybody's."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    AccessToken,
    RecordId,
    TokenDraft,
    UnitOfWork,
    User,
    get_token,
    get_user,
    list_tokens,
    make_token,
    revoke_token,
)
from crmkit.web.answers import json_answer
from crmkit.web.api import shapes
from crmkit.web.repeating import takes_no_key
from crmkit.web.work import work

routes = APIRouter(tags=["tokens"])


class TokenBody(TokenDraft):
    """A new token; without `user_id` it is that of who asks."""

    user_id: RecordId | None = None

    def draft(self) -> TokenDraft:
        """What the core takes."""
        return TokenDraft(**self.model_dump(exclude={"user_id"}))


def _token(token: AccessToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "user_id": token.user_id,
        "name": token.name,
        "scopes": token.scope_list,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
    }


def _whose(uow: UnitOfWork, user_id: int | None) -> User:
    return get_user(uow, user_id or uow.actor.id or 0)


@routes.get("/tokens", response_model=shapes.Items[shapes.Token])
def list_all(
    request: Request, user_id: Annotated[int | None, Query()] = None
) -> Response:
    """The tokens of who asks, or for an admin those of `user_id`; never their keys."""
    with work(request) as uow:
        tokens = list_tokens(uow, _whose(uow, user_id))
        return json_answer({"items": [_token(token) for token in tokens]})


@routes.post("/tokens", status_code=201, response_model=shapes.NewToken)
@takes_no_key
def create(request: Request, body: TokenBody) -> Response:
    """A new token; its key stands in `token`, once and never again."""
    with work(request) as uow:
        token, key = make_token(uow, _whose(uow, body.user_id), body.draft())
        return json_answer({**_token(token), "token": key}, status=201)


@routes.delete("/tokens/{token_id}", status_code=204)
def delete(request: Request, token_id: int) -> Response:
    """Revoke a token, from the next request on."""
    with work(request) as uow:
        revoke_token(uow, get_token(uow, token_id))
        return Response(status_code=204)
