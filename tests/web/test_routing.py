"""A request finds its route by the first word of its address."""

import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from crmkit.web.routing import Routes

ONE = "/api/v1/leads/7"


def _answer_with(text: str):
    def answer() -> Response:
        return PlainTextResponse(text)

    return answer


@pytest.fixture
def client():
    own, included, core = APIRouter(), APIRouter(), Routes()
    own.add_api_route("/leads/{lead_id}", _answer_with("a lead"))
    own.add_api_route("/{page}/about", _answer_with("about a page"))
    included.add_api_route("/{lead_id}", _answer_with("a lead for scripts"))
    core.routes.extend(own.routes)
    core.include_router(included, prefix="/api/v1/leads")
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.router = Routes()
    app.router.take_over(core)
    app.add_api_route("/", _answer_with("the first page"))
    app.mount("/static/0a1b", Starlette())
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", "the first page"),
        ("/leads/7", "a lead"),
        ("/leads/7/", "a lead"),
        (ONE, "a lead for scripts"),
        ("/leads/about", "a lead"),
        ("/anything/about", "about a page"),
    ],
)
def test_the_first_route_whose_address_fits_answers(client, path, text):
    assert client.get(path).text == text


@pytest.mark.parametrize("path", ["/lead", "/api/v1", "/static/0a1b/none"])
def test_an_address_that_no_route_has_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_a_method_that_no_route_takes_is_refused(client):
    answer = client.delete("/leads/7")
    assert answer.status_code == 405
    assert client.delete(ONE).status_code == 405
