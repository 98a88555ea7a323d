"""What plugins add to leads as scripts get them: `ext`, under each plugin's id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.hooks import LeadRows, extend_leads

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "add_extensions",
]


def add_extensions(
    uow: UnitOfWork,
    leads: Sequence[dict[str, Any]],
    plugins: Container[str] | None = None,
) -> None:
    """Put `ext` into each of `leads`: of every plugin, or of `plugins` by id.

    Each plugin is asked once, for all leads together; one that fails adds nothing.
    """
    context = LeadRows(uow, tuple(lead["id"] for lead in leads))
    answers = uow.hooks.ask_each(extend_leads, context, plugins) if leads else {}
    for lead in leads:
        lead["ext"] = {
            plugin_id: dict(values[lead["id"]])
            for plugin_id, values in answers.items()
            if lead["id"] in values
        }
