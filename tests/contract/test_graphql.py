"""Questions made up from the GraphQL schema: never a 500, and never an untyped error."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from app.graphql.schema import export_schema
from tests.contract.live import Live

PERIODS = st.sampled_from(["2027", "2027-T2", "2027-04", "2026-T3", "2027-13", "", "2027-T9"])
schemathesis.graphql.scalar("Period", PERIODS.map(schemathesis.graphql.nodes.String))
FIELDS: list[Any] = [
    result.ok()
    for result in schemathesis.graphql.from_file(export_schema()).get_all_operations()
    if isinstance(result, Ok)
]


@pytest.mark.slow
@pytest.mark.parametrize("field", FIELDS, ids=lambda f: str(f.label))
def test_no_question_leads_to_a_fault(field: Any, live: Live) -> None:
    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=field.as_strategy())
    def asked(case: Any) -> None:
        answer = case.call(base_url=f"{live.url}/graphql", headers=live.headers)
        assert answer.status_code in {200, 400, 413}, answer.text
        for error in answer.json().get("errors", ()):
            if "extensions" in error:  # a problem (413) lists its errors another way
                assert error["extensions"]["code"] != "INTERNAL", (case.body, error)

    asked()
