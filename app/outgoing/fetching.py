"""Fetch a document from another host: bounded in size and time, and never led to a third host.

FetchError
├── NotFetchedError    no answer, a late one, a broken one, or one that says no: may work later
└── BadAnswerError     an answer that can't be used: too large, or a redirect that leads elsewhere
"""

import asyncio
from collections.abc import Mapping

import httpx

from app.outgoing.url_guard import UrlRefusedError

_REDIRECTS = 3
_IS_REDIRECT = frozenset({301, 302, 303, 307, 308})


class FetchError(Exception):
    """The document was not had; the message is fit for a log."""


class NotFetchedError(FetchError):
    """No answer in time, or one that says that there is nothing to be had now. `status` is None without an answer.

    `retry_after`: the answer's Retry-After header as it came, "" where there was none.
    """

    def __init__(self, message: str, status: int | None = None, retry_after: str = "") -> None:
        self.status = status
        self.retry_after = retry_after
        super().__init__(message)


class BadAnswerError(FetchError):
    """An answer that must not be used."""


async def fetch(
    client: httpx.AsyncClient,
    url: str,
    *,
    most_bytes: int,
    within: float,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """GET the URL and read the answer whole, at most `most_bytes` of it, within `within` seconds altogether.

    Redirects are followed while scheme, host and port stay the same, three times at most. Raises FetchError, or
    UrlRefusedError where the guard says no.
    """
    try:
        async with asyncio.timeout(within):
            return await _follow(client, httpx.URL(url), most_bytes, headers)
    except TimeoutError as error:
        raise NotFetchedError(f"no answer within {within:g} s") from error
    except httpx.InvalidURL as error:
        raise UrlRefusedError("not a URL") from error
    except httpx.HTTPError as error:
        raise NotFetchedError(type(error).__name__) from error


async def _follow(
    client: httpx.AsyncClient, url: httpx.URL, most_bytes: int, headers: Mapping[str, str] | None
) -> httpx.Response:
    for _ in range(_REDIRECTS + 1):
        async with client.stream("GET", url, headers=headers) as response:
            if response.status_code in _IS_REDIRECT:
                url = _next(url, response)
                continue
            if response.status_code >= httpx.codes.BAD_REQUEST:
                told = response.headers.get("retry-after", "")
                raise NotFetchedError(f"answered {response.status_code}", response.status_code, told)
            content = await _read(response, most_bytes)
            # Decoded already: the answer that is handed on must not be taken apart once more.
            kept = [(k, v) for k, v in response.headers.multi_items() if k.lower() not in _OF_THE_WIRE]
            return httpx.Response(response.status_code, headers=kept, content=content, request=response.request)
    raise BadAnswerError(f"more than {_REDIRECTS} redirects")


_OF_THE_WIRE = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def _next(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    try:
        target = url.join(response.headers.get("location", ""))
    except httpx.InvalidURL as error:
        raise BadAnswerError("a redirect to something that is no URL") from error
    if (target.scheme, target.host, target.port) != (url.scheme, url.host, url.port):
        raise BadAnswerError("a redirect to another host")
    return target


async def _read(response: httpx.Response, most_bytes: int) -> bytes:
    """The body. Counted as it comes out of its packing, so that a small body can't swell without bound."""
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > most_bytes:
            raise BadAnswerError(f"an answer over {most_bytes} bytes")
    return bytes(content)
