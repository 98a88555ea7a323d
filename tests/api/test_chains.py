"""Operations one after the other, with what the ones before answered.

Schemathesis follows the links of the document: what is created is read, changed, moved,
closed, deleted, brought back, in any order. In the soak profile, on both databases.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis.specs.openapi import checks

CHAINS = int(os.environ.get("CRMKIT_TEST_CHAINS", "300"))
LONGEST = 12
LEFT_OUT = {
    checks.positive_data_acceptance: "what has the right shape may still name a stage "
    "that is not there, or a lead that is closed",
    checks.use_after_free: "what is deleted lies in the bin and is restored by its id",
    checks.ensure_resource_availability: "what is given away may be out of sight",
}


@pytest.mark.soak
def test_any_chain_of_operations_is_answered_as_the_document_says(door):
    token = door.script("eve").headers["authorization"]
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", door.app)
    # A script that revokes its own token or locks itself out tells nothing more.
    own = r"^/api/v1/(tokens|users|plugins|settings)"
    kept = schema.exclude(path_regex=own)

    class Chain(kept.as_state_machine()):  # type: ignore[misc]  # made at run time
        def get_call_kwargs(self, _case: Any) -> dict[str, Any]:
            return {"headers": {"Authorization": token}}

        def validate_response(self, response: Any, case: Any, **sent: Any) -> None:
            case.validate_response(
                response, excluded_checks=list(LEFT_OUT), transport_kwargs=sent
            )

    # A chain that is repeated meets other ids; Hypothesis ends the run there.
    with suppress(FlakyStrategyDefinition):
        Chain.run(
            settings=settings(
                max_examples=CHAINS,
                stateful_step_count=LONGEST,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
        )
