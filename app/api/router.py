"""Every resource under /api/v1, in the order of the documentation."""

from fastapi import APIRouter

from app.api import (
    allocations,
    assessments,
    audit,
    chart_page,
    corrections,
    docs_pages,
    exports,
    health,
    indicator_charts,
    indicator_reading,
    indicators,
    keyword_groups,
    links,
    metrics,
    modules,
    node_parts,
    nodes,
    number_findings,
    outcome_imports,
    outcomes,
    period_locks,
    plan_versions,
    problem_pages,
    regions,
    static_files,
    units,
    users,
)

PREFIX = "/api/v1"


def api_router() -> APIRouter:
    """The whole of REST."""
    router = APIRouter(prefix=PREFIX)
    for resource in (
        regions,
        units,
        modules,
        keyword_groups,
        plan_versions,
        nodes,
        node_parts,
        links,
        allocations,
        assessments,
        number_findings,
        indicators,
        indicator_reading,
        indicator_charts,
        outcomes,
        outcome_imports,
        period_locks,
        corrections,
        exports,
        audit,
    ):
        router.include_router(resource.router)
    for more in (users.router, users.groups_router, users.licences_router):
        router.include_router(more)
    return router


def service_routers() -> list[APIRouter]:
    """What is not a resource: health, figures, explanations, pages."""
    return [module.router for module in (health, metrics, problem_pages, docs_pages, chart_page, static_files)]
