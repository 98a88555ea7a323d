"""What other pages show of this plugin: a place in the navigation, a lead's origin."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from sqlalchemy import select

from crmkit.core import Role, mark
from crmkit.hooks import NavigationItem, Panel, PanelLine
from crmkit_data_exchange.tables import Import, ImportRow, Outcome

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork
    from crmkit.hooks import ListContext

IMPORTS = "/p/data_exchange/imports"
IMPORT = mark("Import")
IMPORT_FILE = mark("Import CSV, Excel or vCard")
SAFELY = mark("Preview first, a reason for each row refused")
ORIGIN = mark("Where it came from")
CREATED = mark("Imported from {file}, line {line}")
EXPORTS = (
    ("csv", mark("Export as CSV")),
    ("xlsx", mark("Export as Excel workbook")),
    ("jsonl", mark("Export as JSON Lines")),
)
UPDATED = mark("Updated from {file}, line {line}")


def list_navigation() -> list[NavigationItem]:
    """The one line in the navigation."""
    return [NavigationItem(IMPORT, IMPORTS, "file-import")]


def list_first_steps() -> list[NavigationItem]:
    """The way to begin with a file."""
    return [NavigationItem(IMPORT_FILE, IMPORTS, "file-import", SAFELY)]


def list_exports(list_: ListContext) -> list[NavigationItem]:
    """The downloads of a list as it is looked at: its filter, order and columns."""
    asked = {
        "filter": list_.filter,
        "q": list_.words,
        "sort": list_.sort,
        "columns": ",".join(list_.columns),
    }
    given = {name: value for name, value in asked.items() if value}
    base = f"/p/data_exchange/export/{list_.entity}s"
    return [
        NavigationItem(
            label, f"{base}?{urlencode({**given, 'format': form})}", "file-export"
        )
        for form, label in EXPORTS
    ]


def make_origin_panel(uow: UnitOfWork, lead_id: int) -> Panel | None:
    """The files and lines that made or changed a lead; None if none did."""
    rows = uow.session.execute(
        select(Import.id, Import.file_name, Import.created_by_id, ImportRow)
        .join(Import, Import.id == ImportRow.import_id)
        .where(ImportRow.record_id == lead_id, Import.entity == "lead")
        .order_by(ImportRow.id)
        .limit(5)
    ).all()
    lines = []
    for import_id, file, user_id, row in rows:
        sentence = CREATED if row.outcome is Outcome.CREATED else UPDATED
        is_mine = user_id == uow.actor.id or uow.actor.can_be(Role.MANAGER)
        href = f"{IMPORTS}/{import_id}" if is_mine else None
        parts = {"file": file, "line": row.line}
        lines.append(PanelLine(sentence, href=href, parts=parts))
    return Panel(ORIGIN, tuple(lines)) if lines else None
