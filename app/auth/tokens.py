"""Development tokens: JSON web tokens (RFC 7519) signed with a key that never leaves this machine.

They are for trying and testing; production settings refuse them. Tokens of an OIDC issuer go in beside this module,
through `app.auth.authenticate`.
"""

import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import BaseModel, ConfigDict, Strict, StringConstraints

from app.domain.access import Role
from app.settings import Settings

ISSUER = "styrkedjan-dev"
ALGORITHM = "HS256"
CLOCK_SKEW = timedelta(seconds=30)
_KEY_BYTES = 32


class TokenRefusedError(Exception):
    """The token is not one of ours, or its time is out. Why is for the log, never for the answer."""


class Claims(BaseModel):
    """What a token says, once its signature is right. Held to the forms that the database's columns have."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    iss: Literal["styrkedjan-dev"]
    aud: str
    sub: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,255}$")]
    region: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,15}$")]
    unit: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9._-]{0,31}$")]
    role: Annotated[Role, Strict(False)]
    group: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")] | None = None
    exp: int


def development_token(
    settings: Settings,
    *,
    region: str,
    unit: str,
    role: Role,
    subject: str,
    lifetime: timedelta,
    now: datetime,
    group: str | None = None,
) -> str:
    """A signed token; makes the local key if there is none yet. With `group` its rights are that group's."""
    claims = {
        "iss": ISSUER,
        "aud": settings.oidc_audience,
        "sub": subject,
        "region": region,
        "unit": unit,
        "role": role.value,
        **({} if group is None else {"group": group}),
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
    }
    return jwt.encode({"alg": ALGORITHM}, claims, _key(settings.dev_token_key_path))


def read_development_token(settings: Settings, token: str, now: datetime) -> Claims:
    """What the token says. Raises TokenRefusedError for a wrong signature, algorithm, issuer, audience or time."""
    if not settings.development_tokens_allowed:
        raise TokenRefusedError("development tokens are not accepted in production")
    try:
        # The algorithm is ours to choose, never the token's: `none` and friends don't get past this line.
        said = jwt.decode(token, _key(settings.dev_token_key_path), algorithms=[ALGORITHM]).claims
        claims = Claims.model_validate(said)
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefusedError(type(error).__name__) from error
    if claims.aud != settings.oidc_audience:
        raise TokenRefusedError("audience")
    if now.timestamp() > claims.exp + CLOCK_SKEW.total_seconds():
        raise TokenRefusedError("expired")
    return claims


def _key(path: Path) -> OctKey:
    """The local key, made at first use. Two processes at once end up with the same one."""
    try:
        return OctKey.import_key(path.read_bytes())
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        whole.touch(mode=0o600)
        whole.write_bytes(secrets.token_bytes(_KEY_BYTES).hex().encode())
        try:
            # A link, unlike a rename, does not replace the key that another process put there meanwhile.
            path.hardlink_to(whole)
        except FileExistsError:
            pass
        finally:
            whole.unlink()
        return OctKey.import_key(path.read_bytes())
