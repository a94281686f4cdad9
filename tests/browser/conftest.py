"""A real browser against the real service on a real port, with every other host out of reach."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Route, async_playwright, expect

from app.db.session import Database
from app.main import create_app
from app.settings import Settings
from tests.conftest import make_region
from tests.serving import serving

# Redoc lays out the whole document before it shows anything: on a busy machine that is more than the usual 5 s.
expect.set_options(timeout=60_000)

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def _executable() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
async def base_url(settings: Settings, database: Database) -> AsyncIterator[str]:
    """The service on a free port, with a region to show."""
    await make_region(database)
    async with serving(create_app(settings, database)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium. Skipped only where none is installed."""
    executable = _executable()
    if executable is None:
        pytest.skip("no Chromium on PATH: apt install chromium")
    subprocess.run([executable, "--version"], check=True, capture_output=True, timeout=60)  # noqa: ASYNC221
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield launched
        await launched.close()


@dataclass(slots=True)
class Watched:
    """A page, and what it did that it should not: requests to other hosts, errors in the console."""

    page: Page
    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def assert_quiet(self) -> None:
        """Nothing was asked of another host, and nothing went wrong."""
        assert self.elsewhere == []
        assert self.errors == []


@pytest.fixture
async def watched(browser: Browser, base_url: str) -> AsyncIterator[Watched]:
    """A fresh page that reaches the service and nothing else."""
    context = await browser.new_context(base_url=base_url, viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(60_000)
    watching = Watched(page)
    host = urlsplit(base_url).netloc

    async def only_here(route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in {"data", "blob"} or address.netloc == host:
            await route.continue_()
        else:
            watching.elsewhere.append(route.request.url)
            await route.abort()

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            watching.errors.append(message.text)

    await page.route("**/*", only_here)
    page.on("console", console)
    page.on("pageerror", lambda error: watching.errors.append(str(error)))
    yield watching
    await context.close()
