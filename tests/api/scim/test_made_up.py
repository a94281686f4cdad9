"""Whatever is sent to SCIM, it answers in SCIM, and never with a fault of its own."""

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.contract.live import Live
from tests.scim_client import ENTERPRISE, GROUP, MEDIA, PATCH, USER

WORDS = [
    "userName", "name", "name.givenName", "emails", "emails.value", 'emails[type eq "work"]', "active", "externalId",
    'emails[type eq "work"].value', "emails[primary eq true].type", "id", "meta", "meta.created", "groups",
    'members[value eq "x"]', 'members[value eq "x"].value', "members", "displayName", "schemas", "nothing", "", "$ref",
    ENTERPRISE, f"{ENTERPRISE}:department", f"{USER}:userName", f"{USER}:emails[value pr]", "type", "value", "primary",
]  # fmt: skip
leaf = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20) | st.sampled_from([*WORDS, "True", "False", "\x00", "01a20000-0000-7000-8000-000000000001"])
)  # fmt: skip
value = st.recursive(
    leaf,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=8,
)
operation = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["Add", "Replace", "Remove", "add", "x"]) | leaf,
        "path": st.sampled_from(WORDS) | st.text(max_size=20) | leaf,
        "value": value,
    },
)
patch = st.fixed_dictionaries({"schemas": st.just([PATCH]), "Operations": st.lists(operation, max_size=3) | value})
resource = st.dictionaries(st.sampled_from(WORDS), value, max_size=5).map(
    lambda said: {"schemas": [USER, GROUP]} | said
)
attribute = st.sampled_from(WORDS)
test = st.builds(
    lambda name, op, said: f"{name} {op} {said}",
    attribute,
    st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "le", "xx"]),
    st.sampled_from(
        ['"a"', "true", "null", "5", "1.5", '"2020-01-01T00:00:00Z"', '"\\ud800"', '"\\u0000"', "a", '"%_\\\\"']
    ),
) | st.builds(lambda name: f"{name} pr", attribute)
filters = st.recursive(
    test,
    lambda inner: (
        st.builds(lambda a, b, how: f"({a}) {how} ({b})", inner, inner, st.sampled_from(["and", "or"]))
        | st.builds(lambda a: f"not ({a})", inner)
        | st.builds(lambda a: f"emails[{a}]", inner)
    ),
    max_leaves=4,
) | st.text(max_size=30)
few = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def _is_scim(answer: httpx.Response) -> None:
    assert answer.status_code < 500, (answer.request.method, answer.request.url, answer.request.content, answer.text)
    assert answer.status_code != 429, "nothing was tried"
    assert answer.headers["content-type"].startswith(MEDIA) or answer.status_code == 204
    if answer.status_code >= 400:
        assert answer.json()["status"] == str(answer.status_code)


def _made(http: httpx.Client, path: str, said: Any) -> str:
    found = http.post(path, json=said)
    assert found.status_code == 201, found.text
    return f"{path}/{found.json()['id']}"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["Users", "Groups"])
def test_bodies(kind: str, live: Live) -> None:
    with httpx.Client(base_url=f"{live.url}/scim/v2", headers=live.headers, timeout=30) as http:
        said = {"userName": f"made-up-{kind}"} if kind == "Users" else {"displayName": "Påhittad"}
        path = _made(http, f"/{kind}", {"schemas": [USER if kind == "Users" else GROUP], **said})

        @few
        @given(body=patch, other=resource)
        def sent(body: Any, other: Any) -> None:
            _is_scim(http.patch(path, json=body))
            _is_scim(http.put(path, json=other))
            _is_scim(http.post(f"/{kind}", json=other))
            _is_scim(http.post(f"/{kind}/.search", json=other))

        sent()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["Users", "Groups"])
def test_questions(kind: str, live: Live) -> None:
    with httpx.Client(base_url=f"{live.url}/scim/v2", headers=live.headers, timeout=30) as http:

        @few
        @given(asked=filters, sort=attribute, attributes=attribute, start=st.integers(), count=st.integers())
        def sent(asked: str, sort: str, attributes: str, start: int, count: int) -> None:
            _is_scim(http.get(f"/{kind}", params={"filter": asked}))
            _is_scim(http.get(f"/{kind}", params={"sortBy": sort, "startIndex": start, "count": count}))
            _is_scim(http.get(f"/{kind}", params={"attributes": attributes}))
            _is_scim(http.get(f"/{kind}", params={"excludedAttributes": attributes}))

        sent()
