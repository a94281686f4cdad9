"""A thin client of the public API: what any integration would write, with a clear stop at an unexpected answer."""

from types import TracebackType
from typing import Any, Self

import httpx


class UnexpectedAnswerError(RuntimeError):
    """The service answered something else than the demonstration relies on."""


class ApiClient:
    """REST and GraphQL over HTTP with one credential."""

    def __init__(self, base_url: str, credential: str) -> None:
        self._http = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {credential}", "Accept-Language": "sv"},
            timeout=60,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **params: str | int) -> Any:
        """GET a resource; returns the parsed body."""
        return self._checked(self._http.get(f"/api/v1{path}", params=params), {200})

    def post(
        self,
        path: str,
        body: Any,
        *,
        key: str | None = None,
        accept: frozenset[int] = frozenset({200, 201}),
        **params: str,
    ) -> Any:
        """POST `body`; `key` is sent as Idempotency-Key. Returns the parsed body."""
        headers = {"Idempotency-Key": key} if key else {}
        return self._checked(self._http.post(f"/api/v1{path}", json=body, headers=headers, params=params), accept)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """A GraphQL question; returns `data`, raises if there are errors."""
        answer = self._checked(self._http.post("/graphql", json={"query": query, "variables": variables}), {200})
        if answer.get("errors"):
            raise UnexpectedAnswerError(str(answer["errors"][0]))
        data: dict[str, Any] = answer["data"]
        return data

    @staticmethod
    def _checked(response: httpx.Response, accept: set[int] | frozenset[int]) -> Any:
        if response.status_code not in accept:
            asked = f"{response.request.method} {response.request.url.path}"
            raise UnexpectedAnswerError(f"{asked} -> {response.status_code}: {response.text[:600]}")
        return response.json()
