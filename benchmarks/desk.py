"""`python -m benchmarks.desk`: how long one waits for board, list, palette and moves.

Pages come one after the other from a real server on SQLite; sizes are gzipped. The bars
are those of a desk that nobody waits at: a board within 150 ms but for five in a
hundred, and 150 kB with all that its first visit fetches; search within 100 ms.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from gzip import compress
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin

from benchmarks.databases import fingerprint, open_for
from benchmarks.growing import grow
from benchmarks.measuring import ninety_fifth
from benchmarks.seeding import seed, sign_people_in
from benchmarks.serving import OURS, Client, serve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.app import Crm

SEEDED, TIMES, KB, MS = 20_000, 40, 1024, 1000
BOARD_MS, SEARCH_MS, MOVE_MS, FIRST_KB = 150, 100, 50, 150
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_PART = {"hx-request": "true", "hx-request-type": "partial"}
_FILES = re.compile(r'(?:href|src)="(/static/[^"#]+\.(?:css|js))')
_IMPORTS = re.compile(r'(?:from|import) "([^"]+)"')
PAGES = (
    ("board", "/pipeline", BOARD_MS),
    ("board by owner", "/pipeline?group=owner", BOARD_MS),
    ("board by month of the close", "/pipeline?group=expected_close:month", BOARD_MS),
    ("board, largest first", "/pipeline?sort=value", BOARD_MS),
    ("list", "/leads", BOARD_MS),
    ("list by stage", "/leads?group=stage", BOARD_MS),
    (
        "list, one's own, largest first",
        "/leads?filter=owner+%3D+me&sort=-expected_revenue",
        BOARD_MS,
    ),
    ("contacts", "/contacts", BOARD_MS),
    ("whether something was done", "/watch?seen=1-1", MOVE_MS),
)
WORDS = ("keller pump", "eva", "pump")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each; 1 where one is over its bar."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk")
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--file", help="a SQLite database of the benchmarks to use")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="crmkit-desk-") as folder:
        path = asked.file or str(Path(folder, f"{asked.leads}-{fingerprint()}.db"))
        crm = open_for(f"sqlite:///{path}")
        if not asked.file:
            seed(crm, min(asked.leads, SEEDED))
            grow(path, asked.leads)
        return _measure(crm, f"sqlite:///{path}")


def _measure(crm: Crm, url: str) -> int:
    key = sign_people_in(crm).key
    crm.close()
    cookie = {"cookie": f"crmkit_sign_in={key}"}
    with serve(OURS, url) as (port, _):
        client, part = Client(port, cookie), Client(port, {**cookie, **_PART})
        late = [_read(client, *page) for page in PAGES]
        late += [
            _read(
                part,
                f"palette, “{words}”",
                f"/palette?{urlencode({'q': words})}",
                SEARCH_MS,
            )
            for words in WORDS
        ]
        form = Client(port, {**part.headers, **_FORM})
        late.append(_moves(client, form))
        late.append(_first_visit(client))
        for one in (client, part, form):
            one.close()
    return int(any(late))


def _read(client: Client, name: str, path: str, bar: int) -> bool:
    size = len(compress(client.ask("GET", path).content))
    times = [_timed(client, "GET", path) for _ in range(TIMES)]
    return _say(f"{name}, {size / KB:.0f} kB", times, bar)


def _timed(client: Client, method: str, path: str, body: bytes | None = None) -> float:
    began = perf_counter()
    client.ask(method, path, body)
    return perf_counter() - began


def _say(name: str, times: Sequence[float], bar: int) -> bool:
    slow = ninety_fifth(times) * MS
    mark = "over" if slow > bar else "within"
    print(f"{name}: half {median(times) * MS:.0f} ms, 95 % {slow:.0f} ms, {mark} {bar}")
    return slow > bar


def _moves(client: Client, form: Client) -> bool:
    """A card that goes from column to column; the board shows it there at once."""
    board = client.ask("GET", "/pipeline").content.decode()
    (lead,) = re.findall(r'data-lead="(\d+)"', board)[:1]
    stages = re.findall(r'class="ck-col[^>]*data-to="(\d+)"', board)
    times = []
    for number in range(TIMES):
        body = {"to": stages[number % 3 + 1], "layout": "board"}
        path = f"/leads/{lead}/move"
        times.append(_timed(form, "POST", path, urlencode(body).encode()))
    return _say("a move on the board, answered", times[1:], BOARD_MS)


def _first_visit(client: Client) -> bool:
    """The board with every file that it fetches, gzipped."""
    page = client.ask("GET", "/pipeline").content
    found, left = {"/pipeline": len(compress(page))}, _FILES.findall(page.decode())
    while left:
        path = left.pop()
        if path in found:
            continue
        content = client.ask("GET", path).content
        found[path] = len(compress(content))
        if path.endswith(".js"):
            left += [urljoin(path, one) for one in _IMPORTS.findall(content.decode())]
    whole = sum(found.values()) / KB
    largest = sorted(found.items(), key=lambda pair: -pair[1])[:4]
    parts = ", ".join(f"{Path(path).name} {size / KB:.0f}" for path, size in largest)
    print(f"first visit of the board: {whole:.0f} kB in {len(found)} files ({parts})")
    return whole > FIRST_KB


if __name__ == "__main__":
    sys.exit(main())
