"""Tokens of an OIDC issuer: not verified yet, and never pretended to be."""

from app.settings import Settings


class OidcNotBuilt(RuntimeError):
    """An issuer is set, but this version can't verify its tokens: unset STYRKEDJAN_OIDC_ISSUER, and use API keys."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def refuse_unbuilt(settings: Settings) -> None:
    """Raise OidcNotBuilt where an issuer is set: better no service than one that takes no token, or any token."""
    if settings.oidc_issuer is not None:
        raise OidcNotBuilt
