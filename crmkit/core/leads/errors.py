"""What can be wrong with a lead."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from crmkit.core.errors import CrmError, NotFoundError, mark

if TYPE_CHECKING:
    from crmkit.core.leads.table import Lead
    from crmkit.core.stages import Stage, Step
    from crmkit.hooks import Refusal


class FixedFieldError(CrmError):
    """The field is changed by an action of its own, not by an edit."""

    def __init__(self, field: str) -> None:
        super().__init__(
            mark("“{name}” cannot be edited; move or qualify the lead instead."),
            field=field,
            name=field,
        )


class WrongStageError(CrmError):
    """The stage belongs to another team than the lead."""

    status = HTTPStatus.CONFLICT

    def __init__(self, stage: Step) -> None:
        super().__init__(
            mark("{stage} is a stage of another team."),
            field="stage_id",
            stage=stage.name,
        )


class ArchivedStageError(CrmError):
    """The stage was taken out of the pipeline since."""

    status = HTTPStatus.CONFLICT

    def __init__(self, stage: Stage) -> None:
        super().__init__(
            mark(
                "{stage} is out of the pipeline by now. Bring it back first, or move "
                "the lead by hand."
            ),
            field="stage_id",
            stage=stage.name,
        )


class LostReasonNeededError(CrmError):
    """Leads that stand in this stage can only be lost with a reason."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(
            mark("A lead in {stage} needs a reason to be lost."),
            field="reason_id",
            stage=stage.name,
        )


class NotOpenError(CrmError):
    """The lead is closed; it has to be restored first."""

    status = HTTPStatus.CONFLICT

    def __init__(self, lead: Lead) -> None:
        super().__init__(
            mark("{lead} is closed. Restore it first."),
            lead=lead.name,
        )


class MovedSinceError(CrmError):
    """Somebody moved the lead since the actor saw it."""

    status = HTTPStatus.CONFLICT

    def __init__(self, lead: Lead, stage: Stage) -> None:
        super().__init__(
            mark("Somebody moved {lead} to {stage} in the meantime."),
            lead=lead.name,
            stage=stage.name,
        )


class RefusedByPluginError(CrmError):
    """A plugin's check refused, with its own sentence."""

    def __init__(
        self, plugin_id: str, refusal: Refusal, field: str | None = None
    ) -> None:
        self.plugin_id = plugin_id
        field, sentence = refusal.field or field, refusal.sentence
        if refusal.parts:
            super().__init__(sentence, field=field, **refusal.parts)
        else:
            super().__init__("{sentence}", field=field, sentence=sentence)


class MergedLeadError(NotFoundError):
    """The lead was merged into another, whose id is `master_id`."""

    def __init__(self, lead_id: int, master_id: int) -> None:
        super().__init__("lead", lead_id)
        self.master_id = master_id
        self.sentence = mark("Lead {id} was merged into lead {master}.")
        self.parts = {"id": lead_id, "master": master_id}


class FailedCheckError(CrmError):
    """A plugin's check could not be made; what it guards does not happen."""

    def __init__(self, plugin_id: str) -> None:
        super().__init__(
            mark(
                "The plugin “{plugin}” could not check this, so it was not done. "
                "An admin can disable it: crmkit plugins disable {plugin}."
            ),
            plugin=plugin_id,
        )
