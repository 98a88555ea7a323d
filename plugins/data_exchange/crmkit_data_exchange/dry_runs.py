"""Dry runs, and what they found, for scripts and the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit_data_exchange.imports import read_lookups, read_upload
from crmkit_data_exchange.previewing import preview_rows
from crmkit_data_exchange.reading import make_reader
from crmkit_data_exchange.sources import open_source
from crmkit_data_exchange.tables import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping as Values

    from crmkit.core import UnitOfWork
    from crmkit_data_exchange.imports import Entity, Upload
    from crmkit_data_exchange.mapping import Mapping
    from crmkit_data_exchange.previewing import Preview


def describe_preview(
    file_name: str, preview: Preview, translate: Callable[[str], str]
) -> dict[str, object]:
    """What an import would do: counts, reasons with their lines, names that miss."""
    counts = {outcome.value: preview.counts[outcome] for outcome in Outcome}
    return {
        "id": None,
        "file_name": file_name,
        "state": "dry run",
        "looked_at": preview.looked_at,
        **counts,
        "errors": [
            {
                "line": group.lines[0],
                "lines": group.lines,
                "rows": group.count,
                "outcome": group.outcome.value,
                "message": group.problem.text(translate),
            }
            for group in preview.groups
        ],
        "missing": {
            kind: dict(names) for kind, names in preview.missing.names.items() if names
        },
        "unmatched": [
            {"lookup": lookup, "value": value, "rows": rows}
            for lookup, value, rows in preview.unmatched
        ],
        "refusal": preview.refusal.text(translate) if preview.refusal else None,
    }


def dry_run(
    uow: UnitOfWork,
    entity: Entity,
    file: Upload,
    mapping: Mapping | None,
    lookups: Values[str, bytes],
) -> Preview:
    """What an import of `file` would do; nothing at all is written."""
    source = open_source(file.content, mapping.dialect.sheet if mapping else None)
    table, chosen = read_upload(uow, entity, source, mapping)
    return preview_rows(
        uow, make_reader(uow, chosen, table, read_lookups(chosen, lookups))
    )
