"""Keywords that name a year ("Delårsrapport april 2027"): they follow the plan year, and are made with its version."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from app.db.session import UnitOfWork
from app.db.tables import KeywordGroupRow, KeywordRow, RegionRow
from app.regions.models import KeywordGroup
from app.services.merging import Tally, merge

SETTING = "yearly_keywords"
"""Where a region keeps its templates: group name -> list of [position, text with `{year}`]."""


def templates(groups: Iterable[KeywordGroup]) -> dict[str, list[list[Any]]]:
    """The templates of a region's keyword groups, as the region's settings keep them."""
    return {g.name: [[position, text] for position, text in g.yearly()] for g in groups if g.yearly()}


async def ensure_year_keywords(uow: UnitOfWork, year: int, *, by: str) -> Tally:
    """Make the region's keywords for a plan year where they are missing. Called whenever a plan version is made."""
    settings = await uow.session.scalar(select(RegionRow.settings).where(RegionRow.region_id == uow.region_id))
    kept: Mapping[str, Any] = (settings or {}).get(SETTING) or {}  # type: ignore[assignment]  # JSON of our own making
    if not kept:
        return Tally(KeywordRow.__tablename__)
    wanted = select(KeywordGroupRow.name, KeywordGroupRow.id).where(KeywordGroupRow.region_id == uow.region_id)
    ids = {row.name: row.id for row in await uow.session.execute(wanted.where(KeywordGroupRow.name.in_(kept)))}
    rows = [
        {"group_id": ids[group], "text": text.format(year=year), "position": position}
        for group, listed in kept.items()
        if group in ids
        for position, text in listed
    ]
    return (await merge(uow, KeywordRow, rows, key=("group_id", "text"), by=by)).tally
