"""What every error of crmkit has: a status and one sentence for the user."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from typing_extensions import override

__all__ = [
    "CrmError",
    "ForbiddenError",
    "InvalidError",
    "NotFoundError",
    "StaleError",
    "UnknownChoiceError",
    "mark",
]

Translate = Callable[[str], str]


def mark(sentence: str) -> str:
    """Mark `sentence` for translation and return it; it is translated when shown."""
    return sentence


class CrmError(Exception):
    """An error that a user can understand: `status` for doors, a sentence inside.

    The sentence is a message id with `{named}` parts; `text(translate)` gives it in
    the reader's language, `str()` in English. `field` names the input it is about,
    `plugin_id` the plugin whose words it is in, if any.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    plugin_id = ""

    def __init__(
        self, sentence: str, /, *, field: str | None = None, **parts: object
    ) -> None:
        self.sentence = sentence
        self.field = field
        self.parts = parts
        super().__init__(sentence.format(**parts))

    def text(self, translate: Translate) -> str:
        """The sentence in the language of `translate`."""
        return translate(self.sentence).format(**self.parts)


class InvalidError(CrmError):
    """Several inputs were refused: `errors` holds one error for each."""

    def __init__(self, errors: list[CrmError]) -> None:
        super().__init__(
            "{sentence}", sentence=" ".join(str(error) for error in errors)
        )
        self.errors = errors

    @override
    def text(self, translate: Translate) -> str:
        """The sentences of all errors, one after the other."""
        return " ".join(error.text(translate) for error in self.errors)


class NotFoundError(CrmError):
    """There is no such record, or the actor may not see it: the answer is one."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self, noun: str, record_id: object) -> None:
        super().__init__(mark("There is no {noun} {id} here."), noun=noun, id=record_id)


class UnknownChoiceError(CrmError):
    """A field names a record that is not there."""

    def __init__(self, field: str, record_id: object) -> None:
        super().__init__(
            mark("There is no {noun} {id}."),
            field=field,
            noun=field.removesuffix("_id"),
            id=record_id,
        )


class ForbiddenError(CrmError):
    """The actor's role does not allow this."""

    status = HTTPStatus.FORBIDDEN

    def __init__(self, role: str) -> None:
        super().__init__(
            mark(
                "Your role does not allow this; it takes the role “{role}” or higher."
            ),
            role=role,
        )


class StaleError(CrmError):
    """Fields of the change were changed by somebody since the version it names.

    `record` is its entity and id; `mine` and `theirs` hold the values by field.
    """

    status = HTTPStatus.CONFLICT

    def __init__(
        self,
        record: tuple[str, int],
        mine: dict[str, object],
        theirs: dict[str, object],
    ) -> None:
        super().__init__(
            mark("Somebody changed {fields} since you opened this record."),
            fields=", ".join(sorted(theirs)),
        )
        self.record = record
        self.mine = mine
        self.theirs = theirs
