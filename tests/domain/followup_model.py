"""A small fleet to follow up: goals graded as goals, measures, tasks; a second module whose nodes are linked in."""

from collections.abc import Iterable
from uuid import UUID

from app.domain.chain import Chain, ChainNode, Placed, UnitPlace, build_chain
from app.domain.grades import GoalGrade
from app.domain.nodes import AllocationOrigin
from app.domain.periods import Period, Periodicity
from app.domain.steering_model import AssessmentScale, Grade, Module, NodeKind, SteeringModel
from tests.domain.models import column

T2 = Period.parse("2027-T2")


def grade(code: str, symbol: str = "●") -> Grade:
    return Grade(
        code=code,
        symbol=symbol,
        forecast_sv=f"blir {code}",
        outcome_sv=f"är {code}",
        forecast_en=f"will be {code}",
        outcome_en=f"is {code}",
    )


GOALS = AssessmentScale(name="goals", grades=tuple(grade(code) for code in GoalGrade))
TASKS = AssessmentScale(name="tasks", grades=(grade("on"), grade("off")))

LOG = Module(
    code="LOG",
    name="Loggbok",
    name_en="Log",
    columns=(
        column(0, "dream", periodicity=None),
        column(1, "star", parents=["dream"], assessment="goals"),
        column(2, "course", parents=["star"], assessment="goals"),
        column(3, "measure", "measure", "month", parents=["star", "course"]),
        column(4, "task", "activity", "month", parents=["star", "course", "measure"], assessment="tasks"),
    ),
)
ATLAS = Module(
    code="ATLAS",
    name="Atlas",
    name_en="Atlas",
    columns=(
        column(1, "sea", periodicity="year", assessment="goals"),
        column(2, "measure", "measure", "month", parents=["sea"]),
        column(3, "task", "activity", "month", parents=["sea", "measure"]),
    ),
)
GAUGE = Module(code="GAUGE", name="Mätare", name_en="Gauges", columns=(column(1, "measure", "measure", "month"),))
MODEL = SteeringModel(
    levels=("realm", "harbour", "ship"), board_level="harbour", modules=(ATLAS, GAUGE, LOG), scales=(GOALS, TASKS)
)

HERE, SHIP, BOAT, ELSEWHERE = (UUID(int=i) for i in (1, 2, 3, 99))
UNITS = (UnitPlace(HERE, "HERE", 0), UnitPlace(SHIP, "SHIP", 1), UnitPlace(BOAT, "BOAT", 1))


def ident(name: str) -> UUID:
    """A name of up to 16 letters as an id."""
    return UUID(int=int.from_bytes(name.encode(), "big"))


def name(node: UUID) -> str:
    return node.int.to_bytes(16, "big").lstrip(b"\0").decode()


def node(
    title: str,
    column_code: str = "star",
    owner: UUID = HERE,
    module: Module = LOG,
    *,
    region_level_only: bool = False,
    periodicity: Periodicity | None = None,
) -> ChainNode:
    kind: NodeKind = module.by_code[column_code].node_kind
    return ChainNode(ident(title), module.code, column_code, kind, owner, region_level_only, periodicity)


def placed(title: str, unit: UUID = HERE, origin: AllocationOrigin = AllocationOrigin.ALLOCATED) -> Placed:
    return Placed(ident(title), unit, origin)


def chain(
    nodes: Iterable[ChainNode], links: str = "", allocations: Iterable[Placed] = (), *, at_region: bool = False
) -> Chain:
    """`links`: "a>b a>c" for parent a of b and c."""
    pairs = [(ident(pair.partition(">")[0]), ident(pair.partition(">")[2])) for pair in links.split()]
    return build_chain("LOG", UNITS, nodes, pairs, allocations, at_region=at_region)


def names(found: Chain, positions: Iterable[int] | None = None) -> str:
    """The names of nodes in the chain, in order, as words."""
    at = range(len(found)) if positions is None else positions
    return " ".join(name(found.nodes[i].id) for i in at)


def at(found: Chain, title: str) -> int:
    return found.position[ident(title)]
