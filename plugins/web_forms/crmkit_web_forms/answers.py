"""Answers: kept as they come, before anything is made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from crmkit.core import NotFoundError, mark, store_blob
from crmkit_web_forms.stamps import sign
from crmkit_web_forms.tables import Answer, AnswerFile, AnswerState, Form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    from crmkit.core import UnitOfWork
    from crmkit_web_forms.reading import Read
    from crmkit_web_forms.stamps import Stamp

NOUN = "answer"
PROCESS = "web_forms.process_answer"
TRAPPED = mark("A field that people do not see was filled in: a robot sent this.")
OFTEN_SENT = mark("One computer sent the form too often in an hour.")
HOUR = timedelta(hours=1)
PAGE = 50


@dataclass(frozen=True, slots=True)
class Sending:
    """How an answer came: by which page, with which stamp, from where.

    `way` is page, frame or html. `origin` holds source, medium and campaign.
    """

    way: str
    stamp: Stamp | None
    address: str
    origin: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[tuple[str, str, BinaryIO]] = ()
    consent_id: int | None = None

    def key(self, form: Form, digest: str, hour: int) -> str:
        """What tells this sending from another.

        Without a stamp it is the content, the sender and the hour.
        """
        if self.stamp is not None:
            return self.stamp.nonce
        return f"c.{sign(form, f'{self.address}|{digest}|{hour}')[:64]}"


def hash_address(form: Form, address: str) -> str:
    """The fingerprint of an address, which another form's secret makes another."""
    return sign(form, f"address {address}")


def is_too_often(uow: UnitOfWork, form: Form, address: str) -> bool:
    """Whether a computer sent the form as often as it may in an hour."""
    sent = uow.session.scalar(
        select(func.count())
        .select_from(Answer)
        .where(
            Answer.form_id == form.id,
            Answer.address_hash == hash_address(form, address),
            Answer.created_at > uow.now() - HOUR,
        )
    )
    return (sent or 0) >= form.per_hour


def turn_away(uow: UnitOfWork, form: Form) -> None:
    """Count what a computer sends that sent the form too often."""
    counted = update(Form).where(Form.id == form.id)
    uow.session.execute(counted.values(turned_away=Form.turned_away + 1))


def was_sent(uow: UnitOfWork, form: Form, sending: Sending, digest: str) -> bool:
    """Whether the very same was sent before; it is counted then."""
    key = sending.key(form, digest, _hour(uow))
    repeated = uow.session.execute(
        update(Answer)
        .where(Answer.form_id == form.id, Answer.digest == digest)
        .where(Answer.key.in_([key, f"{key}.{digest[:16]}"]))
        .values(repeats=Answer.repeats + 1)
        .returning(Answer.id)
    )
    return repeated.first() is not None


def keep_answer(
    uow: UnitOfWork,
    form: Form,
    read: Read,
    sending: Sending,
    *,
    is_trapped: bool = False,
) -> None:
    """Write down what was sent, and the job that makes a lead of it.

    The same stamp with other content corrects the answer before: both are kept.
    """
    digest = read.digest([sha for _, sha, _ in sending.files])
    row = _row(uow, form, read, sending) | {"digest": digest}
    if is_trapped:
        row |= {"state": AnswerState.REFUSED, "reason": {"sentence": TRAPPED}}
    key = sending.key(form, digest, _hour(uow))
    answer_id = _insert(uow, {**row, "key": key})
    if answer_id is None:
        first = uow.session.scalar(
            select(Answer.id).where(Answer.form_id == form.id, Answer.key == key)
        )
        again = {**row, "key": f"{key}.{digest[:16]}", "same_as_id": first}
        if was_sent(uow, form, sending, digest):
            return
        answer_id = _insert(uow, again)
    if answer_id is None or is_trapped:
        return
    for name, _, stream in sending.files:
        blob = store_blob(uow, stream, name=name)
        uow.session.add(AnswerFile(answer_id=answer_id, blob_id=blob.id, name=name))
    uow.enqueue(PROCESS, key=str(answer_id), answer_id=answer_id)


