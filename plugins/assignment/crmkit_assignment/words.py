"""Why a lead goes to somebody or to nobody, in sentences of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import mark
from crmkit_assignment.planning import Why

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SENTENCES: Mapping[Why, str] = {
    Why.FAIR: mark("{detail} had the most room"),
    Why.PREFERRED: mark("{detail} is asked first for such leads"),
    Why.TWIN: mark("{detail} has a lead of the same person or company"),
    Why.MERGED: mark("merged into “{detail}”, of the same mail address"),
    Why.BY_HAND: mark("chosen by hand"),
    Why.NO_TEAM: mark("no team accepts it"),
    Why.NO_MEMBER: mark("its team has no member who takes part"),
    Why.NO_RULE: mark("no member's rule accepts it"),
    Why.FULL: mark("over capacity: {detail}"),
    Why.DAY_FULL: mark("had enough for today: {detail}"),
    Why.AWAY: mark("away today: {detail}"),
    Why.MOVED: mark("changed since the plan was made"),
}


def say(why: Why, detail: str, translate: Callable[[str], str]) -> str:
    """The reason as a sentence, in the language of `translate`."""
    return translate(SENTENCES[why]).format(detail=detail)
