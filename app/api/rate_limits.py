"""How often one may ask: by credential, by address where there is none, and more strictly for refused credentials.

A credential counts for whom it stands for (a person, a key), so that new tokens are no new quota. Whoever turns up with
a credential that is not known here is counted by address until it has been recognised, and not heard at all from an
address that has sent too many wrong ones: not even with a right one, or guessing would go on. Those who were recognised
there lately are not disturbed by it.

Every counted answer says where the caller stands, as draft-ietf-httpapi-ratelimit-headers-10 has it:
`RateLimit-Policy: "credential";q=6000;w=60` and `RateLimit: "credential";r=5999;t=42`.
"""

import hashlib
from collections import OrderedDict
from ipaddress import ip_address, ip_network
from uuid import UUID

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import http_error
from app.api.metrics import Metrics
from app.api.problems import RATE, ProblemError
from app.auth.quotas import Key, Policy, Standing, key_of
from app.auth.shared_quotas import SharedQuotas
from app.db.session import Database
from app.settings import Settings

EXEMPT = frozenset({"/healthz", "/readyz", "/metrics"})
"""What looks after the service must get through, above all when it is busy."""
_WINDOW = 60
_STATE = "rate"
_MOST_KNOWN = 10_000
_UNAUTHENTICATED = 401


class RateLimits:
    """The quotas of one application, and the credentials that were recognised lately."""

    def __init__(self, settings: Settings, database: Database, metrics: Metrics) -> None:
        self.credential = Policy("credential", settings.rate_limit, _WINDOW)
        self.address = Policy("address", settings.rate_limit_address, _WINDOW)
        self.sign_in = Policy("sign-in", settings.rate_limit_sign_in, _WINDOW)
        self.quotas = SharedQuotas(database, (self.credential, self.address, self.sign_in))
        self._metrics = metrics
        # By a digest: the credentials themselves are kept nowhere.
        self._known: OrderedDict[bytes, Key] = OrderedDict()

    def whose(self, credential: bytes) -> Key | None:
        """Who it stood for, if it was recognised lately."""
        found = self._known.get(credential)
        if found is not None:
            self._known.move_to_end(credential)
        return found

    def learn(self, credential: bytes, whose: Key) -> None:
        """A credential was recognised."""
        self._known[credential] = whose
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)

    def forget(self, credential: bytes) -> None:
        """A credential was refused."""
        self._known.pop(credential, None)

    def refused(self, standing: Standing) -> ProblemError:
        """The answer to one request too many."""
        self._metrics.rate_limited.labels(standing.policy.name).inc()
        return ProblemError(RATE, headers={"Retry-After": str(standing.resets)})


class _Counting:
    """One request: by whom it is counted, and where that one stands."""

    __slots__ = ("_credential", "_limits", "_recognised", "_scope", "standings")

    def __init__(self, limits: RateLimits, scope: Scope) -> None:
        self._limits = limits
        self._credential: bytes | None = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                self._credential = hashlib.sha256(value).digest()
                break
        self._scope = scope
        self._recognised = False
        self.standings: list[Standing] = []

    def begin(self) -> None:
        """Count what can be told before anything is done. Raises 429."""
        limits = self._limits
        if self._credential is None:
            self._take(limits.address, self._by_address(limits.address))
        elif (known := limits.whose(self._credential)) is not None:
            self._recognised = True
            self._take(limits.credential, known)
        else:
            for policy in (limits.sign_in, limits.address):
                self._refuse(limits.quotas.look(policy, self._by_address(policy)))

    def recognised(self, region_id: UUID, subject: str) -> None:
        """Count by whom the credential stands for, where that has not been done. Raises 429."""
        limits, credential = self._limits, self._credential
        if credential is None or self._recognised:
            return
        self._recognised = True
        whose = key_of(limits.credential, subject, region_id)
        limits.learn(credential, whose)
        self._take(limits.credential, whose)

    def end(self, status: int) -> None:
        """Count what only the answer tells: a refused credential, and one that nobody asked about."""
        limits = self._limits
        if self._credential is None:
            return
        if status == _UNAUTHENTICATED:
            limits.forget(self._credential)
            self._note(limits.sign_in)
        elif not self._recognised and not self.standings:
            self._note(limits.address)

    def _by_address(self, policy: Policy) -> Key:
        return key_of(policy, address_of(self._scope))

    def _take(self, policy: Policy, key: Key) -> None:
        if policy.most:
            standing = self._limits.quotas.take(policy, key)
            self._refuse(standing)
            self.standings.append(standing)

    def _note(self, policy: Policy) -> None:
        if policy.most:
            self.standings.append(self._limits.quotas.take(policy, self._by_address(policy)))

    def _refuse(self, standing: Standing) -> None:
        if standing.policy.most and standing.refused:
            self.standings.append(standing)
            raise self._limits.refused(standing)


class RateLimitMiddleware:
    """Counts requests, refuses those over a limit with 429, and says on every answer where the caller stands."""

    def __init__(self, app: ASGIApp, limits: RateLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, unless it is one too many."""
        if scope["type"] != "http" or scope["path"] in EXEMPT:
            await self._app(scope, receive, send)
            return
        counting = _Counting(self._limits, scope)

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                counting.end(message["status"])
                message = {**message, "headers": [*message.get("headers", ()), *_told(counting.standings)]}
            await send(message)

        try:
            counting.begin()
        except ProblemError as refused:
            await (await http_error(Request(scope), refused))(scope, receive, telling)
            return
        scope["state"][_STATE] = counting
        await self._app(scope, receive, telling)


def _told(standings: list[Standing]) -> list[tuple[bytes, bytes]]:
    """The headers. Written as bytes: they are on every answer."""
    if not standings:
        return []
    policies = ", ".join([f'"{s.policy.name}";q={s.policy.most};w={s.policy.seconds}' for s in standings])
    left = ", ".join([f'"{s.policy.name}";r={s.left};t={s.resets}' for s in standings])
    return [(b"ratelimit-policy", policies.encode()), (b"ratelimit", left.encode())]


def count_for(request: Request, region_id: UUID, subject: str) -> None:
    """Whom a request's credential stands for has been found out. Raises 429 where that one has asked too often."""
    counting: _Counting | None = request.scope.get("state", {}).get(_STATE)
    if counting is not None:
        counting.recognised(region_id, subject)


def address_of(scope: Scope) -> str:
    """The address that a request is counted by. Of IPv6 the network: one customer has a whole /64."""
    client = scope.get("client")
    try:
        address = ip_address(client[0]) if client else None
    except ValueError:
        address = None
    if address is None:
        return ""
    if address.version == 6 and address.ipv4_mapped is not None:  # noqa: PLR2004  # the version of IP
        return str(address.ipv4_mapped)
    return str(address) if address.version == 4 else str(ip_network((address, 64), strict=False))  # noqa: PLR2004