def _hour(uow: UnitOfWork) -> int:
    return int(uow.now().timestamp() // HOUR.total_seconds())


def _row(uow: UnitOfWork, form: Form, read: Read, sending: Sending) -> dict[str, Any]:
    return {
        "form_id": form.id,
        "form_version": form.version,
        "values": read.raw,
        "language": uow.actor.locale,
        "way": sending.way,
        "consent_id": sending.consent_id,
        "origin": dict(sending.origin),
        "address_hash": hash_address(form, sending.address),
        "state": AnswerState.WAITING,
        "repeats": 0,
        "created_at": uow.now(),
    }


def _insert(uow: UnitOfWork, row: dict[str, Any]) -> int | None:
    """The id of the new answer; None where its key is there already."""
    is_large = uow.session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if is_large else sqlite.insert
    claimed = insert(Answer).values(row)
    claimed = claimed.on_conflict_do_nothing(index_elements=["form_id", "key"])
    return uow.session.scalar(claimed.returning(Answer.id))


def get_answer(uow: UnitOfWork, answer_id: int) -> Answer:
    """The answer of that id."""
    query = select(Answer).where(Answer.id == answer_id)
    found = uow.session.scalar(uow.locked(query))
    if found is None:
        raise NotFoundError(NOUN, answer_id)
    return found


def list_answers(
    uow: UnitOfWork,
    form: Form,
    state: AnswerState | None = None,
    before: int | None = None,
) -> list[Answer]:
    """The answers to a form, newest first; older than the one of id `before`."""
    query = select(Answer).where(Answer.form_id == form.id)
    if state is not None:
        query = query.where(Answer.state == state)
    if before is not None:
        query = query.where(Answer.id < before)
    return list(uow.session.scalars(query.order_by(Answer.id.desc()).limit(PAGE)))


def files_of(uow: UnitOfWork, answer: Answer) -> list[AnswerFile]:
    """The files that came with an answer."""
    query = select(AnswerFile).where(AnswerFile.answer_id == answer.id)
    return list(uow.session.scalars(query.order_by(AnswerFile.id)))


def describe_answer(answer: Answer) -> dict[str, Any]:
    """An answer as lists show it."""
    names = ("id", "form_id", "form_version", "state", "values", "language", "way")
    more = ("origin", "consent_id", "lead_id", "same_as_id", "repeats")
    moments = ("created_at", "processed_at")
    reason = answer.reason or {}
    said = reason.get("sentence", "").format(**reason.get("parts", {}))
    found = {name: getattr(answer, name) for name in (*names, *more, *moments)}
    return {**found, "reason": said or None}


def count_outcomes(uow: UnitOfWork) -> dict[int, dict[str, int]]:
    """By form: how many answers were received, and what became of them."""
    rows = uow.session.execute(
        select(Answer.form_id, Answer.state, func.count(), func.sum(Answer.repeats))
        .group_by(Answer.form_id, Answer.state)
        .order_by(Answer.form_id)
    )
    found: dict[int, dict[str, int]] = {}
    for form_id, state, number, repeats in rows:
        own = found.setdefault(form_id, dict.fromkeys(("received", *AnswerState), 0))
        own[state.value] += number
        own["received"] += number + int(repeats)
        own[AnswerState.DUPLICATE.value] += int(repeats)
    away = select(Form.id, Form.turned_away).where(Form.turned_away > 0)
    for form_id, number in uow.session.execute(away):
        own = found.setdefault(form_id, dict.fromkeys(("received", *AnswerState), 0))
        own["received"] += number
        own[AnswerState.REFUSED.value] += number
    return found


def count_reasons(uow: UnitOfWork, form: Form) -> list[tuple[str, str, str, int]]:
    """Source, state, reason and number of the answers to a form, the most first."""
    source = Answer.origin["source"].as_string()
    reason = Answer.reason["sentence"].as_string()
    number = func.count()
    rows = uow.session.execute(
        select(source, Answer.state, reason, number)
        .where(Answer.form_id == form.id)
        .group_by(source, Answer.state, reason)
        .order_by(number.desc())
    )
    found = [(s or "", state.value, r or "", n) for s, state, r, n in rows]
    if form.turned_away:
        refused = AnswerState.REFUSED.value
        found.append(("", refused, OFTEN_SENT, form.turned_away))
    return found
