"""Why a job stops before its end, and why one fails that no handler has failed."""

from __future__ import annotations

from crmkit.core import CrmError, mark


class StopError(Exception):
    """The job stops here; its handler lets this pass."""


class CancelledError(StopError):
    """Somebody cancelled the job."""


class PausedError(StopError):
    """The worker ends, or the job's plugin was switched off: the job waits again."""


class LostError(StopError):
    """Somebody else took the job up, or it has ended: it is no longer this worker's."""


class UnknownJobError(CrmError):
    """Nobody knows how to do a job of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(mark("There is no job called “{name}”."), name=name)


class NeverEndsError(CrmError):
    """Every worker that took the job up ended before it."""

    def __init__(self, times: int) -> None:
        super().__init__(
            mark("The job was started {times} times and its worker ended each time."),
            times=times,
        )


class ActorGoneError(CrmError):
    """The user whom the job works for was disabled."""

    def __init__(self) -> None:
        super().__init__(mark("Whoever asked for this job cannot sign in any more."))
