"""A credential and an example for the documentation pages, so that their examples run at a click. Development only."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text

from app.auth.tokens import development_token
from app.db.session import Database, storage_errors
from app.domain.access import Role
from app.settings import Settings

SUBJECT = "documentation-pages"
_LASTS = timedelta(hours=8)

# Run as the owner: which regions there are is nobody's business but this installation's own, and it is a developer's.
# The board whose part of the tree has the most assessments is the one with something to show.
_SAMPLE = text("""
    select r.code as region, top.code as top, board.code as board,
           (select max(p.year) from plan_versions p where p.region_id = r.region_id) as year
    from regions r
    join org_placements place
      on place.region_id = r.region_id and place.parent_id is null and place.valid @> cast(:on_day as date)
    join org_units top on top.region_id = r.region_id and top.id = place.unit_id
    left join lateral (
      select u.code
      from org_units u
      left join org_ancestors below
        on below.region_id = u.region_id and below.ancestor_id = u.id and below.valid @> cast(:on_day as date)
      left join assessments a on a.region_id = below.region_id and a.unit_id = below.unit_id
      where u.region_id = r.region_id and u.level = r.board_level
      group by u.code
      order by count(a.id) desc, u.code
      limit 1
    ) board on true
    order by r.created_at, r.code
    limit 1
""")


@dataclass(frozen=True, slots=True)
class Example:
    """A token that works here, and a unit and a period to ask about."""

    token: str
    unit: str
    period: str


async def example(settings: Settings, database: Database, now: datetime, on: date) -> Example | None:
    """An example from the first region that was loaded; None where there is none, or tokens are not accepted."""
    if not settings.development_tokens_allowed:
        return None
    with storage_errors():
        async with database.owner_engine.connect() as connection:
            found = (await connection.execute(_SAMPLE, {"on_day": on})).one_or_none()
    if found is None:
        return None
    token = development_token(
        settings, region=found.region, unit=found.top, role=Role.REPORTER, subject=SUBJECT, lifetime=_LASTS, now=now
    )
    return Example(token, found.board or found.top, f"{found.year or on.year}-T2")
