"""Has two routes at one address."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crmkit.hooks import Plugin, register_pages

plugin = Plugin(id="bad_routes", name="Bad routes")
routes = APIRouter()


@routes.get("/home")
def first(request: Request) -> Response:
    return JSONResponse(request.url.path)


@routes.get("/home")
def second(request: Request) -> Response:
    return JSONResponse(request.url.path)


@register_pages.impl
def pages(ctx):
    del ctx
    return [routes]
