"""The settings: one frozen object, read from the environment at the edge and passed in, never global.

`Settings()` reads `STYRKEDJAN_*` and `DATABASE_URL`; `Settings(port=8001)` sets a value in code, as tests do.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AliasChoices,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "STYRKEDJAN_"
_MIB = 1024 * 1024
_DRIVER = "postgresql+asyncpg"
_ASYMMETRIC = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
_SCHEMES = ("postgres", "postgresql", _DRIVER)
# What may follow `?` in a DATABASE_URL. The driver takes any other name for an argument of its own and fails obscurely.
_URL_PARAMETERS = frozenset({"host", "port", "ssl", "sslmode", "prepared_statement_cache_size"})


def _asyncpg_url(given: str) -> str:
    """A DATABASE_URL as people write it (postgres://, postgresql://, libpq's sslmode) -> the form SQLAlchemy takes."""
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        # The text is left out: it may hold a password.
        raise ValueError("not a URL: expected postgresql://user:password@host:5432/database") from None
    if url.drivername not in _SCHEMES:
        raise ValueError(f"scheme {url.drivername!r}: expected one of {', '.join(_SCHEMES)}")
    if not url.database:
        raise ValueError("names no database: expected postgresql://user:password@host:5432/database")
    unknown = sorted(set(url.query) - _URL_PARAMETERS)
    if unknown:
        raise ValueError(f"parameter {', '.join(unknown)}: expected one of {', '.join(sorted(_URL_PARAMETERS))}")
    return _spelled_for_driver(url).render_as_string(hide_password=False)


def _spelled_for_driver(url: URL) -> URL:
    query: dict[str, Any] = dict(url.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    host = url.host
    if host and host.lower().startswith("%2f"):  # libpq's way to write a socket folder in the host's place
        query["host"] = host.replace("%2F", "/").replace("%2f", "/")
        host = None
    # Built anew, since URL.set() takes None for "leave as it is".
    return URL.create(_DRIVER, url.username, url.password, host, url.port, url.database, query)


class Settings(BaseSettings):
    """Everything that may differ between two installations.

    Raises pydantic's ValidationError, which names the variable, when a value can't be used.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,  # compose files pass on variables that are set to nothing
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        validate_default=True,
        hide_input_in_errors=True,  # a DATABASE_URL may hold a password
    )

    environment: Literal["development", "production"] = Field(
        "development", description="`production` refuses development tokens."
    )
    database_url: Annotated[str, AfterValidator(_asyncpg_url)] | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", f"{PREFIX}DATABASE_URL"),
        repr=False,  # it may hold a password
        description=(
            "A PostgreSQL >= 15, as `postgresql://user:password@host:5432/database`, or through a socket:"
            " `postgresql://user@/database?host=/run/postgresql`. Without it an embedded PostgreSQL is started."
        ),
    )
    data_dir: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        Path(".data"), description="Folder of the embedded PostgreSQL and of the key that signs development tokens."
    )
    embedded_fsync: bool = Field(
        True, description="Off makes the embedded PostgreSQL faster and unsafe in a power cut: for tests."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8000, description="Port to listen on; 0 takes a free one.")
    public_url: str | None = Field(
        None, description="The address that clients see, when it is not `http://HOST:PORT`; no slash at the end."
    )
    cors_origins: str = Field(
        "", description="Origins whose pages may call the API from a browser, separated by commas; empty: none."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")
    dev_token_key: Path | None = Field(
        None,
        description="File with the key that signs development tokens; by default `dev-token.key` in the data folder.",
    )
    oidc_issuer: str | None = Field(
        None, description="The OIDC issuer whose tokens are accepted, exactly as its tokens write it in `iss`."
    )
    oidc_audience: str = Field("styrkedjan", description="The `aud` that a token must carry.")
    oidc_region: str | None = Field(None, description="Code of the region that the issuer's users belong to.")
    oidc_region_claim: str = Field(
        "region", description="The claim with the region's code, for an issuer that serves several regions."
    )
    oidc_subject_claim: str = Field(
        "sub", description="The claim that says who it is: `oid` for Entra ID, whose `sub` differs by application."
    )
    scim_subject: Literal["external_id", "user_name"] = Field(
        "external_id",
        description="What of a directory's user stands in that claim: its `externalId`, if it has one, or `userName`.",
    )
    oidc_algorithms: str = Field(
        "RS256,PS256,ES256", description="Signature algorithms that are accepted; never `none` or a symmetric one."
    )
    oidc_clock_skew: Annotated[float, Field(ge=0, le=300)] = Field(
        30.0, description="Seconds that the issuer's clock may differ from ours."
    )
    oidc_timeout: PositiveFloat = Field(6.0, description="Longest time to fetch the issuer's keys, in seconds.")
    fetch_trusted_hosts: str = Field(
        "",
        description=(
            "Hosts (an issuer, a catalogue) that the service may fetch from although they lie on an inner network,"
            " separated by commas. Others are reached on public addresses only."
        ),
    )
    fetch_allow_http: bool = Field(
        False, description="Whether trusted hosts may be asked without TLS: for trying, refused in production."
    )
    worker: bool = Field(True, description="Whether this process also runs the scheduled jobs, as one of its replicas.")
    catalogue_url: str | None = Field(
        None, description="Base address of the indicator catalogue (it speaks as Kolada's API v2 does); none: no pull."
    )
    catalogue_token: str | None = Field(
        None, repr=False, description="Bearer token for the catalogue, if it asks for one."
    )
    catalogue_region: str = Field("VGR", description="Code of the region whose figures the catalogue holds.")
    catalogue_hours: NonNegativeFloat = Field(
        24, description="Hours from one pull from the catalogue to the next; 0: only by `styrkedjan catalogue sync`."
    )
    catalogue_timeout: PositiveFloat = Field(30.0, description="Longest wait for the catalogue, in seconds.")
    rate_limit: NonNegativeInt = Field(
        6000,
        description="Requests per minute for one credential (a person, an API key), all processes together; 0: any.",
    )
    rate_limit_address: NonNegativeInt = Field(
        600, description="Requests per minute without a valid credential, for one address (IPv6: one /64); 0: any."
    )
    rate_limit_sign_in: NonNegativeInt = Field(
        30,
        description=(
            "Refused credentials per minute for one address; after that only credentials that were accepted lately are"
            " looked at from there. 0: any."
        ),
    )
    trusted_proxies: str = Field(
        "127.0.0.1,::1",
        description=(
            "Addresses or networks of the proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed,"
            " separated by commas."
        ),
    )
    max_body_bytes: PositiveInt = Field(_MIB, description="Largest body of an ordinary request, in bytes.")
    max_import_bytes: PositiveInt = Field(
        512 * _MIB,
        description="Largest body of an import, in bytes, packed or unpacked: a million rows are some 120 MB of JSON.",
    )
    hsts_seconds: NonNegativeInt = Field(
        31_536_000,
        description=(
            "Seconds that browsers shall use HTTPS alone for this host (`Strict-Transport-Security`); sent over HTTPS."
            " 0: not sent."
        ),
    )
    body_idle_seconds: PositiveFloat = Field(
        30.0,
        description=(
            "A request whose body stops coming for this long, in seconds, is given up; so is one that comes in drops."
        ),
    )
    head_seconds: PositiveFloat = Field(
        20.0, description="A connection that has not sent the head of a request within so many seconds is closed."
    )
    request_seconds: PositiveFloat = Field(
        60.0,
        description=(
            "A request that takes longer, in seconds, is cancelled and answered 503, but for imports and for answers"
            " that are being sent."
        ),
    )
    graphql_max_depth: PositiveInt = Field(20, description="Deepest GraphQL selection.")
    graphql_max_aliases: PositiveInt = Field(30, description="Most aliases in one GraphQL request.")
    graphql_max_tokens: PositiveInt = Field(4000, description="Most tokens in one GraphQL request.")
    graphql_max_cost: PositiveInt = Field(10_000, description="Highest cost of one GraphQL request.")
    pool_size: PositiveInt = Field(10, description="Database connections kept open; as many again under load.")
    kept_rows: NonNegativeInt = Field(
        100_000,
        description=(
            "Rows of chains that each worker process keeps in memory while nothing they rest on has changed: about two"
            " kilobytes each. 0: every question reads anew."
        ),
    )
    statement_timeout: PositiveFloat = Field(30.0, description="Longest time for one SQL statement, in seconds.")

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        if self.environment == "production" and self.fetch_allow_http:
            raise ValueError("fetch_allow_http: production asks other hosts with TLS only")
        if self.environment == "production" and self.dev_token_key is not None:
            raise ValueError("dev_token_key: production takes no development tokens")
        if self.oidc_issuer is not None and self.oidc_issuer.startswith("http://") and not self.fetch_allow_http:
            raise ValueError("oidc_issuer: expected https")
        unfit = sorted(set(self.oidc_algorithm_list) - _ASYMMETRIC)
        if unfit or not self.oidc_algorithm_list:
            raise ValueError(f"oidc_algorithms: expected some of {', '.join(sorted(_ASYMMETRIC))}")
        return self

    @property
    def oidc_algorithm_list(self) -> list[str]:
        """The algorithms of `oidc_algorithms`, one by one."""
        return [name.strip() for name in self.oidc_algorithms.split(",") if name.strip()]

    @property
    def development_tokens_allowed(self) -> bool:
        """Whether a token signed with the local key is accepted: never in production."""
        return self.environment == "development"

    @property
    def trusted_hosts(self) -> frozenset[str]:
        """The hosts of `fetch_trusted_hosts`, lower case."""
        named = (host.strip().lower().rstrip(".") for host in self.fetch_trusted_hosts.split(","))
        return frozenset(host for host in named if host)

    @property
    def allowed_origins(self) -> list[str]:
        """The origins of `cors_origins`, one by one."""
        return [origin.strip().rstrip("/") for origin in self.cors_origins.split(",") if origin.strip()]

    @property
    def dev_token_key_path(self) -> Path:
        """The file with the key that signs development tokens."""
        return self.dev_token_key or self.data_dir / "dev-token.key"

    @property
    def base_url(self) -> str:
        """The address that clients see, without a slash at the end."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def with_changes(self, **changes: Any) -> Self:
        """The same settings but for `changes`, which are validated like the rest."""
        return type(self)(**{name: getattr(self, name) for name in type(self).model_fields} | changes)


def settings_table() -> str:
    """Every setting as a markdown table, in the order of the class: for the README."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        variable = "DATABASE_URL" if name == "database_url" else f"{PREFIX}{name.upper()}"
        default = (
            ""
            if field.default is None
            else f"`{str(field.default).lower() if field.annotation is bool else field.default}`"
        )
        rows.append(f"| `{variable}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"
