"""From users and memberships to what they reach, in the database (B1, B3)."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text

from app.auth.memberships import grant_of_group, principal_of_user
from app.db import access
from app.db.session import Database
from app.db.tables import OrgUnitRow
from app.domain.access import Permission, Principal
from app.domain.findings import Forbidden
from app.services.authorisation import require_units
from tests.conftest import TestRegion
from tests.people import make_user

TODAY = date(2027, 3, 1)


async def found(database: Database, region: TestRegion, subject: str, on: date = TODAY) -> Principal | None:
    async with database.unit_of_work(region.id, read_only=True) as uow:
        return await principal_of_user(uow, subject, on, region_code=region.code)


async def codes(database: Database, principal: Principal, condition: Any) -> set[str]:
    async with database.unit_of_work(principal.region_id, read_only=True) as uow:
        wanted = select(OrgUnitRow.code).where(OrgUnitRow.region_id == principal.region_id, condition)
        return set((await uow.session.scalars(wanted)).all())


async def test_several_memberships_reach_each_their_own_part(database: Database, region: TestRegion) -> None:
    await make_user(database, region, "p-1", "titta@SU", "anvandare@NU")
    principal = await found(database, region, "p-1")
    assert principal is not None
    assert principal.groups == ("anvandare", "titta")
    reads = access.in_reach(OrgUnitRow.id, principal, TODAY)
    writes = access.in_reach(OrgUnitRow.id, principal, TODAY, Permission.NODES_WRITE)
    readable = access.unit_readable(OrgUnitRow.id, principal, TODAY)
    assert await codes(database, principal, writes) == {"NU", "NU-F"}
    assert await codes(database, principal, reads) == {"NU", "NU-F", "SU", "SU-F"}
    assert await codes(database, principal, readable) == {"NU", "NU-F", "SU", "SU-F", "VGR"}
    async with database.unit_of_work(region.id, read_only=True) as uow:
        su, nu = region.unit_ids["SU"], region.unit_ids["NU"]
        await require_units(uow, principal, Permission.NODES_WRITE, [nu], TODAY)
        with pytest.raises(Forbidden, match="SU"):
            await require_units(uow, principal, Permission.NODES_WRITE, [nu, su], TODAY)


async def test_operational_support_acts_one_level_up_but_not_beside(database: Database, region: TestRegion) -> None:
    await make_user(database, region, "p-2", "verksamhetsstod@SU-F")
    principal = await found(database, region, "p-2")
    assert principal is not None
    writes = access.in_reach(OrgUnitRow.id, principal, TODAY, Permission.NODES_WRITE)
    assert await codes(database, principal, writes) == {"SU", "SU-F"}
    assert not principal.whole_region


async def test_a_module_narrows_what_is_done(database: Database, region: TestRegion) -> None:
    await make_user(database, region, "p-3", "titta@SU", "anvandare@SU:VGPU")
    principal = await found(database, region, "p-3")
    assert principal is not None
    async with database.unit_of_work(region.id, read_only=True) as uow:
        su = [region.unit_ids["SU"]]
        await require_units(uow, principal, Permission.NODES_WRITE, su, TODAY, module="VGPU")
        for module in ("VGSP", None):
            with pytest.raises(Forbidden):
                await require_units(uow, principal, Permission.NODES_WRITE, su, TODAY, module=module)


async def test_who_is_refused(database: Database, region: TestRegion, other_region: TestRegion) -> None:
    await make_user(database, region, "gone", "chef@SU", active=False)
    await make_user(database, region, "nowhere")
    await make_user(database, region, "adds", "modulagare@VGR")
    await make_user(database, region, "later", "chef@SU")
    await make_user(database, other_region, "theirs", "chef@SU")
    for subject in ("gone", "nowhere", "adds", "theirs", "unheard of"):
        assert await found(database, region, subject) is None, subject
    assert await found(database, region, "later", date(2023, 12, 31)) is None
    assert await found(database, region, "later", date(2024, 1, 1)) is not None


async def test_one_statement_whatever_the_memberships(
    database: Database, region: TestRegion, count_queries: Any
) -> None:
    await make_user(database, region, "p-4", "titta@SU", "anvandare@NU", "modulagare@VGR:VGI")
    async with database.unit_of_work(region.id, read_only=True) as uow:
        with count_queries() as counter:
            principal = await principal_of_user(uow, "p-4", TODAY, region_code=region.code)
    assert len(counter) == 1
    assert principal is not None
    assert (principal.unit_code, principal.whole_region) == ("SU", False)  # its own unit before others


async def test_a_group_named_by_a_credential(database: Database, region: TestRegion) -> None:
    async with database.unit_of_work(region.id, read_only=True) as uow:
        grant = await grant_of_group(uow, "verksamhetsstod", region.unit_ids["SU-F"], TODAY)
        assert grant is not None
        assert grant.reach.singles == (region.unit_ids["SU"],)
        assert await grant_of_group(uow, "emperor", region.unit_ids["SU"], TODAY) is None


async def test_licences_are_counted_by_the_database(database: Database, region: TestRegion) -> None:
    used = text("select used from licences where region_id = :r")
    await make_user(database, region, "l-1", "chef@SU", "titta@NU")
    await make_user(database, region, "l-2", active=False)
    async with database.unit_of_work(region.id) as uow:
        assert await uow.session.scalar(used, {"r": region.id}) == 1
        await uow.session.execute(text("update users set active = not active where region_id = :r"), {"r": region.id})
        assert await uow.session.scalar(used, {"r": region.id}) == 1
        await uow.session.execute(text("update users set active = true where region_id = :r"), {"r": region.id})
        assert await uow.session.scalar(used, {"r": region.id}) == 2
        await uow.session.execute(text("delete from users where region_id = :r"), {"r": region.id})
        assert await uow.session.scalar(used, {"r": region.id}) == 0
