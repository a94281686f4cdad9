"""The region's permission groups: read them. They are data of the region, loaded with it."""

from collections.abc import Sequence

from app.db.paging import Page, fetch_page
from app.db.queries import users as queries
from app.db.session import UnitOfWork
from app.db.tables import PermissionGroupRow
from app.db.typing import AnyRow
from app.domain.access import Principal
from app.domain.findings import NotFound


async def list_permission_groups(
    uow: UnitOfWork, principal: Principal, page: Page
) -> tuple[Sequence[AnyRow], tuple[object, ...] | None]:
    """The groups in their own order."""
    keys = [PermissionGroupRow.position, PermissionGroupRow.code]
    found = await fetch_page(uow.session, queries.permission_groups(principal).order_by(None), keys, page)
    return found.rows, found.next


async def read_permission_group(uow: UnitOfWork, principal: Principal, code: str) -> AnyRow:
    """One group. Raises NotFound."""
    statement = queries.permission_groups(principal).where(PermissionGroupRow.code == code)
    row: AnyRow | None = (await uow.session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("permission group", code)
    return row
