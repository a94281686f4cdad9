"""The frame of every HTML page: works without any other host, and without script where the page has none."""

from collections.abc import Mapping, Sequence
from html import escape

from fastapi import Request, Response

from app.api.static_files import PREFIX
from app.domain.texts import Language

# Everything from this host. Styles may stand in the page (Redoc and GraphiQL make theirs there), scripts may not.
# Redoc's search runs in a worker that it makes out of a blob.
_DIRECTIVES = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self' data:",
    "worker-src": "'self' blob:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
CONTENT_SECURITY_POLICY = "; ".join(f"{name} {value}" for name, value in _DIRECTIVES.items())


def page(
    title: str,
    body: str,
    *,
    language: Language = "en",
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
    data: Mapping[str, str] | None = None,
    whole: bool = False,
    status: int = 200,
    base: str = "",
) -> Response:
    """An HTML page. `body` is HTML, all else text; `data` becomes data attributes for the scripts to read.

    `styles` and `scripts` are paths under /static; `base` is the path that a proxy puts in front of the service's own.
    """
    at = escape(base + PREFIX)
    frame = ' class="whole"' if whole else ""
    attributes = "".join(f' data-{name}="{escape(value)}"' for name, value in (data or {}).items())
    links = "".join(f'<link rel="stylesheet" href="{at}/{escape(path)}">\n' for path in (*styles, "pages/page.css"))
    ends = "".join(f'<script src="{at}/{escape(path)}"></script>\n' for path in scripts)
    html = (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f'<link rel="icon" type="image/svg+xml" href="{at}/pages/icon.svg">\n{links}</head>\n'
        f"<body{frame}{attributes}>\n{body}\n{ends}</body>\n</html>\n"
    )
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Content-Language": language}
    return Response(html.encode(), status, headers, "text/html; charset=utf-8")


def base_of(request: Request) -> str:
    """The path that a proxy puts in front of the service's own, "" where there is none."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def prefers_html(accept: str | None, *, unsaid: bool) -> bool:
    """Whether an Accept header ranks HTML above JSON; `unsaid` where it likes both alike or says nothing."""
    html = _quality(accept, ("text/html", "application/xhtml+xml"))
    json = _quality(accept, ("application/json", "application/problem+json"))
    return unsaid if html == json else html > json


def _quality(accept: str | None, media_types: tuple[str, ...]) -> float:
    best = -1.0
    for part in (accept or "")[:1000].split(","):
        media_type, _, parameters = part.strip().lower().partition(";")
        if media_type.strip() not in media_types:
            continue
        name, _, value = parameters.strip().partition("=")
        try:
            quality = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            quality = 0.0
        best = max(best, quality)
    return best
