"""/docs/charts: what a chart looks like, and what it says to those who do not see it. Made-up figures, no script."""

from html import escape

from fastapi import APIRouter, Request, Response

from app.api.language import language_of
from app.api.pages import base_of, page
from app.charts.example import example_chart
from app.charts.svg import chart_svg
from app.charts.words import description, table
from app.domain.texts import Language, Text

router = APIRouter(include_in_schema=False)

_TITLE = Text("Diagram över en indikator", "A chart of an indicator")
_INTRO = Text(
    "Så ritas en indikators serie: måltal, könsuppdelning, luckor där utfall saknas. Inget bärs av färgen ensam: varje"
    " linje har sina streck, sin markör och sitt namn. Bilden kommer från",
    "This is how an indicator's series is drawn: target, split by sex, gaps where outcomes are missing. Nothing is told"
    " by colour alone: each line has its dashes, its marker and its name. The picture comes from",
)
_AS_TEXT = Text("Det bilden säger i ord", "What the picture says in words")
_AS_TABLE = Text("Siffrorna bakom", "The figures behind it")


@router.get("/docs/charts")
async def chart_page(request: Request) -> Response:
    """An example, in Swedish or English by Accept-Language."""
    language = language_of(request.headers.get("accept-language"))
    return page(_TITLE.in_language(language), _body(language), language=language, base=base_of(request))


def _body(language: Language) -> str:
    chart = example_chart(language)
    head, rows = table(chart, language)

    def said(text: Text) -> str:
        return escape(text.in_language(language))

    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    words = "".join(f"<p>{escape(line)}</p>" for line in description(chart, language).split("\n")[:1])
    return (
        f"<main><h1>{said(_TITLE)}</h1><p>{said(_INTRO)} <code>GET /api/v1/indicators/{{id}}/chart.svg</code>.</p>"
        f'<figure aria-describedby="figures">{chart_svg(chart, language)}</figure>'
        f"<h2>{said(_AS_TEXT)}</h2>{words}"
        f'<h2>{said(_AS_TABLE)}</h2><table id="figures"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>'
        "</main>"
    )
