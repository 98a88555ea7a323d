"""Which model answers, and what it says of leads."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core import Status, fold, list_stages, mark, tags_of_leads
from crmkit_scoring.config import read_config
from crmkit_scoring.counting import read_counts
from crmkit_scoring.frequency import (
    LEAD,
    Counts,
    Estimate,
    Scope,
    add_up,
    clamp,
    find_scope,
)
from crmkit_scoring.reasons import Reason, share_out
from crmkit_scoring.tables import NO_TEAM, Choice, Model, OptOut
from crmkit_scoring.trained import Reader, read_trained
from crmkit_scoring.variables import READ, STAGE, TAGS, read_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
        self.config: Config = read_config(uow)
        self.stages = list_stages(uow)
        self.first = next((str(s.id) for s in self.stages if s.team_id is None), "")
        self.model = self._model()
        self.is_alone = len(leads) == 1
        self.tags: Mapping[int, Sequence[str]] = {}
        if TAGS in self.config.variables:
            self.tags = tags_of_leads(uow, [lead.id for lead in leads])
        self.reader: Reader | None = None
        if self.model is Model.LEARNED:
            self.reader = read_trained(uow, self.config.trained_id, leads)
            self.model = Model.FREQUENCY if self.reader is None else self.model
        self.opted_out = self._opted_out(leads)
        self._counts: dict[int, Counts] | None = None
        self._scopes: dict[int, Scope] = {}
        self._all: Scope | None = None

    def _model(self) -> Model:
        if self.config.choice is Choice.AUTO:
            return self.config.best or Model.FREQUENCY
        return Model(self.config.choice.value)

    def _opted_out(self, leads: Sequence[Lead]) -> frozenset[int]:
        contacts = {lead.contact_id for lead in leads if lead.contact_id is not None}
        if not contacts or self.model is Model.STAGE:
            return frozenset()
        query = select(OptOut.contact_id).where(OptOut.contact_id.in_(contacts))
        return frozenset(self.uow.session.scalars(query))

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
        if not self.is_plain or lead.contact_id in self.opted_out:
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
        tags = tuple(fold(tag) for tag in self.tags.get(lead.id, ()))
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
    def counts(self) -> dict[int, Counts]:
        """The counts by team, with what waits to be folded in."""
        if self._counts is None:
            self._counts = read_counts(self.uow, None)
        return self._counts

    @property
    def all(self) -> Scope:
        """The rows of all teams."""
        if self._all is None:
            self._all = Scope(add_up(self.counts.values()), self.first)
        return self._all

    def scope(self, team: int) -> Scope:
        """The rows by which leads of a team are judged."""
        if team not in self._scopes:
            names = frozenset(self.config.variables)
            counts = self._counts
            if counts is None and self.is_alone and team:
                # One lead asks for the rows of its team, and mostly for no others.
                own = read_counts(self.uow, [team])
                has_any = any(key[0] == STAGE for key in own.get(team, ()))
                counts = own if has_any else None
            counts = self.counts if counts is None else counts
            self._scopes[team] = find_scope(counts, team, names, self.first)
        return self._scopes[team]


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
