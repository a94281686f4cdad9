"""/metrics for Prometheus: requests by route template and status, how long they took, and the process itself.

Labels hold the template (`/api/v1/units/{id}`), never the path: paths are without number, and hold ids.
"""

import time

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.route_table import RouteTable
from app.auth.events import SignInEvents

router = APIRouter(include_in_schema=False)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The figures of one application; each has a registry of its own, so that two in a process don't mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("styrkedjan_http_requests", "Requests answered.", labels, registry=self.registry)
        self.seconds = Histogram(
            "styrkedjan_http_request_seconds",
            "From the request's first byte to the answer's last, in seconds.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.rate_limited = Counter(
            "styrkedjan_rate_limited",
            "Requests refused as too many, by policy.",
            ("policy",),
            registry=self.registry,
        )
        self.refused = Counter(
            "styrkedjan_credentials_refused", "Credentials refused.", ("kind", "reason"), registry=self.registry
        )
        self.key_fetches = Histogram(
            "styrkedjan_issuer_keys_seconds",
            "How long the OIDC issuer's keys took to fetch, by outcome, in seconds.",
            ("outcome",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.keys_fetched_at = Gauge(
            "styrkedjan_issuer_keys_fetched_timestamp_seconds",
            "When the OIDC issuer's keys were last had; 0: never.",
            registry=self.registry,
        )
        self.under_way = Gauge("styrkedjan_http_requests_under_way", "Requests under way.", registry=self.registry)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def sign_in_events(self) -> SignInEvents:
        """What counts the credentials that are refused, and the fetches of the issuer's keys."""

        def fetched(had: bool, seconds: float) -> None:
            self.key_fetches.labels("had" if had else "failed").observe(seconds)
            if had:
                self.keys_fetched_at.set_to_current_time()

        return SignInEvents(lambda kind, reason: self.refused.labels(kind, reason).inc(), fetched)


class MetricsMiddleware:
    """Counts and times every request. Pure ASGI: a stream stays a stream."""

    def __init__(self, app: ASGIApp, metrics: Metrics, routes: RouteTable) -> None:
        self._app = app
        self._metrics = metrics
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500  # what the client sees when the application falls before it has answered
        began = time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._metrics.under_way.track_inprogress():
            try:
                await self._app(scope, receive, noting)
            finally:
                method = scope["method"] if scope["method"] in _METHODS else "other"
                route = self._routes.template(scope)
                self._metrics.requests.labels(method, route, str(status)).inc()
                self._metrics.seconds.labels(method, route).observe(time.perf_counter() - began)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """The figures, in Prometheus' text format."""
    figures: Metrics = request.app.state.metrics
    return Response(
        generate_latest(figures.registry), headers={"Cache-Control": "no-store"}, media_type=CONTENT_TYPE_PLAIN_0_0_4
    )
