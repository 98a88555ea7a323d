"""The moments of the past that a person may ask about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from crmkit.core.clock import FIRST_DAY, LAST_DAY, start_of_day
from crmkit.core.errors import CrmError, mark

if TYPE_CHECKING:
    from crmkit.core.uow import UnitOfWork

_INSTANT = timedelta(microseconds=1)


class UnreadableMomentError(CrmError):
    """What stands there is no day and no moment."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(
            mark("“{text}” is no day like 2026-06-30 and no moment of one."),
            field=field,
            text=text,
        )


class FutureError(CrmError):
    """The moment has not come yet."""

    def __init__(self, field: str, today: date) -> None:
        super().__init__(
            mark("That has not come yet. Choose a day up to {today}."),
            field=field,
            today=today,
        )


def read_moment(uow: UnitOfWork, text: str, field: str = "as_of") -> datetime:
    """The moment that `text` names, in UTC: a day means its end, today means now.

    A moment without a zone is one of the settings' zone. Raises
    UnreadableMomentError and FutureError, which name `field`.
    """
    moment = _read(uow, text.strip())
    if moment is None:
        raise UnreadableMomentError(field, text)
    if moment > uow.now():
        raise FutureError(field, uow.today())
    return moment


def _read(uow: UnitOfWork, text: str) -> datetime | None:
    zone = uow.settings.zone
    try:
        day = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        if day == uow.today():
            return uow.now()
        return _end_of(uow, day) if FIRST_DAY <= day <= LAST_DAY else None
    try:
        # A plus sign that an address holds unescaped comes as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        return None
    if not FIRST_DAY < moment.date() < LAST_DAY:
        return None
    return moment.replace(tzinfo=moment.tzinfo or zone).astimezone(UTC)


def _end_of(uow: UnitOfWork, day: date) -> datetime:
    return start_of_day(day + timedelta(days=1), uow.settings.zone) - _INSTANT
