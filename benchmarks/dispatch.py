"""`python -m benchmarks.dispatch FILE`: what 20 plugins that do nothing cost."""

from __future__ import annotations

import shutil
import sys
import tempfile
from itertools import count
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from crmkit.app import Crm, open_crm
from crmkit.core import BoardQuery, LeadDraft, Settings, create_lead, pipeline
from crmkit.hooks import lead_changed, lead_created, lead_moved
from crmkit.testing.samples import found, sample_plugin

from benchmarks.measuring import compare

if TYPE_CHECKING:
    from collections.abc import Callable

PLUGINS = 20
_TIMES = 200
_NUMBERS = count()


def main() -> int:
    """Print the shares for the SQLite file that is named."""
    print_costs(Path(sys.argv[1]))
    return 0


def print_costs(file: Path) -> None:
    """Print what plugins add to create and board, on a copy of a SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leads.db"
        shutil.copy(file, path)
        url = f"sqlite:///{path}"
        crms = {
            "plugins that answer nothing of it": _open(url, lead_changed),
            "plugins that answer one hook of it": _open(url, lead_created),
        }
        bare = _open(url, None)
        for what, crm in crms.items():
            for name, action in (("create", _create), ("board", _board)):
                row = compare(name, _on(action, crm), _on(action, bare), _TIMES)
                extra = 100 * (median(row.ours) / median(row.twin) - 1)
                print(f"{name}, {PLUGINS} {what}: {extra:+.1f} %", flush=True)


def _open(url: str, hook: Any) -> Crm:
    """The CRM of `url`, with plugins that answer `hook` with nothing."""

    def listen(_context: Any) -> None: ...

    modules = [
        sample_plugin(f"idle_{number}", lead_moved.impl(listen), hook.impl(listen))
        for number in range(PLUGINS if hook is not None else 0)
    ]
    crm = open_crm(Settings(database_url=url), find=lambda: map(found, modules))
    crm.upgrade()
    return crm


def _on(action: Callable[[Crm], object], crm: Crm) -> Callable[[], object]:
    return lambda: action(crm)


def _create(crm: Crm) -> None:
    number = next(_NUMBERS)
    draft = LeadDraft(name=f"Pump station {number}", email=f"eva{number}@example.org")
    with crm.work(1) as uow:
        create_lead(uow, draft)


def _board(crm: Crm) -> None:
    with crm.read(1) as uow:
        pipeline(uow, BoardQuery())


if __name__ == "__main__":
    sys.exit(main())
