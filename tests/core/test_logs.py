import json
import logging
import subprocess
import sys

import pytest
from sqlalchemy import text

from crmkit.core import (
    LeadDraft,
    Trace,
    change_settings,
    get_lead,
    get_stage,
    move_lead,
    tracing,
)
from crmkit.core.logs import JsonLines, TextLines, hide, level_of
from crmkit.hooks import check_lead_move
from crmkit.testing import sample_plugin
from crmkit.testing.fixtures import plain_settings


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("mail to zoe.b@hydrolis.example failed", "mail to … failed"),
        ("token ck_abcdefghijklmnopqrstu is old", "token … is old"),
        ("smtps://crm:hush@mail.example.org", "smtps://…mail.example.org"),
        ("x [type=a, input_value='Zoe', input_type=str]", "input_value=…, input_type"),
        ("no\nDETAIL:  Key (email)=(zoe) exists.\nend", "no\n…\nend"),
        ("took 12 ms @ 3", "took 12 ms @ 3"),
    ],
)
def test_nobodys_data_is_logged(said, logged):
    assert logged in hide(said)


def _record(**more):
    record = logging.LogRecord("crmkit.x", 30, "f.py", 1, "%s is %d", ("It", 3), None)
    record.__dict__.update(more)
    return record


def test_a_line_of_json_holds_what_was_logged_and_the_id_of_the_request():
    with tracing(Trace("abc")):
        line = JsonLines().format(_record(ms=12, route="/leads/{lead_id}"))
    known = json.loads(line)
    assert known.pop("at").endswith("Z")
    assert known == {
        "level": "warning",
        "logger": "crmkit.x",
        "message": "It is 3",
        "request_id": "abc",
        "ms": 12,
        "route": "/leads/{lead_id}",
    }
    assert "request_id" not in json.loads(JsonLines().format(_record()))


def test_a_trace_is_shown_without_values():
    try:
        LeadDraft.model_validate({"name": 5, "email": "zoe@hydrolis.example"})
    except ValueError:
        record = _record(exc_info=sys.exc_info())
    for form in (JsonLines(), TextLines()):
        line = form.format(record)
        assert "ValidationError" in line
        assert "input_value=…" in line
        assert "hydrolis" not in line


def test_people_are_warned_and_machines_gather_more():
    def level(**values):
        return level_of(plain_settings("sqlite://", **values))

    assert (level(), level(log="json")) == ("WARNING", "INFO")
    assert level(log="json", log_level="error") == "ERROR"


def test_a_process_logs_to_standard_error_and_uvicorn_with_it():
    code = (
        "import logging; from crmkit.core import Settings, set_up_logs;"
        "set_up_logs(Settings()); set_up_logs(Settings());"
        "logging.getLogger('uvicorn.error').info('up');"
        "logging.getLogger('elsewhere').info('unheard')"
    )
    done = subprocess.run(  # noqa: S603  (our own code)
        [sys.executable, "-c", code],
        env={"CRMKIT_LOG": "json"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    assert [json.loads(line)["message"] for line in done.stderr.splitlines()] == ["up"]


def test_a_slow_statement_is_logged_without_its_values(kit, caplog):
    with kit.work() as uow:
        change_settings(uow, {"slow_statement_ms": 1})
    with kit.read(), caplog.at_level("WARNING", "crmkit.slow"):
        pass
    caplog.clear()
    with kit.read() as uow:
        uow.session.execute(
            text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                "WHERE i < :many) SELECT count(*), 'secret' FROM n"
            ),
            {"many": 300_000},
        )
    slow = [line for line in caplog.records if line.name == "crmkit.slow"]
    assert len(slow) == 1
    known = json.loads(JsonLines().format(slow[0]))
    assert known["ms"] >= 1
    assert known["statement"].startswith("WITH RECURSIVE n(i)")
    assert "secret" not in caplog.text
    assert "300" not in known["statement"]


def test_a_slow_plugin_is_logged_and_a_limit_of_0_logs_nothing(make_kit, caplog):
    @check_lead_move.impl
    def think(ctx):
        assert sum(range(200_000)) > len(ctx.leads)

    kit = make_kit(sample_plugin("slow", think))
    for limit, expected in ((0, 0), (1, 1)):
        with kit.work() as uow:
            change_settings(uow, {"slow_hook_ms": limit, "slow_statement_ms": 0})
        caplog.clear()
        lead = kit.lead(f"Pump {limit}")
        with kit.work() as uow:
            move_lead(uow, get_lead(uow, lead.id), get_stage(uow, kit.proposal))
        assert len(caplog.records) == expected
    assert caplog.records[0].plugin == "slow"
    assert caplog.records[0].hook == "check_lead_move"


def test_statements_are_counted_for_the_request_they_belong_to(kit):
    with tracing(Trace("one")) as one:
        kit.lead()
        with tracing(Trace("two")) as two, kit.read():
            pass
    assert two.statements == 1
    assert one.statements > two.statements
