"""Each example of the guides does what the guide says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from crmkit.cli.beginning import begin
from crmkit.core import Role, UserDraft, add_token, add_user, sign_in
from crmkit.testing import PluginConformance, served, write_plugin
from crmkit.web import create_app
from crmkit.web.work import COOKIE

from tests.docs.blocks import DOCS, blocks_of, differences, read_message

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def token(crm):
    """The key of an admin, in a database as `crmkit db upgrade` leaves it."""
    begin(crm)
    with crm.work() as uow:
        draft = UserDraft(name="Camille", email="c@example.org", role=Role.ADMIN)
        return add_token(uow, add_user(uow, draft), "guide")


def _found(answer, name):
    """The first value of that name in an answer, however deep."""
    if isinstance(answer, dict) and name in answer:
        return answer[name]
    values = answer.values() if isinstance(answer, dict) else answer
    if isinstance(answer, dict | list):
        for value in values:
            if (found := _found(value, name)) is not None:
                return found
    return None


def test_the_requests_of_the_api_guide_are_answered_as_it_shows(crm, token):
    messages = [read_message(text) for text in blocks_of("api.md", "http")]
    requests, answers = messages[::2], messages[1::2]
    assert [one.is_answer for one in requests] == [False] * len(requests)
    assert [one.is_answer for one in answers] == [True] * len(requests)
    change_id = ""
    with TestClient(create_app(crm)) as client:
        for request, expected in zip(requests, answers, strict=True):
            method, path, _ = request.start.split(" ")
            path = path.replace("$change_id", change_id)
            headers = {**request.headers, "Authorization": f"Bearer {token}"}
            answer = client.request(
                method, path, content=request.body or None, headers=headers
            )
            shown = f"{request.start}\n{answer.text}"
            assert answer.status_code == int(expected.start.split(" ")[1]), shown
            for name, value in expected.headers.items():
                assert answer.headers[name] == value, shown
            if expected.body:
                assert differences(expected.json, answer.json()) == [], shown
                change_id = _found(answer.json(), "change_id") or ""


def test_the_script_of_the_api_guide_runs(crm, token):
    (script,) = blocks_of("api.md", "python")
    with served(create_app(crm)) as url:
        environment = {**os.environ, "CRMKIT_URL": url, "CRMKIT_TOKEN": token}
        done = subprocess.run(  # noqa: S603  (the guide is ours)
            [sys.executable, "-c", script],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Cooling tower 0\n"


def test_the_commands_of_the_integrators_guide_do_their_work(tmp_path):
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    kept = {n: v for n, v in os.environ.items() if not n.startswith("CRMKIT_")}
    for block in blocks_of("integrators.md", "sh"):
        done = subprocess.run(  # noqa: S603  (the guide is ours)
            ["/bin/bash", "-ec", block],
            cwd=tmp_path,
            env={**kept, "PATH": path, "CRMKIT_PLUGINS": "[]"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a plugin's package where it can be imported from."""
    monkeypatch.syspath_prepend(tmp_path)
    return partial(write_plugin, tmp_path)


def test_the_plugin_of_the_guide_to_slots_marks_old_leads(make_kit, clock, write):
    (code,) = blocks_of("slots.md", "python")
    manifest = (
        "\nfrom crmkit.hooks import Plugin\nplugin = Plugin(id='age', name='Age')\n"
    )
    kit = make_kit(write("age", {"plugin.py": code + manifest}))
    kit.lead("Old pump")
    clock.advance(days=31)
    with kit.work() as uow:
        key = sign_in(uow, kit.eve, "test")
    with TestClient(create_app(kit.crm), cookies={COOKIE: key}) as client:
        assert "31 days old" in client.get("/pipeline").text


def test_the_test_of_the_guide_to_testing_passes(tmp_path):
    (code,) = blocks_of("testing.md", "python")
    tmp_path.joinpath("test_guide.py").write_text(code, encoding="utf-8")
    done = subprocess.run(  # noqa: S603  (the guide is ours)
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        env={**os.environ, "CRMKIT_TEST_DATABASES": "sqlite"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout


def test_the_guide_to_testing_lists_every_check_of_the_suite():
    listed = re.findall(
        r"^- (.*)$", (DOCS / "testing.md").read_text("utf-8"), re.MULTILINE
    )
    names = [name for name in dir(PluginConformance) if name.startswith("test_")]
    checks = {name.removeprefix("test_").replace("_", " ") for name in names}
    assert set(listed) == checks
    assert len(checks) >= 40
