"""The application: its parts put together."""

import asyncio

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from app.api import errors, exports
from app.api.idempotency import REPLAYED
from app.api.limits import BodyLimitMiddleware
from app.api.metrics import Metrics, MetricsMiddleware
from app.api.middleware import REQUEST_ID, RequestMiddleware
from app.api.openapi_document import bare_app
from app.api.rate_limits import RateLimitMiddleware, RateLimits
from app.api.route_table import RouteTable
from app.api.under_way import UnderWayMiddleware
from app.auth.authenticate import Authenticator
from app.db.session import Database
from app.graphql_endpoint import graphql_endpoint
from app.settings import Settings


def create_app(settings: Settings, database: Database) -> FastAPI:
    """The service, on a database that is there and migrated; whoever opened the database closes it."""
    app = bare_app()
    app.include_router(graphql_endpoint(settings))
    # Routes are tried one after the other, which takes a millisecond for a hundred: what is asked most stands first.
    app.router.routes.insert(0, app.router.routes.pop())
    app.state.settings = settings
    app.state.database = database
    app.state.routes = RouteTable(app.routes)
    app.state.metrics = Metrics()
    app.state.authenticator = Authenticator(settings, database, app.state.metrics.sign_in_events())
    app.state.rate_limits = RateLimits(settings, database, app.state.metrics)
    app.state.exports = asyncio.Semaphore(exports.AT_ONCE)
    errors.install(app)
    _surround(app, settings)
    return app


def _surround(app: FastAPI, settings: Settings) -> None:
    """The middleware, from the innermost to the outermost."""
    app.add_middleware(BodyLimitMiddleware, settings=settings)
    app.add_middleware(UnderWayMiddleware, settings=settings)
    # Inside what counts and what lets browsers read an answer: a refusal is an answer.
    app.add_middleware(RateLimitMiddleware, limits=app.state.rate_limits)
    app.add_middleware(MetricsMiddleware, metrics=app.state.metrics, routes=app.state.routes)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", REQUEST_ID],
            expose_headers=[
                "ETag",
                "Link",
                "Location",
                "RateLimit",
                "RateLimit-Policy",
                "Retry-After",
                REPLAYED,
                REQUEST_ID,
            ],
            max_age=600,
        )
    app.add_middleware(RequestMiddleware, routes=app.state.routes, settings=settings)
