"""The files that the pages load: shipped with the package, so that no other host is asked."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import APIRouter, Request, Response

from app.api.problems import NOT_FOUND, ProblemError

PREFIX = "/static"
_MEDIA_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}

router = APIRouter(prefix=PREFIX, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file in memory: they are a dozen, 4 MB together."""

    content: bytes
    media_type: str
    etag: str


@cache
def static_files() -> dict[str, StaticFile]:
    """Path under /static -> file. Looked up by name only, so that no path can lead out of the folder."""
    return {
        f"{folder.name}/{entry.name}": _read(entry)
        for folder in files("app.api").joinpath("static").iterdir()
        if folder.is_dir()
        for entry in folder.iterdir()
        if _ending(entry) in _MEDIA_TYPES
    }


def _ending(entry: Traversable) -> str:
    return entry.name.rpartition(".")[2]


def _read(entry: Traversable) -> StaticFile:
    content = entry.read_bytes()
    return StaticFile(
        content, _MEDIA_TYPES[_ending(entry)], f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    )


@router.get("/{path:path}")
async def static_file(request: Request, path: str) -> Response:
    """A file of the pages."""
    found = static_files().get(path)
    if found is None:
        raise ProblemError(NOT_FOUND)
    headers = {"ETag": found.etag, "Cache-Control": "public, max-age=3600"}
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    return Response(found.content, headers=headers, media_type=found.media_type)
