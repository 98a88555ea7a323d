"""Which model answers, and what it says of leads."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from crmkit.core import Status, mark
from crmkit_scoring.frequency import (
    LEAD,
    Estimate,
    Scope,
    clamp,
    find_scope,
)
from crmkit_scoring.reasons import Reason, share_out
from crmkit_scoring.standing import Kept, keep_counts, read_standing
from crmkit_scoring.tables import NO_TEAM, Choice, Model
from crmkit_scoring.trained import Reader, read_trained
from crmkit_scoring.variables import READ, STAGE, read_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import Lead, UnitOfWork
    from crmkit_scoring.tables import Config

FEWEST_CLOSED = 50

FEW = mark("Fewer than {count} leads are closed: all get the share that was won.")
NONE = mark("Nothing can be told before leads were won and lost: the stage's default.")
OPTED_OUT = mark("This contact is not profiled: the stage's default.")
SWITCHED = mark("The stage's default was chosen in the settings.")


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a lead: percent (None: the stage's default), why, by what."""

    model: Model
    percent: float | None
    base: float | None = None
    reasons: tuple[Reason, ...] = ()
    note: str = ""


class Estimator:
    """Answers for leads of one unit; what it needs of the database is read once."""

    def __init__(self, uow: UnitOfWork, leads: Sequence[Lead]) -> None:
        self.uow = uow
        self.standing = read_standing(uow, leads)
        self.config: Config = self.standing.config
        self.names = frozenset(self.config.variables)
        self.model = self._model()
        self.reader: Reader | None = None
        if self.model is Model.LEARNED:
            self.reader = read_trained(uow, self.standing, leads)
            self.model = Model.FREQUENCY if self.reader is None else self.model
        self.opted_out = self.standing.opted_out
        self._kept: Kept | None = None
        self._all: Scope | None = None

    def _model(self) -> Model:
        if self.config.choice is Choice.AUTO:
            return self.config.best or Model.FREQUENCY
        return Model(self.config.choice.value)

    def tell(self, lead: Lead) -> Told:
        """What is said of one of the leads."""
        if self.model is Model.STAGE:
            return Told(Model.STAGE, None, note=SWITCHED)
        if lead.contact_id in self.opted_out:
            return Told(Model.STAGE, None, note=OPTED_OUT)
        if self.model is not Model.BASE and self.has_enough():
            if self.reader is not None:
                return self._reasoned(Model.LEARNED, self.reader.estimate(lead))
            found = self.scope(lead.team_id or NO_TEAM).estimate(self.values(lead))
            return self._reasoned(Model.FREQUENCY, found)
        whole = self.all.whole
        if whole is None or min(whole) < LEAD:
            return Told(Model.STAGE, None, note=NONE)
        base = clamp(100 * whole[0] / sum(whole))
        note = "" if self.closed >= FEWEST_CLOSED else FEW
        return Told(Model.BASE, base, base, note=note)

    def has_enough(self) -> bool:
        """Whether the model may answer; asked for by name it always may."""
        if self.config.choice is not Choice.AUTO or self.config.best is not None:
            return True
        return self.closed >= FEWEST_CLOSED

    def _reasoned(self, model: Model, found: Estimate | None) -> Told:
        if found is None:
            return Told(Model.STAGE, None, note=NONE)
        base = round(found.base, 2)
        reasons = tuple(share_out(base, found.percent, found.parts))
        return Told(model, found.percent, base, reasons)

    @property
    def answering(self) -> Model:
        """The model that answers for most leads as things stand."""
        is_asked = self.model in {Model.STAGE, Model.BASE} or self.has_enough()
        return self.model if is_asked else Model.BASE

    def percent(self, lead: Lead) -> float | None:
        """The probability alone, for whom no reasons are wanted."""
        is_out = lead.contact_id in self.opted_out
        if self.reader is not None and self.has_enough() and not is_out:
            return clamp(100 * self.reader.chance(lead))
        if not self.is_plain or is_out:
            return self.tell(lead).percent
        return self.percent_of(lead.team_id or NO_TEAM, self.values(lead))

    @property
    def is_plain(self) -> bool:
        """Whether the counts alone decide."""
        return self.model is Model.FREQUENCY and self.has_enough()

    def percent_of(self, team: int, values: Sequence[tuple[str, str]]) -> float | None:
        """The probability of any open lead with these values, its stage among them."""
        found = self.scope(team).estimate(values)
        return None if found is None else found.percent

    def values(self, lead: Lead) -> list[tuple[str, str]]:
        """What is counted of a lead, its stage among it."""
        read = {name: getattr(lead, name) for name in READ}
        tags = self.standing.tags.get(lead.id, ())
        names = tuple(self.config.variables)
        country = self.uow.settings.country
        return [
            (STAGE, str(lead.stage_id)),
            *read_values(read, tags, names, country),
        ]

    @property
    def closed(self) -> int:
        """How many closed leads were counted."""
        whole = self.all.whole
        return 0 if whole is None else sum(whole) // LEAD

    @property
    def kept(self) -> Kept:
        """The counts, with what waits to be folded in."""
        if self._kept is None:
            self._kept = keep_counts(self.uow, self.standing)
        return self._kept

    @property
    def all(self) -> Scope:
        """The rows of all teams."""
        if self._all is None:
            self._all = self.scope(NO_TEAM)
        return self._all

    def scope(self, team: int) -> Scope:
        """The rows by which leads of a team are judged."""
        key = (team, self.names, self.standing.first_stage)
        found = self.kept.scopes.get(key)
        if found is None:
            found = find_scope(self.kept.counts or {}, *key)
            self.kept.scopes[key] = found
        return found


def estimate(uow: UnitOfWork, leads: Sequence[Lead]) -> dict[int, Decimal]:
    """The probability in percent of open leads; those left out take the default."""
    estimator = Estimator(uow, leads)
    found = ((lead.id, estimator.percent(lead)) for lead in leads)
    return {
        lead_id: Decimal(str(value)) for lead_id, value in found if value is not None
    }


def explain(uow: UnitOfWork, lead: Lead) -> Told:
    """What is said of a lead, with reasons; of a closed one as if it were open."""
    return Estimator(uow, [lead]).tell(lead)


def is_open(lead: Lead) -> bool:
    """Whether a lead is scored at all."""
    return lead.status is Status.OPEN and lead.deleted_at is None
