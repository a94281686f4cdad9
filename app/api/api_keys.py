"""/api-keys: the credentials of integrations. A key's plain text is told once, in the answer that makes it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Response
from pydantic import Field

from app.api.asking import asking
from app.api.conditional import answer
from app.api.declared import CREATE, LIST, READ, problems
from app.api.dependencies import Call, Calling
from app.api.idempotency import Idempotent
from app.api.pagination import PageBody, Paging, page_answer
from app.api.routes import resource_router
from app.api.shapes import Shown
from app.services import api_keys as service
from app.services.api_keys import KeySaid, KeyShown, RotationSaid

router = resource_router("/api-keys", "api keys")
KeyId = Annotated[UUID, Path(alias="id", description="The key's id.")]
_SECRET = {"Cache-Control": "no-store"}


class ApiKey(Shown):
    """A key, without its secret, of which only a hash is kept."""

    id: UUID
    name: str
    group: str | None = Field(description="The permission group whose rights it has; null: the role's.")
    role: str
    unit: str
    scopes: list[str] = Field(description="`module:CODE`, `indicator:CODE`; empty: not narrowed.")
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    rotated_at: datetime | None = Field(description="When it was last given a new secret.")
    previous_until: datetime | None = Field(description="Until when the secret before that is still taken.")
    last_used_at: datetime | None = Field(description="To the minute.")


class ApiKeyMade(ApiKey):
    """A key with its plain text. Null in an answer that is given again for its Idempotency-Key: it is kept nowhere."""

    key: str | None = Field(examples=["styr_vgr_0198c0de00007000800000000000abcd_Zk1x..."])


@router.get("", operation_id="listApiKeys", response_model=PageBody[ApiKey], responses=problems(403, *LIST))
async def list_api_keys(call: Calling, page: Paging) -> Response:
    """List the keys at the units whose keys one looks after, those that were taken back too."""
    found, following = await service.list_keys(await asking(call), page)
    return page_answer(call.request, [ApiKey.model_validate(key) for key in found], following)


@router.get("/{id}", operation_id="getApiKey", response_model=ApiKey, responses=problems(403, *READ))
async def get_api_key(call: Calling, key_id: KeyId) -> Response:
    """Read one key."""
    return answer(call.request, ApiKey.model_validate(await service.read_key(await asking(call), key_id)))


@router.post("", operation_id="createApiKey", status_code=201, response_model=ApiKeyMade, responses=problems(*CREATE))
async def create_api_key(call: Calling, once: Idempotent, body: KeySaid) -> Response:
    """Make a key. It may do no more than its maker may at the unit (B1)."""

    async def work() -> tuple[Response, Response]:
        made = await service.create_key(await asking(call), body)
        return _told_once(call, made, 201, {"Location": f"/api/v1/api-keys/{made.id}"})

    return await once.answer_secretly(work)


@router.post("/{id}/rotate", operation_id="rotateApiKey", response_model=ApiKeyMade, responses=problems(404, *CREATE))
async def rotate_api_key(call: Calling, key_id: KeyId, once: Idempotent, body: RotationSaid) -> Response:
    """Give a key a new secret; the one that it had ends at once, or after the overlap."""

    async def work() -> tuple[Response, Response]:
        return _told_once(call, await service.rotate_key(await asking(call), key_id, body))

    return await once.answer_secretly(work)


@router.post("/{id}/revoke", operation_id="revokeApiKey", response_model=ApiKey, responses=problems(404, *CREATE))
async def revoke_api_key(call: Calling, key_id: KeyId, once: Idempotent) -> Response:
    """Take a key back, at once and for good. It stays in the list."""

    async def work() -> Response:
        key = await service.revoke_key(await asking(call), key_id)
        return answer(call.request, ApiKey.model_validate(key))

    return await once.answer(work)


def _told_once(
    call: Call, key: KeyShown, status: int = 200, headers: dict[str, str] | None = None
) -> tuple[Response, Response]:
    """The answer, and what of it is kept."""
    said = ApiKeyMade.model_validate(key)
    kept = said.model_copy(update={"key": None})
    more = {**_SECRET, **(headers or {})}
    return tuple(answer(call.request, each, status=status, headers=more) for each in (said, kept))  # type: ignore[return-value]
