"""A field of an entity: what forms, filters, lists and files know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmkit.core.errors import CrmError, mark
from crmkit.core.field_types import FieldType
from crmkit.core.uow import Role
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import ColumnElement, Select

    from crmkit.core.uow import UnitOfWork

_UNORDERED = frozenset(
    {
        FieldType.TAGS,
        FieldType.USER,
        FieldType.TEAM,
        FieldType.CONTACT,
        FieldType.REFERENCE,
        FieldType.YES_NO,
        FieldType.CHOICES,
        FieldType.LONG_TEXT,
    }
)
_UNGROUPED = frozenset(
    {
        FieldType.LONG_TEXT,
        FieldType.MONEY,
        FieldType.MOMENT,
        FieldType.DECIMAL,
        FieldType.MAIL,
        FieldType.PHONE,
        FieldType.LINK,
    }
)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an entity. `column` reads it in SQL.

    `folded` reads the copy by which texts are compared, and `folds` makes it.

    `named` finds the ids of the records that a text names (a stage, a user). With
    `is_many` the record may have several: then `named` selects the record's id, the
    folded name, and what is named. `computed` makes the criterion of a yes-or-no
    field that no column holds, `judged` the same of values in memory. `holder` is the
    table that holds `column` where it is not the entity's own, and `custom_id` the id
    of the definition of a field that was made in the running system. A related field
    goes `through` the fields that its path names, to the one it shows; `bound` reads
    it as far as the actor of a unit sees that. With `team_ids` it is in the forms of
    these teams' leads alone.
    """

    name: str
    label: str
    type: FieldType
    column: Any
    folded: Any = None
    folds: Callable[[str], str | None] = fold
    named: Select[*tuple[Any, ...]] | None = None
    computed: Callable[[UnitOfWork], ColumnElement[bool]] | None = None
    judged: Callable[[UnitOfWork, Mapping[str, Any]], bool] | None = None
    holder: Any = None
    custom_id: int | None = None
    is_many: bool = False
    is_editable: bool = True
    is_required: bool = False
    is_importable: bool = True
    choices: tuple[str, ...] = ()
    help: str = ""
    lowest_role: Role = Role.OWN
    plugin_id: str | None = None
    through: tuple[Field, ...] = ()
    bound: Callable[[UnitOfWork], Field] | None = None
    team_ids: tuple[int, ...] = ()

    @property
    def is_custom(self) -> bool:
        """Whether the field was made in the running system."""
        return self.holder is not None or self.is_related

    @property
    def is_related(self) -> bool:
        """Whether it shows the value of another record, as that is now."""
        return bool(self.through)

    def is_of(self, team_id: int | None) -> bool:
        """Whether the forms of a team's leads have the field."""
        return not self.team_ids or team_id in self.team_ids

    @property
    def is_sortable(self) -> bool:
        """Whether lists can be in the order of this field."""
        return self.type not in _UNORDERED and not self.is_many

    @property
    def is_groupable(self) -> bool:
        """Whether records can be counted and summed by this field's values."""
        is_grouped = self.type not in _UNGROUPED and not self.is_many
        return is_grouped and self.computed is None and self.name != "id"

    def comparable(self, text: str) -> str:
        """`text` as the field's values are compared: folded, or a code in capitals."""
        if self.folded is not None:
            return fold(text)
        if self.type in {FieldType.COUNTRY, FieldType.CURRENCY}:
            return text.strip().upper()
        return text


class UnknownFieldError(CrmError):
    """No field has this name, or the actor may not see it."""

    def __init__(self, name: str) -> None:
        super().__init__(mark("There is no field “{name}”."), field=name, name=name)


class UnknownEntityError(CrmError):
    """Nothing of that name has fields."""

    def __init__(self, name: str) -> None:
        super().__init__(
            mark("There is no “{name}” here; try lead or contact."), name=name
        )
