"""Test helper: a directory that speaks SCIM with the application."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MEDIA = "application/scim+json"


@dataclass(slots=True)
class Directory:
    """One credential at /scim/v2. `made`, `found` and `patched` insist on success."""

    http: httpx.AsyncClient

    async def send(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None, **query: Any
    ) -> httpx.Response:
        sent = {"Content-Type": MEDIA, "Accept-Language": "en", **(headers or {})}
        return await self.http.request(method, f"/scim/v2{path}", json=body, headers=sent, params=query or None)

    async def made(self, path: str, body: Any) -> Any:
        answer = await self.send("POST", path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def found(self, path: str, **query: Any) -> Any:
        answer = await self.send("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def user(self, user_name: str | None = None, **more: Any) -> Any:
        said = {"schemas": [USER], "userName": user_name or f"u-{uuid4().hex}", "active": True, **more}
        return await self.made("/Users", said)

    async def group(self, name: str, *members: str) -> Any:
        said = {"schemas": [GROUP], "displayName": name, "members": [{"value": m} for m in members]}
        return await self.made("/Groups", said)

    async def patch(self, path: str, *operations: Mapping[str, Any]) -> httpx.Response:
        return await self.send("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    async def patched(self, path: str, *operations: Mapping[str, Any]) -> Any:
        answer = await self.patch(path, *operations)
        assert answer.status_code == 200, answer.text
        return answer.json()


def assert_scim_error(answer: httpx.Response, status: int, keyword: str | None = None) -> Any:
    """The answer is a SCIM error of this status and scimType."""
    assert answer.headers["content-type"].startswith(MEDIA), answer.text
    said = answer.json()
    assert said["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert (answer.status_code, said["status"], said.get("scimType")) == (status, str(status), keyword), said
    assert said["detail"]
    return said
