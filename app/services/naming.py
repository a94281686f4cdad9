"""Finds what a request names by code or id, and says what is not there: everything at once, each with its pointer."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from app.db import access
from app.db.locks import hold_plan
from app.db.queries import nodes as node_queries
from app.db.tables import KeywordGroupRow, KeywordRow, OrgUnitRow
from app.domain.findings import InputError, InvalidInput
from app.domain.nodes import UnitView
from app.domain.phrases import named as listed
from app.domain.phrases import say
from app.domain.plan_versions import PlanStatus
from app.domain.steering_model import Column
from app.domain.texts import Text
from app.services.facts import Asked, unit_views
from app.services.model_cache import LoadedColumn

UNKNOWN_MODULE = Text("Det finns ingen modul {name}. Välj bland {known}.", "There is no module {name}. Choose {known}.")
UNKNOWN_COLUMN = Text(
    "Modulen {module} har ingen kolumn {name}. Välj bland {known}.",
    "The module {module} has no column {name}. Choose {known}.",
)
UNKNOWN_YEAR = Text("Det finns ingen planversion för {name}.", "There is no plan version for {name}.")
UNKNOWN_UNIT = Text("Det finns ingen enhet {name} som du når.", "There is no unit {name} that you can reach.")
UNKNOWN_NODE = Text("Det finns ingen nod {name} som du får se.", "There is no node {name} that you may see.")
UNKNOWN_KEYWORD = Text("Det finns inget nyckelord {name}.", "There is no keyword {name}.")
FOREIGN_GROUP = Text(
    "Kolumnen {column} tar inte emot nyckelord ur gruppen {group}.",
    "The column {column} takes no keywords of the group {group}.",
)
FOREIGN_UNIT = Text(
    "Gruppen {group} är lokal och gäller inte hos {unit}.",
    "The group {group} is local and does not apply at {unit}.",
)


@dataclass(slots=True)
class Errors:
    """Gathers what is wrong with a request's form, to be told all at once."""

    found: list[InputError] = field(default_factory=list)

    def add(self, pointer: str, code: str, words: Text, **facts: object) -> None:
        """Note one thing wrong."""
        self.found.append(InputError(pointer, code, say(words.sv, words.en, **facts)))

    def settle(self) -> None:
        """Raise InvalidInput if anything was noted."""
        if self.found:
            raise InvalidInput(self.found)


def column(a: Asked, errors: Errors, module: str, code: str) -> LoadedColumn | None:
    """The column that a request names; None, and noted, where there is none."""
    if module not in a.model.module_ids:
        known = listed(m.code for m in a.model.model.modules)
        errors.add("/module", "unknown_module", UNKNOWN_MODULE, name=module, known=known)
        return None
    found = a.model.column(module, code)
    if found is None:
        columns = a.model.modules_by_id[a.model.module_ids[module]].columns
        known = listed(c.code for c in columns)
        errors.add("/column", "unknown_column", UNKNOWN_COLUMN, module=module, name=code, known=known)
    return found


@dataclass(frozen=True, slots=True)
class PlanFound:
    """A year's plan version, kept as it is until the transaction ends."""

    id: UUID
    status: PlanStatus


async def plan(a: Asked, errors: Errors, year: int, pointer: str = "/year") -> PlanFound | None:
    """The year's plan version, held; None, and noted, where there is none. Whether it is open is for V3 to say."""
    row = await hold_plan(a.uow, year)
    if row is None:
        errors.add(pointer, "unknown_year", UNKNOWN_YEAR, name=year)
        return None
    return PlanFound(row.id, PlanStatus(row.status))


async def units_by_code(a: Asked, codes: Collection[str], *, readable: bool = True) -> dict[str, UnitView]:
    """Units by code, in the tree of the day; only those that may be seen, unless a rule has to know of others."""
    wanted = select(OrgUnitRow.id).where(OrgUnitRow.region_id == a.principal.region_id, OrgUnitRow.code.in_(set(codes)))
    if readable:
        wanted = wanted.where(access.unit_readable(OrgUnitRow.id, a.principal, a.on))
    views = await unit_views(a, (await a.uow.session.scalars(wanted)).all())
    return {view.code: view for view in views.values()}


async def readable_nodes(a: Asked, node_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Those of the nodes that may be seen, each with its plan version."""
    wanted = set(node_ids)
    if not wanted:
        return {}
    rows = await a.uow.session.execute(node_queries.node_keys(a.principal, a.on, wanted))
    return {row.id: row.plan_version_id for row in rows}


@dataclass(frozen=True, slots=True)
class KeywordFound:
    """A keyword and its group's name."""

    id: UUID
    group: str


async def keywords(
    a: Asked, errors: Errors, said: Sequence[UUID], *, column: Column, year: int, owner: UnitView
) -> list[KeywordFound]:
    """The keywords that a request puts on a node, in its order. One statement; notes those that don't go there."""
    if not said:
        return []
    rows = (
        await a.uow.session.execute(
            select(KeywordRow.id, KeywordGroupRow.name, KeywordGroupRow.unit_id)
            .join(
                KeywordGroupRow,
                (KeywordGroupRow.region_id == KeywordRow.region_id) & (KeywordGroupRow.id == KeywordRow.group_id),
            )
            .where(
                KeywordRow.region_id == a.principal.region_id,
                KeywordRow.id.in_(set(said)),
                access.keyword_group_readable(a.principal, a.on),
            )
        )
    ).all()
    by_id = {row.id: row for row in rows}
    found: list[KeywordFound] = []
    for place, keyword in enumerate(said):
        pointer = f"/keywords/{place}"
        row = by_id.get(keyword)
        if row is None:
            errors.add(pointer, "unknown_keyword", UNKNOWN_KEYWORD, name=keyword)
            continue
        if not _takes(column, row.name, year):
            name = column.name_text
            errors.add(pointer, "keyword_group_not_of_column", FOREIGN_GROUP, column=name, group=row.name)
        elif row.unit_id is not None and row.unit_id not in owner.line:
            errors.add(pointer, "keyword_group_not_of_unit", FOREIGN_UNIT, group=row.name, unit=owner.name)
        found.append(KeywordFound(row.id, row.name))
    return found


def _takes(column: Column, group: str, year: int) -> bool:
    """Whether the column takes the group's keywords. What is barred from a year on is for rule N6 to say."""
    barred = column.barred_keyword_groups.get(group)
    if barred is not None and year >= barred:
        return True
    return group in (*column.keyword_groups, *column.local_keyword_groups)
