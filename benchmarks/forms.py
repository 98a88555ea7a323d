"""`python -m benchmarks.forms [POSTS]`: how long a visitor waits who sends a form.

Posts go one after the other to a real server, on both databases. What is made of an
answer afterwards does not count: a visitor does not wait for it. The bar is 50 ms for
the slowest but five in a hundred.
"""

from __future__ import annotations

import http.client
import sys
import tempfile
import time
from http import HTTPStatus
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from crmkit.core import StageDraft, add_stage
from crmkit_web_forms.forms import FIRST_FIELDS, FormDraft, add_form

from benchmarks.databases import open_for, postgresql
from benchmarks.serving import OURS, serve

POSTS, WARM = 300, 30
BAR_MS = 50
PLUGINS = ("web_forms",)
_HUNDRED = 20


def main(arguments: list[str]) -> int:
    """Print a line for each database; 1 where one is over the bar."""
    posts = int(arguments[0]) if arguments else POSTS
    with tempfile.TemporaryDirectory(prefix="crmkit-forms-") as folder:
        slow = [_measure("SQLite", f"sqlite:///{Path(folder, 'forms.db')}", posts)]
        with postgresql(Path(folder, "server")) as url:
            slow.append(_measure("PostgreSQL", url, posts))
    return int(any(ms > BAR_MS for ms in slow))


def _measure(name: str, url: str, posts: int) -> float:
    """The milliseconds within which 95 of 100 posts are answered."""
    crm = open_for(url, PLUGINS)
    with crm.work() as uow:
        add_stage(uow, StageDraft(name="New"))
        fields = [dict(field) for field in FIRST_FIELDS]
        draft = {"title": "f", "fields": fields, "per_hour": 1_000_000}
        add_form(uow, FormDraft.model_validate(draft))
    crm.close()
    with serve(OURS, url, PLUGINS) as (port, _):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        times = [_post(client, number) for number in range(posts + WARM)][WARM:]
        client.close()
    last = quantiles(times, n=_HUNDRED)[-1]
    print(
        f"{name}: half of {posts} posts within {median(times):.1f} ms, 95 % {last:.1f}"
    )
    return last


def _post(client: http.client.HTTPConnection, number: int) -> float:
    typed = {
        "contact_name": f"Visitor {number}",
        "email": f"visitor{number}@example.org",
        "message": "Pumps. " * 40,
    }
    began = time.perf_counter()
    head = {"content-type": "application/x-www-form-urlencoded"}
    client.request("POST", "/p/web_forms/f/f", urlencode(typed), head)
    answer = client.getresponse()
    answer.read()
    if answer.status != HTTPStatus.SEE_OTHER:
        raise RuntimeError(answer.status)
    return (time.perf_counter() - began) * 1_000


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
