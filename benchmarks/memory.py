"""`python -m benchmarks.memory FILE`: what a web process with all plugins holds."""

from __future__ import annotations

import sys
from itertools import cycle, islice
from pathlib import Path

import orjson

from crmkit.core import find_plugins

from benchmarks.databases import open_for
from benchmarks.seeding import sign_people_in
from benchmarks.serving import OURS, Client, serve

REQUESTS = 1_000
_KILO = 1024


def main() -> int:
    """Print it for the database whose address or file is named."""
    address = sys.argv[1]
    url = address if "://" in address else f"sqlite:///{Path(address).resolve()}"
    plugins = tuple(found.id for found in find_plugins())
    crm = open_for(url, plugins)
    seeded = sign_people_in(crm)
    crm.close()
    with serve(OURS, url, plugins) as (port, pid):
        script = Client(port, {"authorization": f"Bearer {seeded.token}"})
        browser = Client(port, {"cookie": f"crmkit_sign_in={seeded.key}"})
        script.ask("GET", "/api/v1/leads?limit=1")
        first = _megabytes(pid)
        items = orjson.loads(script.ask("GET", "/api/v1/leads?limit=80").content)
        leads = [item["id"] for item in items["items"]]
        reads = [
            (client, path)
            for number in leads
            for client, path in (
                (script, f"/api/v1/leads/{number}"),
                (browser, f"/leads/{number}"),
                (script, "/api/v1/leads?limit=80&sort=-expected_revenue"),
                (script, "/api/v1/pipeline?cards=80"),
                (browser, "/pipeline"),
                (browser, "/leads"),
            )
        ]
        for client, path in islice(cycle(reads), REQUESTS):
            client.ask("GET", path)
        print(
            f"{first:.0f} MB after the first answer, {_megabytes(pid):.0f} MB after "
            f"{REQUESTS:,} requests, {_megabytes(pid, 'VmHWM'):.0f} MB at most."
        )
    return 0


def _megabytes(pid: int, what: str = "VmRSS") -> float:
    """What a process holds in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == what:
            return int(value.split()[0]) / _KILO
    raise LookupError(what)


if __name__ == "__main__":
    sys.exit(main())
