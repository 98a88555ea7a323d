"""Drafts of leads: who wants what, for how much."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

    from crmkit.cli.demo.scenery import DemoTeam, Scenery
    from crmkit.core import Actor

_SMALLEST, _TYPICAL, _LARGEST = 5_000, 24_000, 250_000
_ROUNDING = ((20_000, 100), (60_000, 500), (150_000, 1_000), (_LARGEST, 5_000))
_DEMO_SHARE = 0.4
_UNOWNED = 0.03


@dataclass(frozen=True, slots=True)
class Wish:
    """What a lead is about, and whose it is: values as in LeadDraft."""

    values: dict[str, Any]
    team: DemoTeam
    owner: Actor | None


def make_wish(rng: Random, scenery: Scenery) -> Wish:
    """A lead of some team for some person's firm."""
    words = scenery.words
    team = rng.choices(scenery.teams, weights=(30, 20, 15, 22, 13))[0]
    owner = _choose_owner(rng, scenery, team)
    contact = rng.choice(scenery.contacts[team.country])
    person = contact.person
    values: dict[str, Any] = {
        "name": rng.choice(words.titles).format(
            n=rng.randrange(6, 25), k=rng.randrange(2, 6)
        ),
        "contact_id": contact.id,
        "contact_name": person.name,
        "company_name": person.firm.name,
        "email": person.email,
        "phone": person.phone,
        "website": f"https://{person.firm.domain}",
        "city": person.firm.city,
        "country": team.country,
        "language": "fr" if team.country == "FR" else "en",
        "team_id": team.id,
        "owner_id": owner.id if owner else None,
        "priority": rng.choices((0, 1, 2, 3), weights=(50, 25, 17, 8))[0],
        "tags": tuple(
            rng.sample(words.tags, rng.choices((0, 1, 2), weights=(55, 33, 12))[0])
        ),
        "source": rng.choice(words.sources),
        "medium": rng.choice(words.mediums),
        "expected_revenue": draw_amount(rng),
    }
    if rng.random() < 0.2:  # noqa: PLR2004  (one in five comes by a campaign)
        values["campaign"] = rng.choice(words.campaigns)
    return Wish(values, team, owner)


def _choose_owner(rng: Random, scenery: Scenery, team: DemoTeam) -> Actor | None:
    chance = rng.random()
    if chance < _UNOWNED:
        return None
    if scenery.demo_user in team.members and chance < _DEMO_SHARE:
        return scenery.demo_user
    return rng.choice(team.members)


def draw_amount(rng: Random) -> Decimal:
    """An amount as people write it: many small ones, few large, none to the cent."""
    drawn = rng.lognormvariate(math.log(_TYPICAL), 0.85)
    amount = min(max(drawn, _SMALLEST), _LARGEST)
    step = next(step for limit, step in _ROUNDING if amount <= limit)
    return Decimal(round(amount / step) * step)
