"""A module owner approves and sets targets in its own module only (B1, M2)."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from app.main import create_app
from app.settings import Settings
from tests.api.conftest import client_of
from tests.api.planning import Caller, World
from tests.api.test_oidc import Issuer, trusting_settings
from tests.outgoing.http_host import http_host
from tests.people import make_user


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An issuer whose tokens say who somebody is; what they may do is in their memberships."""
    made = Issuer()
    with http_host(made.answer) as port:
        made.port = port
        yield made


@pytest.mark.parametrize(
    ("membership", "may"), [("modulagare@VGR:VGI", True), ("modulagare@VGR", True), ("modulagare@VGR:VGPU", False)]
)
async def test_the_right_counts_for_the_module_that_it_is_given_for(
    world: World, settings: Settings, issuer: Issuer, membership: str, may: bool
) -> None:
    await make_user(world.database, world.region, "anna", "titta@VGR", membership)
    made = await world.caller().indicator("Andel", approved=False, unit_of_measure="%")
    indicator = f"/indicators/{made['measure']['indicator']}"
    app: FastAPI = create_app(trusting_settings(settings, world.region, issuer), world.database)
    async with client_of(app) as http:
        anna = Caller(http, issuer.token())
        answers: list[Any] = [await anna.send("POST", f"{indicator}/approve", None)]
        answers.append(await anna.changed("PUT", f"{indicator}/targets", {"items": []}))
    assert [a.status_code for a in answers] == ([200, 200] if may else [403, 403]), [a.text for a in answers]
    assert ((await world.caller().found(indicator))["approved_at"] is not None) == may
