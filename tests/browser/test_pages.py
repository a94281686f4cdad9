"""The documentation pages in a browser that reaches no other host: they come up, and their examples run."""

import pytest
from playwright.async_api import Response, expect

from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser


async def test_swagger_ui_opens_with_a_credential_and_its_example_runs(watched: Watched) -> None:
    page = watched.page
    await page.goto("/docs")
    await expect(page.locator("h1.title, h2.title")).to_contain_text("Styrkedjan")
    operation = page.locator("#operations-units-listUnits")
    await operation.locator(".opblock-summary").click()
    async with page.expect_response(lambda r: "/api/v1/units" in r.url) as answered:
        await operation.locator("button.execute").click()
    answer: Response = await answered.value
    assert answer.status == 200
    assert (await answer.json())["items"]
    shown = operation.locator(".live-responses-table tr.response .response-col_status")
    await expect(shown.first).to_contain_text("200")
    watched.assert_quiet()


async def test_redoc_shows_the_document(watched: Watched) -> None:
    page = watched.page
    await page.goto("/redoc")
    await expect(page.locator("h1").first).to_contain_text("Styrkedjan")
    await expect(
        page.locator("#operation\\/listUnits, [data-section-id='tag/units/operation/listUnits']").first
    ).to_be_attached()
    watched.assert_quiet()


async def test_graphiql_opens_with_a_question_that_runs(watched: Watched) -> None:
    page = watched.page
    await page.goto("/graphql")
    await expect(page.locator(".graphiql-query-editor")).to_contain_text("followUp")
    run = page.locator("button.graphiql-execute-button")
    async with page.expect_response(
        lambda r: r.url.endswith("/graphql") and "Chain" in (r.request.post_data or "")
    ) as answered:
        await run.click()
    answer: Response = await answered.value
    assert answer.status == 200
    said = await answer.json()
    assert "errors" not in said, said
    assert said["data"]["followUp"]["unit"]["code"]
    await expect(page.locator(".graphiql-response .result-window")).to_contain_text("followUp")
    watched.assert_quiet()


@pytest.mark.parametrize("path", ["/problems/", "/problems/K2"])
async def test_problem_pages_need_no_script(watched: Watched, path: str) -> None:
    await watched.page.goto(path)
    await expect(watched.page.locator("h1")).to_be_visible()
    watched.assert_quiet()
