"""Who counts as there is who the permissions let read there: the statement against the grants, at random (B1, B3)."""

import random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.auth.memberships import principal_of_user
from app.db import access
from app.db.queries import ownership as queries
from app.domain.access import Permission
from app.services.calendar_day import today
from app.services.facts import asked
from tests.api.planning import GOAL, World
from tests.people import make_user

PLACES = ("VGR", "SU", "SU-F", "SU-F2", "SU-OM", "SU-VH", "NU", "NU-F")
GROUPS = ("chef", "verksamhetsstod", "titta", "rapportadministrator", "modulagare", "administrator")
PEOPLE = 60


def memberships(rng: random.Random) -> list[str]:
    """Up to three, each once; some for one module."""
    found = {f"{rng.choice(GROUPS)}@{rng.choice(PLACES)}{rng.choice(('', '', ':VGPU', ':VGI'))}" for _ in range(3)}
    return sorted(found)[: rng.randint(0, 3)]


async def reads_at(a: Any, subject: str, region_code: str, unit_id: UUID, module: str) -> bool:
    """Whether the person's own credential would read the module there: asked of the grants, one by one."""
    principal = await principal_of_user(a.uow, subject, a.on, region_code=region_code)
    if principal is None:
        return False
    for grant in principal.grants:
        if Permission.READ not in grant.rights or (grant.modules and module not in grant.modules):
            continue
        if grant.reach.everything or unit_id in grant.reach.singles:
            return True
        for top in grant.reach.tops:
            below = access.subtree(a.principal.region_id, top, a.on)
            if unit_id in set((await a.uow.session.scalars(below)).all()):
                return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_the_statement_agrees_with_the_grants(world: World, seed: int) -> None:
    rng = random.Random(seed)
    node = (await world.caller().node("mal", "VGR", GOAL))["id"]
    people: dict[str, str] = {}
    for number in range(PEOPLE):
        subject, held = f"p{number}", memberships(rng)
        await make_user(world.database, world.region, subject, *held)
        people[subject] = rng.choice(PLACES)
    async with world.database.unit_of_work(world.region.id) as uow:
        for subject, unit in people.items():
            await uow.session.execute(
                text(
                    "insert into responsibilities (region_id, node_id, unit_id, role, subject)"
                    " values (:r, cast(:n as uuid), :u, 'x', :s)"
                ),
                {"r": world.region.id, "n": node, "u": world.region.unit_ids[unit], "s": subject},
            )
        a = await asked(uow, world.region.principal(), today())
        found = {row.subject for row in await uow.session.execute(queries.orphaned(a.principal, a.on))}
        expected = {
            subject
            for subject, unit in people.items()
            if not await reads_at(a, subject, world.region.code, world.region.unit_ids[unit], "VGPU")
        }
    assert found == expected
    assert 0 < len(found) < PEOPLE
