"""What lists are asked with: filter, words, order, page."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from crmkit.core import ListQuery


def _read_query(
    filter: Annotated[  # noqa: A002  (the name is the contract's)
        str, Query(description="A filter, like `probability >= 50 and owner = me`.")
    ] = "",
    q: Annotated[str, Query(description="Words that the record holds.")] = "",
    sort: Annotated[str, Query(description="A field, `-` in front: descending.")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query()] = None,
) -> ListQuery:
    return ListQuery(filter, q, sort or "-created_at", cursor, limit)


Asked = Annotated[ListQuery, Depends(_read_query)]
"""The query of a list, read from the address. It opens no unit of work."""
Exact = Annotated[str, Query(alias="total", description="`exact` counts the filter.")]
Archived = Annotated[bool, Query(description="Those taken out of use, instead.")]
Extended = Annotated[
    str,
    Query(
        max_length=500,
        description="Ids of plugins, with commas between, or `all`: what they know of "
        "each lead stands in its `ext`.",
    ),
]
