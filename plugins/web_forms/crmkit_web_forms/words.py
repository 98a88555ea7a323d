"""How pages call what became of an answer, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import mark
from crmkit_web_forms.tables import AnswerState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmkit_web_forms.tables import Answer

RUNNING = mark("It is tried again")
STATES: Mapping[AnswerState, tuple[str, str, str]] = {
    AnswerState.WAITING: (mark("waiting"), "today", "hourglass"),
    AnswerState.LEAD: (mark("became a lead"), "planned", "circle-check"),
    AnswerState.DUPLICATE: (mark("corrects another"), "", "refresh"),
    AnswerState.REFUSED: (mark("refused"), "line", "x"),
    AnswerState.FAILED: (mark("failed"), "late", "alert-triangle"),
}
"""The words, tone and sign of each state."""


def explain(answer: Answer, say: Callable[[str], str]) -> str:
    """Why an answer stands as it does, in the reader's language; "" without reason."""
    reason = answer.reason or {}
    text = say(reason.get("sentence", "")) if reason else ""
    return text.format(**reason.get("parts", {}))
