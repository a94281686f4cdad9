"""/healthz: the process lives. /readyz: the database answers and is migrated."""

from typing import Literal

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app.api.declared import problems
from app.api.dependencies import database_of
from app.api.problems import NOT_READY, ProblemError
from app.api.routes import resource_router
from app.db.migrate import is_current
from app.db.session import storage_errors

RETRY_AFTER = "5"
_NO_STORE = {"Cache-Control": "no-store"}

router = resource_router("", "service")


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """The service can do its work."""

    status: Literal["ready"] = "ready"
    database: Literal["reachable"] = "reachable"
    migrations: Literal["current"] = "current"


@router.get("/healthz", operation_id="getHealth", response_model=Health, responses=problems(422))
async def healthz() -> Response:
    """Tell that the process lives. Asks nothing of the database: a restart does not mend a database."""
    return JSONResponse(Health().model_dump(), headers=_NO_STORE)


@router.get("/readyz", operation_id="getReadiness", response_model=Readiness, responses=problems(422, 503))
async def readyz(request: Request) -> Response:
    """Tell whether requests can be answered: the database is reachable, and migrated to this version."""
    with storage_errors():
        async with database_of(request).engine.connect() as connection:
            current = await is_current(connection)
    if not current:
        raise ProblemError(NOT_READY, headers={"Retry-After": RETRY_AFTER})
    return JSONResponse(Readiness().model_dump(), headers=_NO_STORE)
