"""The compliance tool of the SCIM community, against the service on a port of its own."""

from collections import Counter
from typing import Any

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from tests.contract.live import Live


@pytest.mark.slow
def test_the_compliance_tool_finds_nothing_wrong(live: Live, record_property: Any) -> None:
    with httpx2.Client(base_url=f"{live.url}/scim/v2", headers=live.headers, timeout=30) as http:
        results = check_server(SyncSCIMClient(http))
    counts = Counter(result.status.name for result in results)
    record_property("scim2_tester", dict(counts))
    bad = [result for result in results if result.status in {Status.ERROR, Status.CRITICAL, Status.DEVIATION}]
    assert bad == [], "\n".join(f"{r.title} {r.resource_type}: {r.reason}" for r in bad)
    assert counts.keys() <= {"SUCCESS", "COMPLIANT"}, counts
    assert counts["SUCCESS"] + counts["COMPLIANT"] > 70, counts
