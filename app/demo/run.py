"""The demonstration from end to end, against a service that answers at a URL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.demo import steps
from app.demo.api_client import ApiClient
from app.demo.chain_view import chain_query, show_chain
from app.demo.plan import Plan


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who the demonstration is: an administrator, a person who reports, and the indicator catalogue's integration."""

    administrator: str
    reporter: str
    integration: str


def run_demo(
    console: Console, url: str, credentials: Credentials, plan: Plan, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Import the budget's allocations (`rows`), break a board's plan down, report, and print the chain."""
    year = int(plan.period[:4])
    with (
        ApiClient(url, credentials.administrator) as administrator,
        ApiClient(url, credentials.reporter) as reporter,
        ApiClient(url, credentials.integration) as integration,
    ):
        console.rule("Budgetens fördelning till 32 nämnder och styrelser")
        steps.import_allocations(administrator, console, [dict(row) for row in rows], year)
        steps.open_year(administrator, year - 1)
        console.rule(f"{plan.board}: plan, utfall och bedömningar (påhittade)")
        columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            steps.build_plan(reporter, progress, plan, year)
            outcomes = steps.push_outcomes(reporter, integration, progress, plan)
            assessments = steps.push_assessments(reporter, progress, plan)
        console.print(f"  {outcomes} utfall och {assessments} bedömningar genom API:et")
        console.rule("Uppföljningskedjan, genom GraphQL")
        answer = reporter.ask(chain_query(), unit=plan.board, period=plan.period)
        show_chain(console, answer["followUp"])
