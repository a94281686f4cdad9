"""Who has to report what in a period, and what is missing (F4, F5).

A unit that owns a node, or has it allocated, has to assess it when a period of the node's periodicity ends within the
period asked for, and the node's column is assessed. An indicator's outcomes are to come from the units that it is
allocated to; from its owner where it is allocated to nobody; and from the region alone where it is region-level-only.

Any report for a period that ends within the period asked for meets the duty: a tertial is not late because one of its
months is, and what shows up as missing here is what has no grade in the rollup.
"""

from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.domain.chain import Chain
from app.domain.periods import Period, Periodicity
from app.domain.rollup import Reporting
from app.domain.steering_model import NodeKind, SteeringModel


class DutyKind(StrEnum):
    """What is to be reported."""

    ASSESSMENT = "assessment"
    OUTCOME = "outcome"


class Duty(NamedTuple):
    """A unit's duty to report on a node; `period` is the last one of the node's periodicity that it is due for."""

    node: UUID
    unit: UUID
    kind: DutyKind
    period: Period


Pairs = Collection[tuple[UUID, UUID]]
"""(node, unit)."""


def duties(chain: Chain, period: Period, model: SteeringModel) -> list[Duty]:
    """Every duty in the chain for the period: in the chain's order of nodes, nearest unit first."""
    columns = {(m.code, c.code): c for m in model.modules for c in m.columns}
    lasts: dict[Periodicity | None, Period] = {each: period.of(each) for each in Periodicity}
    due = {each: last for each, last in lasts.items() if period.start <= last.end}
    found: list[Duty] = []
    for i, node in enumerate(chain.nodes):
        column = columns[node.module, node.column]
        last = due.get(node.periodicity or column.standard_periodicity)
        if last is None:
            continue
        if column.assessment is not None:
            found.extend(Duty(node.id, unit, DutyKind.ASSESSMENT, last) for unit in chain.units_of(i))
        if node.kind is NodeKind.MEASURE:
            found.extend(Duty(node.id, unit, DutyKind.OUTCOME, last) for unit in _delivering(chain, i))
    return found


def _delivering(chain: Chain, node: int) -> Iterator[UUID]:
    """The units in S that outcomes of a measure are to come from."""
    owner = chain.nodes[node].owner
    if chain.nodes[node].region_level_only or not chain.placed[node]:
        return iter((owner,) if chain.owned[node] else ())
    return (p.unit for p in chain.placed[node])


def missing_reports(owed: Iterable[Duty], assessed: Pairs, delivered: Pairs) -> list[Duty]:
    """The duties not met. `assessed` and `delivered` as for `reporting`; give sets."""
    return [d for d in owed if (d.node, d.unit) not in (assessed if d.kind is DutyKind.ASSESSMENT else delivered)]


def reporting(owed: Iterable[Duty], assessed: Pairs, delivered: Pairs) -> Reporting:
    """What rollups count units by.

    `assessed`: (node, unit) with an assessment for a period that ends within the period asked for; `delivered`: the
    same for a total outcome (sex T) of the node's indicator. Give sets.
    """
    due: dict[DutyKind, dict[UUID, list[UUID]]] = {kind: {} for kind in DutyKind}
    done: dict[DutyKind, dict[UUID, list[UUID]]] = {kind: {} for kind in DutyKind}
    met = {DutyKind.ASSESSMENT: assessed, DutyKind.OUTCOME: delivered}
    for node, unit, kind, _ in owed:
        due[kind].setdefault(node, []).append(unit)
        if (node, unit) in met[kind]:
            done[kind].setdefault(node, []).append(unit)
    return Reporting(
        assessing=due[DutyKind.ASSESSMENT],
        assessed=done[DutyKind.ASSESSMENT],
        delivering=due[DutyKind.OUTCOME],
        delivered=done[DutyKind.OUTCOME],
    )
