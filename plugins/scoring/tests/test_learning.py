from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
import zlib
from dataclasses import replace
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from crmkit_scoring.commands import scoring
from crmkit_scoring.evaluating import Ask, UnreadableError, foretell, read_rows
from crmkit_scoring.learned.arrays import tell_rows
from crmkit_scoring.learned.calibrating import WAYS, calibrate, cross_calibrate
from crmkit_scoring.learned.columns import as_number
from crmkit_scoring.learned.fitting import fit
from crmkit_scoring.learned.weights import BrokenModelError, load_weights
from crmkit_scoring.measures import log_loss
from crmkit_scoring.reasons import share_out

if TYPE_CHECKING:
    from crmkit_scoring.learned.columns import Value

SOURCES = {"mail": 0.8, "phone": 0.5, "fair": 0.2}


def make_rows(count: int, seed: int) -> tuple[list[dict[str, Value]], list[bool]]:
    """Leads won by source and size, and by size only where it is a fair (a pair)."""
    random = Random(seed)  # noqa: S311  (the same each time is what is wanted)
    rows: list[dict[str, Value]] = []
    won: list[bool] = []
    for _ in range(count):
        source, size = random.choice(list(SOURCES)), random.uniform(0, 100)
        chance = SOURCES[source]
        if source == "fair" and size > 50:
            chance = 0.9
        rows.append({"source": source, "size": size, "noise": str(random.random())})
        won.append(random.random() < chance)
    return rows, won


@pytest.fixture(scope="module")
def fitted():
    rows, won = make_rows(1500, 1)
    return fit(["source", "size"], rows, won, [n % 5 for n in range(1500)])


def test_what_two_fields_say_together_is_learned(fitted):
    assert fitted.kind in {"pairs", "mixed"}
    assert fitted.losses[fitted.kind] < fitted.losses["bayes"] < fitted.losses["base"]
    small, large = ({"source": "fair", "size": size} for size in (20.0, 80.0))
    assert fitted.weights.chance(small) < 0.5 < fitted.weights.chance(large)


def test_parts_lead_to_the_probability(fitted):
    row = {"source": "fair", "size": 80.0}
    odds, parts = fitted.weights.add_up(row)
    assert fitted.weights.bias + sum(parts) == pytest.approx(odds)
    told = fitted.weights.estimate(row)
    assert {name for name, *_ in told.parts} == {"source", "size"}


def test_many_are_told_what_one_is_told(fitted):
    rows, _ = make_rows(50, 2)
    rows += [{"source": None, "size": None}, {"source": "?", "size": "no number"}]
    one = [fitted.weights.chance(row) for row in rows]
    assert tell_rows(fitted.weights, rows) == pytest.approx(one)


def test_a_bent_model_says_the_same_of_one_and_many_and_its_parts_add_up(fitted):
    knots = [(-2.0, -1.0), (0.0, -0.5), (1.0, 2.0)]
    packed = replace(fitted.weights, knots=knots).dump()
    bent = load_weights(*packed)
    assert bent is not None
    rows, _ = make_rows(50, 2)
    assert tell_rows(bent, rows) == pytest.approx([bent.chance(row) for row in rows])
    for row in rows[:9]:
        told = bent.estimate(row)
        reasons = share_out(told.base, told.percent, told.parts)
        assert told.percent == round(100 * bent.chance(row), 2)
        points = sum(reason.points for reason in reasons)
        assert round(told.base, 2) + points == pytest.approx(told.percent, abs=0.02)


def test_what_is_foretold_too_mildly_in_the_middle_is_bent():
    random = Random(9)  # noqa: S311  (the same)
    odds = [random.uniform(-3, 3) for _ in range(4000)]
    # Sure at both ends, a coin's chance in between: no sigmoid is like that.
    won = [random.random() < (0.02 if x < -1 else 0.5 if x < 1 else 0.98) for x in odds]
    told, seen = np.array(odds), np.array(won).astype(int)
    held = np.arange(4000) % 5
    found = {
        way: log_loss(cross_calibrate([told], seen, held, way).tolist(), won)
        for way in WAYS
    }
    assert found["isotonic"] < found["sigmoid"] - 0.02
    bent = calibrate([told], seen, "isotonic")
    rising = bent.add_up([np.sort(told)])
    assert (np.diff(rising) > 0).all()


