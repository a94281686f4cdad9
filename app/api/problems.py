"""Problems (RFC 9457): every error's shape, and the kinds that are not rules of the domain.

A rule's problem has the rule's id as its slug (`/problems/K2`); the kinds here have a word (`/problems/stale`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from app.domain.texts import Language, Text

MEDIA_TYPE = "application/problem+json"
BASE = "/problems/"


class ProblemItem(BaseModel):
    """One thing wrong."""

    model_config = ConfigDict(extra="forbid")

    pointer: str | None = Field(None, description="JSON pointer (RFC 6901) into the body; empty: the whole body.")
    parameter: str | None = Field(None, description="Name of the query, path or header parameter.")
    rule: str | None = Field(None, description="Id of the rule that refused, see `/problems/{rule}`.")
    code: str | None = Field(None, description="Stable code of an error of form.")
    severity: str | None = Field(None, description="`refused`, `confirm` or `warning`, of a rule's finding.")
    message: str
    facts: dict[str, Any] | None = Field(None, description="What the message speaks of: ids, scores, figures.")


class Problem(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="Path of a page that explains this kind of problem.", examples=["/problems/K2"])
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    instance: str | None = Field(None, description="Path of the request.")
    rule: str | None = Field(None, description="Id of the first rule that refused.", examples=["K2"])
    errors: list[ProblemItem] = Field(default_factory=list, description="Everything that is wrong.")
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem that is not a rule: its slug, status and words."""

    slug: str
    status: int
    title: Text
    detail: Text


def _kind(slug: str, status: int, sv: str, en: str, detail_sv: str, detail_en: str) -> Kind:
    return Kind(slug, status, Text(sv, en), Text(detail_sv, detail_en))


BAD_REQUEST = _kind(
    "bad-request", 400, "Otydlig begäran", "Bad request", "Begäran kan inte läsas.", "The request can't be read."
)
UNAUTHENTICATED = _kind(
    "unauthenticated",
    401,
    "Inte inloggad",
    "Not authenticated",
    "Skicka en giltig token eller nyckel: Authorization: Bearer ...",
    "Send a valid token or key: Authorization: Bearer ...",
)
FORBIDDEN = _kind(
    "forbidden",
    403,
    "Inte tillåtet",
    "Not allowed",
    "Din behörighet räcker inte till detta.",
    "Your credential does not allow this.",
)
NOT_FOUND = _kind(
    "not-found",
    404,
    "Finns inte",
    "Not found",
    "Det som efterfrågas finns inte, eller får inte ses av dig.",
    "What was asked for does not exist, or may not be seen by you.",
)
METHOD = _kind(
    "method-not-allowed",
    405,
    "Metoden stöds inte",
    "Method not allowed",
    "Resursen tar inte emot den metoden; se rubriken Allow.",
    "The resource does not take that method; see the Allow header.",
)
NOT_ACCEPTABLE = _kind(
    "not-acceptable", 406, "Formatet finns inte", "Not acceptable", "Formatet finns inte.", "There is no such format."
)
CONFLICT = _kind(
    "conflict",
    409,
    "Någon annan hann före",
    "Somebody else was faster",
    "En samtidig ändring stod i vägen. Läs om och försök igen.",
    "A change made at the same time was in the way. Read again and retry.",
)
TIMED_OUT = _kind(
    "timed-out",
    408,
    "Det kom inget mer",
    "Nothing more came",
    "Kroppen slutade komma. Inget ändrades. Skicka om den.",
    "The body stopped coming. Nothing was changed. Send it again.",
)
STALE = _kind(
    "stale",
    412,
    "Ändrad under tiden",
    "Changed meanwhile",
    "Resursen har ändrats sedan du läste den. Läs om den och använd dess nya ETag.",
    "The resource has changed since you read it. Read it again and use its new ETag.",
)
TOO_LARGE = _kind(
    "too-large",
    413,
    "För stor",
    "Too large",
    "Kroppen är större än {limit} byte.",
    "The body is over {limit} bytes.",
)
MEDIA = _kind(
    "unsupported-media-type",
    415,
    "Formatet tas inte emot",
    "Unsupported media type",
    "Skicka kroppen som {accepted}.",
    "Send the body as {accepted}.",
)
INVALID = _kind(
    "invalid",
    422,
    "Ogiltig inmatning",
    "Invalid input",
    "Inget ändrades. Felen står var för sig i errors.",
    "Nothing was changed. The errors stand one by one in errors.",
)
KEY_REUSED = _kind(
    "idempotency-key-reused",
    422,
    "Nyckeln är använd till något annat",
    "The key was used for something else",
    "Samma Idempotency-Key har redan skickats med ett annat innehåll. Ta en ny nyckel.",
    "The same Idempotency-Key has been sent with another request. Take a new key.",
)
KEY_OF_OTHERS = _kind(
    "idempotency-key-of-other-rights",
    422,
    "Nyckeln är använd med andra behörigheter",
    "The key was used under other rights",
    "Samma Idempotency-Key har skickats när du hade andra behörigheter. Se efter vad som gjordes, och ta en ny nyckel.",
    "The same Idempotency-Key was sent when you had other rights. Look what was done, and take a new key.",
)
PRECONDITION = _kind(
    "precondition-required",
    428,
    "If-Match saknas",
    "If-Match is missing",
    "Skicka resursens ETag i If-Match, så att ingen skriver över någon annans ändring.",
    "Send the resource's ETag in If-Match, so that nobody overwrites somebody else's change.",
)
RATE = _kind(
    "too-many-requests",
    429,
    "För många anrop",
    "Too many requests",
    "Vänta så många sekunder som Retry-After säger.",
    "Wait as many seconds as Retry-After says.",
)
INTERNAL = _kind(
    "internal",
    500,
    "Fel hos oss",
    "A fault of ours",
    "Något gick fel hos tjänsten. Inget ändrades. Ange request_id vid felanmälan.",
    "Something went wrong in the service. Nothing was changed. Give request_id when you report it.",
)
UNAVAILABLE = _kind(
    "unavailable",
    503,
    "Databasen svarar inte",
    "The database does not answer",
    "Inget ändrades. Försök igen om en stund.",
    "Nothing was changed. Try again in a while.",
)
TOO_SLOW = _kind(
    "too-slow",
    503,
    "Det tog för lång tid",
    "It took too long",
    "Det tog längre tid än en begäran får ta och avbröts. Inget ändrades. Fråga efter mindre åt gången.",
    "It took longer than a request may take and was given up. Nothing was changed. Ask for less at a time.",
)
ISSUER_UNAVAILABLE = _kind(
    "issuer-unavailable",
    503,
    "Inloggningen svarar inte",
    "Sign-in does not answer",
    "Inloggningstjänstens nycklar kan inte hämtas just nu. Försök igen om en stund.",
    "The keys of the sign-in service can't be fetched now. Try again in a while.",
)
NOT_READY = _kind(
    "not-ready",
    503,
    "Inte redo",
    "Not ready",
    "Databasen är inte migrerad till den här versionen: kör styrkedjan migrate.",
    "The database has not been migrated to this version: run styrkedjan migrate.",
)
REFUSED = _kind(
    "rules",
    409,
    "En regel säger nej",
    "A rule refuses",
    "Inget ändrades. Reglerna står var för sig i errors.",
    "Nothing was changed. The rules stand one by one in errors.",
)

