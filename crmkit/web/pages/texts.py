"""The values that columns and cards show beside the usual, as the reader reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.core import FieldType, read_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit.core import UnitOfWork
    from crmkit.web.pages.listed import ShownColumn
    from crmkit.web.pages.values import Writer

    Texts = dict[int, dict[str, str]]


def texts_of(
    uow: UnitOfWork,
    entity: str,
    writer: Writer,
    columns: Sequence[ShownColumn],
    currencies: Mapping[int, str],
) -> Texts:
    """The values of `columns` by record and name; `currencies` names the records."""
    names = [column.name for column in columns]
    values = read_columns(uow, entity, names, list(currencies))
    base = uow.settings.base_currency
    return {
        number: {
            column.name: writer.write(
                FieldType(column.type),
                values[number].get(column.name),
                base if column.name == "base_revenue" else currency,
            )
            for column in columns
        }
        for number, currency in currencies.items()
    }


def texts_of_cards(
    uow: UnitOfWork,
    writer: Writer,
    columns: Sequence[ShownColumn],
    cards: Sequence[Any],
) -> Texts:
    """The same of leads, whose cards say in which currency their amounts are."""
    return texts_of(
        uow, "lead", writer, columns, {card.id: card.currency for card in cards}
    )
