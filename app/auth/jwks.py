"""An issuer's public keys: fetched by discovery, kept, fetched anew when a token names a key that is not among them.

- one fetch at a time, whoever waits for it
- a token with an unknown key id causes at most one fetch per `_AGAIN`, so that nobody makes us knock at the issuer
- while the issuer can't be reached, the keys that were had stay in use for a day
"""

import asyncio
import logging
import time
from datetime import datetime, timedelta

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey
from pydantic import BaseModel, ConfigDict, ValidationError

from app.auth.events import SignInEvents
from app.outgoing.fetching import FetchError, fetch
from app.outgoing.url_guard import UrlPolicy, UrlRefusedError, guarded_client

log = logging.getLogger("styrkedjan.auth")

PublicKey = RSAKey | ECKey | OKPKey
_FRESH = timedelta(hours=1)
_STALE = timedelta(days=1)
_AGAIN = timedelta(seconds=30)
_MOST_BYTES = 256 * 1024
_MOST_KEYS = 100
_LEAST_RSA_BITS = 2048


class KeysUnavailableError(Exception):
    """The issuer's keys can't be had now: nothing can be said about its tokens."""


class _Discovery(BaseModel):
    model_config = ConfigDict(extra="ignore")
    issuer: str
    jwks_uri: str


class _KeySet(BaseModel):
    model_config = ConfigDict(extra="ignore")
    keys: list[dict[str, object]]


class IssuerKeys:
    """The keys of one issuer. `within`: seconds that a fetch of both documents may take together."""

    def __init__(self, issuer: str, policy: UrlPolicy, *, within: float, events: SignInEvents | None = None) -> None:
        self._issuer = issuer
        self._policy = policy
        self._within = within
        self._events = events or SignInEvents()
        self._keys: dict[str | None, PublicKey] = {}
        self._fetched: datetime | None = None
        self._tried: datetime | None = None
        self._lock = asyncio.Lock()

    async def find(self, kid: str | None, now: datetime) -> PublicKey | None:
        """The key with this id; without one, the only key there is. None where there is none.

        Raises KeysUnavailableError where no key was ever had, or not for a day.
        """
        may_ask = self._tried is None or now - self._tried >= _AGAIN
        if may_ask and (not self._is_within(now, _FRESH) or self._find(kid) is None):
            await self._fetch(now)
        if not self._is_within(now, _STALE):
            raise KeysUnavailableError
        return self._find(kid)

    def _is_within(self, now: datetime, age: timedelta) -> bool:
        return self._fetched is not None and now - self._fetched < age

    def _find(self, kid: str | None) -> PublicKey | None:
        if kid is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid)

    async def _fetch(self, now: datetime) -> None:
        """Fetch the keys; those that stand stay where it fails. Whoever came meanwhile takes what this one brings."""
        tried = self._tried
        async with self._lock:
            if self._tried != tried or (self._tried is not None and now - self._tried < _AGAIN):
                return
            self._tried = now
            began = time.monotonic()
            try:
                self._keys = await self._fetched_keys()
            except (FetchError, UrlRefusedError, ValidationError) as error:
                log.warning("the issuer's keys were not had: %s", type(error).__name__, extra={"issuer": self._issuer})
                self._events.keys_fetched(False, time.monotonic() - began)
            else:
                self._fetched = now
                self._events.keys_fetched(True, time.monotonic() - began)

    async def _fetched_keys(self) -> dict[str | None, PublicKey]:
        async with guarded_client(self._policy, timeout=self._within) as client:
            url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
            answer = await fetch(client, url, most_bytes=_MOST_BYTES, within=self._within / 2)
            found = _Discovery.model_validate_json(answer.content)
            if found.issuer != self._issuer:
                raise UrlRefusedError("the discovery document is another issuer's")
            answer = await fetch(client, found.jwks_uri, most_bytes=_MOST_BYTES, within=self._within / 2)
        return _usable(_KeySet.model_validate_json(answer.content).keys[:_MOST_KEYS])


def _usable(said: list[dict[str, object]]) -> dict[str | None, PublicKey]:
    """The public keys for signatures, by id. Others are left out, symmetric ones above all."""
    keys: dict[str | None, PublicKey] = {}
    for each in said:
        if each.get("use", "sig") != "sig":
            continue
        kid = each.get("kid")
        try:
            key = JWKRegistry.import_key({name: v for name, v in each.items() if isinstance(v, str)})
        except (JoseError, ValueError, TypeError):
            continue
        if isinstance(key, RSAKey) and key.public_key.key_size < _LEAST_RSA_BITS:
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey):
            keys[kid if isinstance(kid, str) else None] = key
    return keys
