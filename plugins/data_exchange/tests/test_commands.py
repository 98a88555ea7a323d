from __future__ import annotations

import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from crmkit.cli import main
from crmkit.core import Lead
from crmkit_data_exchange.tables import Import, ImportRow, ImportState

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.plugins("data_exchange")

ROWS = 4000
PATIENCE = 60


class Console:
    """Calls `crmkit` on the database of the test."""

    def __init__(self, kit, folder: Path) -> None:
        url = kit.crm.engine.url.render_as_string(hide_password=False)
        self.settings = {"CRMKIT_DATABASE_URL": url}
        self.folder = folder

    def start(self, *arguments: object) -> subprocess.Popen[bytes]:
        """The command in a process of its own, which can be killed."""
        return subprocess.Popen(  # noqa: S603  (our own command)
            [sys.executable, "-m", "crmkit", *map(str, arguments)],
            cwd=self.folder,
            env={**os.environ, **self.settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def __call__(self, *arguments: object, code: int = 0) -> str:
        """What the command prints, or says of its failure."""
        called = [str(one) for one in arguments]
        done = CliRunner().invoke(main, called, env=self.settings, prog_name="crmkit")
        assert done.exit_code == code, done.output
        return done.stdout if code == 0 else done.stderr


@pytest.fixture
def console(kit, tmp_path, monkeypatch) -> Console:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CRMKIT_")]:
        monkeypatch.delenv(name)
    return Console(kit, tmp_path)


def write(folder: Path, text: str, name: str = "deals.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def count_leads(kit) -> tuple[int, int]:
    """The leads outside the bin, and their different names."""
    with kit.read() as uow:
        query = select(func.count(), func.count(Lead.name.distinct()))
        row = uow.session.execute(query.where(Lead.deleted_at.is_(None))).one()
        return row[0], row[1]


@pytest.mark.databases("sqlite")
def test_an_import_tells_what_came_of_each_row(kit, console, tmp_path):
    file = write(tmp_path, "Deal,Mail\nA,a@b.org\nB,bad\n")
    told = json.loads(console("import", "leads", file, "--json"))
    counts = (told["created"], told["updated"], told["skipped"], told["failed"])
    assert counts == (1, 0, 0, 1)
    assert told["errors"] == [
        {"line": 3, "outcome": "failed", "message": "“bad” is not a mail address."}
    ]
    text = console("import", "--undo", told["id"])
    assert "1 records taken back" in text
    assert count_leads(kit) == (0, 0)


@pytest.mark.databases("sqlite")
def test_a_dry_run_writes_nothing(kit, console, tmp_path):
    file = write(tmp_path, "Deal,Owner\nA,Ann\nB,Zed\n")
    told = json.loads(console("import", "leads", file, "--dry-run", "--json"))
    assert (told["id"], told["created"], told["failed"]) == (None, 1, 1)
    assert told["missing"] == {"users": {"Zed": 1}}
    with kit.read() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Import)) == 0
    assert count_leads(kit) == (0, 0)


@pytest.mark.databases("sqlite")
def test_second_files_are_found_beside_the_mapping_or_named(kit, console, tmp_path):
    file = write(tmp_path, "Deal,Product\nA,Pump\n")
    folder = tmp_path / "maps"
    folder.mkdir()
    write(folder, "product,price\nPump,12\n", "prices.csv")
    rule = {"field": "expected_revenue", "lookup": "p", "take": "price"}
    mapping = {
        "entity": "lead",
        "columns": {"Deal": "name", "Product": rule},
        "lookups": {"p": {"file": "prices.csv", "key": "product"}},
    }
    map_ = write(folder, json.dumps(mapping), "map.json")
    console("import", "leads", file, "--map", map_)
    other = write(tmp_path, "product,price\nPump,13\n", "other.csv")
    console("import", "leads", file, "--map", map_, "--lookup", f"p={other}")
    with kit.read() as uow:
        found = uow.session.scalars(select(Lead.expected_revenue).order_by(Lead.id))
        assert [int(revenue) for revenue in found] == [12, 13]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["import"], 2, "Name what to import and the file"),
        (["import", "leads", "x.pdf"], 1, "This is a PDF document."),
        (["import", "--undo", "9"], 1, "There is no import 9 here."),
        (["import", "leads", "x.csv", "--as", "nobody@x.org"], 1, "no user"),
        (["export", "leads", "--filter", "nonsense ="], 1, "The filter ends too early"),
    ],
)
def test_what_cannot_be_is_one_sentence(console, tmp_path, arguments, code, sentence):
    write(tmp_path, "%PDF-1.7", "x.pdf")
    write(tmp_path, "Deal\nA\n", "x.csv")
    told = console(*arguments, code=code)
    assert sentence in told
    assert "Traceback" not in told


@pytest.mark.databases("sqlite")
def test_an_export_is_what_the_user_may_see(kit, console, tmp_path):
    kit.lead("=1+1", expected_revenue=5, tags=["b", "a"])
    kit.lead("Theirs", owner_id=kit.oli, team_id=kit.oslo)
    target = tmp_path / "out.csv"
    console("export", "leads", "-o", target, "--as", "ann@example.org")
    text = target.read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["name"], row["tags"]) for row in rows] == [("'=1+1", "a, b")]
    lines = console("export", "leads", "--format", "jsonl", "--filter", "owner = Oli")
    assert [json.loads(line)["name"] for line in lines.splitlines()] == ["Theirs"]


def wait_for_rows(kit, least: int, process) -> int:
    """The number of an import once `least` of its rows are in."""
    end = monotonic() + PATIENCE
    while monotonic() < end and process.poll() is None:
        with kit.read() as uow:
            found = uow.session.execute(select(Import.id, Import.done_rows)).first()
        if found is not None and found.done_rows >= least:
            return int(found.id)
        sleep(0.005)
    pytest.fail("The import ended before it could be killed.")


def kill_and_resume(kit, console, tmp_path, kills: int) -> None:
    rows = "".join(f"Deal {n},Acme {n % 7}\n" for n in range(ROWS))
    file = write(tmp_path, f"Deal,Company\n{rows}")
    where = random.Random(kills)  # noqa: S311  (where to kill, not a secret)
    least = sorted(where.randrange(1, ROWS * 3 // 4) for _ in range(kills))
    command: list[object] = ["import", "leads", file]
    for rows_in in least:
        with console.start(*command) as process:
            number = wait_for_rows(kit, rows_in, process)
            process.send_signal(signal.SIGKILL)
        command = ["import", "--resume", number]
        with kit.read() as uow:
            import_ = uow.session.get(Import, number)
            assert import_ is not None
            assert import_.state is ImportState.RUNNING
            done = import_.done_rows
        assert count_leads(kit) == (done, done)
    told = json.loads(console(*command, "--json"))
    assert (told["state"], told["created"]) == ("done", ROWS)
    assert count_leads(kit) == (ROWS, ROWS)
    with kit.read() as uow:
        query = select(func.count(), func.count(ImportRow.row_index.distinct()))
        assert uow.session.execute(query.select_from(ImportRow)).one() == (ROWS, ROWS)


def test_an_import_that_is_killed_goes_on_and_doubles_nothing(kit, console, tmp_path):
    kills = 2 if kit.crm.engine.dialect.name == "sqlite" else 1
    kill_and_resume(kit, console, tmp_path, kills)


@pytest.mark.soak
def test_an_import_that_is_killed_thirty_times_doubles_nothing(kit, console, tmp_path):
    kill_and_resume(kit, console, tmp_path, 30)
