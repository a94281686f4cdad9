"""Test helpers: users and memberships, written straight into the tables."""

from datetime import date
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import Range

from app.db.session import Database
from app.db.tables import MembershipRow, UserRow
from app.domain.identity import new_id
from tests.conftest import TestRegion

SINCE = date(2024, 1, 1)


async def make_user(
    database: Database, region: TestRegion, subject: str, *memberships: str, active: bool = True
) -> UUID:
    """A user with memberships said as `group@UNIT` or `group@UNIT:MODULE`."""
    user_id = new_id()
    async with database.unit_of_work(region.id) as uow:
        row = {
            "region_id": region.id,
            "id": user_id,
            "user_name": subject,
            "subject": subject,
            "name": subject,
            "name_sort": subject,
            "active": active,
            "unit_id": region.unit_ids[memberships[0].partition("@")[2].partition(":")[0]] if memberships else None,
            "created_by": "test",
            "updated_by": "test",
        }
        await uow.session.execute(insert(UserRow), row)
        modules = await uow.session.execute(text("select code, id from modules where region_id = :r"), {"r": region.id})
        ids: dict[str, UUID] = {row.code: row.id for row in modules}
        for said in memberships:
            group, _, place = said.partition("@")
            unit, _, module = place.partition(":")
            membership = {
                "region_id": region.id,
                "user_id": user_id,
                "group_code": group,
                "unit_id": region.unit_ids[unit],
                "module_id": ids[module] if module else None,
                "valid": Range(SINCE, None),
                "created_by": "test",
                "updated_by": "test",
            }
            await uow.session.execute(insert(MembershipRow), membership)
    return user_id
