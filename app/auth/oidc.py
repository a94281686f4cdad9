"""Tokens of an OIDC issuer: signature, issuer, audience and time checked; what a person may do is in the memberships.

The algorithm must be one of the settings' list and fit the key: `none` and symmetric ones are never taken, whatever the
token says of itself. Nothing of a token is logged but why it was refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from joserfc import jws, jwt
from joserfc.errors import JoseError
from pydantic import BaseModel, ConfigDict, StringConstraints

from app.auth.events import SignInEvents
from app.auth.jwks import IssuerKeys
from app.auth.tokens import TokenRefusedError
from app.outgoing.url_guard import UrlPolicy
from app.settings import Settings

_RegionCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,15}$")]
_LONGEST_KID = 256


class _Said(BaseModel):
    """The claims that every token must have, held to the forms that the database's columns have."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    iss: str
    aud: str | list[str]
    sub: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,255}$")]
    exp: int | float
    nbf: int | float | None = None
    iat: int | float | None = None


class _Region(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    code: _RegionCode


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a token is about: a subject, in a region."""

    sub: str
    region: str


class OidcVerifier:
    """Verifies the tokens of the issuer that the settings name."""

    def __init__(self, settings: Settings, issuer: str, events: SignInEvents | None = None) -> None:
        self._settings = settings
        self._issuer = issuer
        self._keys = IssuerKeys(issuer, UrlPolicy.of(settings), within=settings.oidc_timeout, events=events)

    async def identity(self, token: str, now: datetime) -> Identity:
        """Whom the token is about.

        Raises TokenRefusedError, and KeysUnavailableError where the issuer's keys can't be had.
        """
        header = header_of(token)
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in self._settings.oidc_algorithm_list:
            raise TokenRefusedError("algorithm")
        if kid is not None and (not isinstance(kid, str) or len(kid) > _LONGEST_KID):
            raise TokenRefusedError("key id")
        key = await self._keys.find(kid, now)
        if key is None:
            raise TokenRefusedError("unknown key")
        try:
            claims = jwt.decode(token, key, algorithms=[algorithm]).claims
            said = _Said.model_validate({**claims, "sub": claims.get(self._settings.oidc_subject_claim)})
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefusedError(type(error).__name__) from error
        self._check(said, now)
        return Identity(said.sub, self._region(claims))

    def _check(self, said: _Said, now: datetime) -> None:
        at, skew = now.timestamp(), self._settings.oidc_clock_skew
        if said.iss != self._issuer:
            raise TokenRefusedError("issuer")
        if self._settings.oidc_audience not in ([said.aud] if isinstance(said.aud, str) else said.aud):
            raise TokenRefusedError("audience")
        if at >= said.exp + skew:
            raise TokenRefusedError("expired")
        if any(time is not None and at < time - skew for time in (said.nbf, said.iat)):
            raise TokenRefusedError("not yet valid")

    def _region(self, claims: Mapping[str, object]) -> str:
        """The region that the issuer is for or, where it serves several, the one that the token names."""
        said = self._settings.oidc_region or claims.get(self._settings.oidc_region_claim)
        try:
            return _Region.model_validate({"code": said}).code
        except ValueError as error:
            raise TokenRefusedError("region") from error


def header_of(token: str) -> Mapping[str, object]:
    """A token's header, not verified. Raises TokenRefusedError where it is no signed token."""
    try:
        header: Mapping[str, object] = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefusedError("no token") from error
    return header