def test_a_model_is_kept_as_json_and_known_by_its_sum(fitted):
    packed, digest = fitted.weights.dump()
    row: dict[str, Value] = {"source": "mail", "size": 5.0}
    loaded = load_weights(packed, digest)
    assert loaded is not None
    assert loaded.chance(row) == fitted.weights.chance(row)
    earlier = zlib.compress(b'{"columns": [], "trees": []}')
    assert load_weights(earlier, sha256(earlier).hexdigest()) is None
    with pytest.raises(BrokenModelError):
        load_weights(packed + b" ", digest)


def test_without_any_signal_nobody_is_told_more_than_the_base():
    random = Random(3)  # noqa: S311  (the same)
    rows: list[dict[str, Value]] = [
        {"agent": random.choice("abcdef")} for _ in range(600)
    ]
    won = [random.random() < 0.6 for _ in rows]
    found = fit(["agent"], rows, won, [n % 5 for n in range(600)])
    chances = [found.weights.chance(row) for row in rows]
    assert max(chances) - min(chances) < 0.15
    assert found.losses[found.kind] <= found.losses["base"]


def write(path, rows, won, outcomes=("no", "yes")):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", *rows[0], "ended"])
        for index, (row, is_won) in enumerate(zip(rows, won, strict=True)):
            writer.writerow([index, *row.values(), outcomes[is_won]])


def test_one_file_is_learned_from_and_another_foretold(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "train.csv", *make_rows(1200, 4))
    write(tmp_path / "test.csv", *make_rows(300, 5))
    command = "evaluate train.csv test.csv --outcome ended --id number --out out.csv"
    ran = CliRunner().invoke(scoring, [*command.split(), "--ignore", "noise", "--json"])
    assert ran.exit_code == 0, ran.output
    said = json.loads(ran.stdout)
    assert said["auc"] > 0.7
    assert said["calibration_error"] < 0.1
    with (tmp_path / "out.csv").open() as file:
        told = list(csv.DictReader(file))
    assert [row["id"] for row in told] == [str(n) for n in range(300)]
    assert all(0 < float(row["probability"]) < 1 for row in told)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--outcome", "end", "--id", "number"], "no column “end” in train.csv"),
        (["--outcome", "ended", "--id", "number"], "reads as won and lost"),
    ],
)
def test_what_cannot_be_evaluated_is_told(tmp_path, options, sentence):
    for name in ("train.csv", "test.csv"):
        write(tmp_path / name, *make_rows(60, 4), outcomes=("down", "up"))
    files = [str(tmp_path / name) for name in ("train.csv", "test.csv")]
    out = ["--out", str(tmp_path / "out.csv")]
    ran = CliRunner().invoke(scoring, ["evaluate", *files, *options, *out])
    assert sentence in str(ran.exception)


def odd_file(number: int) -> bytes:
    """Sixty rows as spreadsheets write them: each kind of file odd in its own way."""
    outcomes = [("Won", "Lost"), ("1.0", "0.0"), ("oui", "non"), ("TRUE", "FALSE")]
    delimiter, encoding = [(",", "utf-8-sig"), (";", "cp1252"), ("\t", "utf-16")][
        number % 3
    ]
    yes, no = outcomes[number % 4]
    lines = [["number", "ville", " montant", "vide", "same", "ended"]]
    for n in range(60):
        amount = "" if n % 7 == 0 else f"1 {n:03},50 €" if number % 2 else f"{n},000.5"
        where = "Évry" if n % 2 else "Lyon"
        key = "same" if number == 3 else str(n // 2)
        lines.append([key, where, amount, "", "x", yes if n % 3 else no])
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(lines)
    text.write(f"61{delimiter}Lyon\r\n\r\n")
    raw = text.getvalue().encode(encoding)
    return gzip.compress(raw) if number == 2 else raw


def test_odd_files_are_read_and_foretold(tmp_path):
    ask = Ask("ended", "number", frozenset())
    for number in range(4):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(odd_file(number))
        rows = read_rows(path, ask, needs_outcome=True)
        assert rows.names == ("ville", "montant", "vide", "same")
        assert rows.values[1]["ville"] == "Évry"
        assert [*map(bool, rows.won[:3])] == [False, True, True]
        assert rows.won[60] is None
        told = foretell(rows, rows, "ended")
        assert all(0 < chance < 1 for chance in told.chances)
    assert as_number("1 007,50 €") == as_number("1,007.5") == 1007.5
    path.write_bytes(b"\x1f\x8b broken")
    with pytest.raises(UnreadableError, match="cannot be read as CSV"):
        read_rows(path, ask, needs_outcome=True)


def test_the_web_never_loads_what_learns():
    code = (
        "import sys, crmkit.web, crmkit_scoring.plugin, crmkit_scoring.commands;"
        "print({'sklearn', 'numpy', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run(  # noqa: S603  (our own Python)
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
