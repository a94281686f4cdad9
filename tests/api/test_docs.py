"""The documentation pages load nothing of another host, and give a credential only to a developer on this machine."""

import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

import app.api
from app.api.openapi_document import openapi_document
from app.api.static_files import static_files
from app.db.session import Database
from app.main import create_app
from app.settings import Settings
from app.version import VERSION
from tests.api.conftest import client_of
from tests.conftest import ROOT, TestRegion

EXAMPLE = "/docs/example"
PAGES = ["/docs", "/docs/charts", "/redoc", "/problems/", "/problems/K2"]


class Links(HTMLParser):
    """Every address that a page loads or leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline_scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what a tag loads."""
        said = dict(attrs)
        self.loaded += [value for name in ("src", "href") if (value := said.get(name))]
        self.inline_scripts += tag == "script" and "src" not in said


@pytest.mark.parametrize("path", PAGES)
async def test_everything_a_page_loads_is_here(anonymous: httpx.AsyncClient, path: str) -> None:
    page = await anonymous.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 200
    links = Links()
    links.feed(page.text)
    assert links.inline_scripts == 0
    assert all(address.startswith("/") and not address.startswith("//") for address in links.loaded)
    for address in links.loaded:
        assert (await anonymous.get(address)).status_code == 200, address
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


async def test_static_files_are_kept_by_browsers(anonymous: httpx.AsyncClient) -> None:
    first = await anonymous.get("/static/pages/page.css")
    assert first.headers["content-type"] == "text/css; charset=utf-8"
    again = await anonymous.get("/static/pages/page.css", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path",
    ["", "README.md", "pages", "pages/", "../main.py", "%2e%2e/main.py", "pages/%00", "redoc/LICENSE", "a" * 5000],
)
async def test_nothing_else_is_served(anonymous: httpx.AsyncClient, path: str) -> None:
    assert (await anonymous.get(f"/static/{path}")).status_code == 404


def test_licences_are_shipped_and_no_stylesheet_or_page_script_names_another_host() -> None:
    folder = Path(app.api.__path__[0]) / "static"
    for name in ("swagger-ui", "redoc", "graphiql"):
        assert list((folder / name).glob("LICENSE*")), name
    for path, file in static_files().items():
        if path.endswith(".css") or path.startswith("pages/"):
            addresses = set(re.findall(rb"https?://[^\s\"')]+", file.content)) - {b"http://www.w3.org/2000/svg"}
            assert not {a for a in addresses if not a.startswith(b"http://www.w3.org/2000/svg")}, path
    assert sum(len(file.content) for file in static_files().values()) < 8_000_000


async def test_a_developer_gets_a_token_that_works(anonymous: httpx.AsyncClient, region: TestRegion) -> None:
    assert region.code
    answer = await anonymous.get(EXAMPLE)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()
    assert re.fullmatch(r"\d{4}-T2", said["period"])
    unit = await anonymous.get(
        f"/api/v1/units/code:{said['unit']}", headers={"Authorization": f"Bearer {said['token']}"}
    )
    assert unit.status_code == 200


@pytest.mark.parametrize(
    ("base", "headers"),
    [
        ("http://styrkedjan.example", {}),
        ("http://192.0.2.7:8000", {}),
        ("http://localhost.example", {}),
        ("http://localhost", {"X-Forwarded-For": "127.0.0.1"}),
        ("http://localhost", {"Forwarded": "for=127.0.0.1"}),
        ("http://localhost", {"X-Forwarded-Host": "localhost"}),
    ],
)
async def test_nobody_else_gets_one(app: FastAPI, region: TestRegion, base: str, headers: dict[str, str]) -> None:
    assert region.code
    async with client_of(app, **headers) as client:
        client.base_url = httpx.URL(base)
        assert (await client.get(EXAMPLE)).status_code == 404
        assert "data-example" not in (await client.get("/docs")).text


async def test_not_from_another_machine(app: FastAPI, region: TestRegion) -> None:
    assert region.code
    transport = httpx.ASGITransport(app=app, client=("192.0.2.1", 5))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        assert (await client.get(EXAMPLE)).status_code == 404


async def test_not_in_production(settings: Settings, database: Database, region: TestRegion) -> None:
    assert region.code
    production = create_app(settings.with_changes(environment="production"), database)
    async with client_of(production) as client:
        assert (await client.get(EXAMPLE)).status_code == 404
        assert "data-example" not in (await client.get("/docs")).text


def test_the_document_describes_every_operation() -> None:
    document = openapi_document()
    assert document["openapi"].startswith("3.1")
    assert document["info"]["version"] == VERSION
    assert "HTTPValidationError" not in document["components"]["schemas"]
    operations = [
        (f"{method} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    ids = [operation["operationId"] for _, operation in operations]
    assert len(ids) == len(set(ids))
    tagged = {tag["name"] for tag in document["tags"]}
    for name, operation in operations:
        assert re.fullmatch(r"[a-z][A-Za-z]+", operation["operationId"]), name
        assert operation["tags"], name
        assert set(operation["tags"]) <= tagged, name
        assert operation["summary"] or operation["description"], name
        for status, response in operation["responses"].items():
            assert "X-Request-ID" in response["headers"], name
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], (name, status)
        if "/api/v1" in name:
            assert "401" in operation["responses"], name
            assert operation["security"], name
        if name.startswith("get /api/v1"):
            assert operation["responses"]["304"]["headers"]["ETag"], name
        if name.startswith(("patch", "delete")):
            assert {"412", "428"} <= set(operation["responses"]), name


def test_the_version_is_that_of_the_package() -> None:
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text("utf-8")
