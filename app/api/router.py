"""Every resource under /api/v1, in the order of the documentation."""

from fastapi import APIRouter

from app.api import (
    allocations,
    api_keys,
    assessments,
    audit,
    chart_page,
    corrections,
    directory,
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
    responsibilities,
    static_files,
    units,
    users,
    views,
)
from app.api.scim import discovery, everything, groups
from app.api.scim import users as scim_users

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
        api_keys,
    ):
        router.include_router(resource.router)
    for more in (
        users.router,
        users.groups_router,
        users.licences_router,
        directory.router,
        responsibilities.router,
        views.router,
    ):
        router.include_router(more)
    return router


def service_routers() -> list[APIRouter]:
    """What is not a resource of ours: health, figures, explanations, pages, and the directory's SCIM."""
    pages = (health, metrics, problem_pages, docs_pages, chart_page, static_files)
    return [module.router for module in (*pages, discovery, scim_users, groups, everything)]