KINDS: Mapping[str, Kind] = {
    kind.slug: kind
    for kind in (
        BAD_REQUEST,
        UNAUTHENTICATED,
        FORBIDDEN,
        NOT_FOUND,
        METHOD,
        NOT_ACCEPTABLE,
        TIMED_OUT,
        CONFLICT,
        STALE,
        TOO_LARGE,
        MEDIA,
        INVALID,
        KEY_REUSED,
        KEY_OF_OTHERS,
        PRECONDITION,
        RATE,
        INTERNAL,
        UNAVAILABLE,
        TOO_SLOW,
        ISSUER_UNAVAILABLE,
        NOT_READY,
        REFUSED,
    )
}
BY_STATUS: Mapping[int, Kind] = {kind.status: kind for kind in reversed(list(KINDS.values()))}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing wrong, in both languages: the edge picks the caller's."""

    message: Text
    code: str | None = None
    pointer: str | None = None
    parameter: str | None = None
    facts: Mapping[str, Any] | None = None


class ProblemError(HTTPException):
    """An error that the edge itself finds. Caught by `app.api.errors`, which answers with the Problem."""

    def __init__(
        self,
        kind: Kind,
        wrong: Sequence[Wrong] = (),
        *,
        headers: Mapping[str, str] | None = None,
        **facts: object,
    ) -> None:
        super().__init__(kind.status, kind.slug, dict(headers or {}))
        self.kind = kind
        self.wrong = tuple(wrong)
        self.facts = facts

    def problem(self, language: Language) -> Problem:
        """The problem in the caller's language; instance and request id are added where it is sent."""
        return Problem(
            type=BASE + self.kind.slug,
            title=self.kind.title.in_language(language),
            status=self.kind.status,
            detail=self.kind.detail.fill(**self.facts).in_language(language),
            errors=[
                ProblemItem(
                    pointer=w.pointer,
                    parameter=w.parameter,
                    code=w.code,
                    message=w.message.in_language(language),
                    facts=dict(w.facts) if w.facts else None,
                )
                for w in self.wrong
            ],
        )
