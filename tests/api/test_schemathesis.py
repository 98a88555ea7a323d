"""Whatever fits the document, or does not, is answered as the document says.

Schemathesis makes requests from the OpenAPI document: 20 for each operation in the gate
profile; 200 in the soak profile, on both databases, and chains of operations.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import one_of
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.doors import Door

IS_SOAK = os.environ.get("CRMKIT_PROFILE") == "soak"
EXAMPLES = 200 if IS_SOAK else 20
RECORDS = 5
LEFT_OUT = {
    checks.positive_data_acceptance: "what has the right shape may still name a stage "
    "that is not there, a cursor of another list, a field that no filter knows",
}
IN_SOAK_ALONE = {
    checks.ignored_auth: "it sends every third request again without a token; "
    "tests/web/test_access.py tries each route so",
}


@pytest.fixture(scope="module")
def schema(door):
    """The document, on an application in which the records 1 to 5 are there."""
    script, kit = door.script("eve"), door.kit
    for number in range(RECORDS):
        script.post("/contacts", {"name": f"Ada {number}", "kind": "company"})
        lead = door.lead(f"Pump {number}", owner_id=kit.ann)
        body = {"type": "call", "due_on": "2026-12-01"}
        script.post(f"/leads/{lead['id']}/activities", body)
        for path in ("lost-reasons", "tags", "sources", "mediums", "campaigns"):
            script.post(f"/{path}", {"name": f"Choice {number}"})
    loaded = schemathesis.openapi.from_asgi("/api/v1/openapi.json", door.app)

    @loaded.hook("map_path_parameters")
    def meet_records(_context: Any, path_parameters: Any) -> Any:
        """Ids of records that are there; Eve, who asks, is none of them."""
        return {
            name: 1 + value % RECORDS if type(value) is int else value
            for name, value in (path_parameters or {}).items()
        }

    @loaded.hook("filter_query")
    def leaves_a_trace(_context: Any, query: Any) -> bool:
        """An address holds no lists: of two values of a name the last one counts."""
        return not any(isinstance(one, list | dict) for one in (query or {}).values())

    return loaded


def _operations(schema: Any) -> Iterator[Any]:
    for result in schema.get_all_operations():
        yield result.ok()


def _try(door: Door, operation: Any) -> None:
    headers = {"Authorization": door.script("eve").headers["authorization"]}
    excluded = [*LEFT_OUT, *(() if IS_SOAK else IN_SOAK_ALONE)]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=one_of(*(operation.as_strategy(mode) for mode in GenerationMode)))
    def answer_fits(case: Any) -> None:
        case.call_and_validate(headers=headers, excluded_checks=excluded)

    answer_fits()


# The gate asks one database; chains of operations meet both.
@pytest.mark.databases(*(() if IS_SOAK else ("sqlite",)))
def test_every_operation_answers_as_the_document_says(door, schema, subtests):
    for operation in _operations(schema):
        with subtests.test(operation.label):
            _try(door, operation)
