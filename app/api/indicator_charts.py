"""/indicators/{id}/chart.svg: the series as a picture, and in words."""

from typing import Annotated, Any

from fastapi import Query, Response

from app.api.conditional import answer
from app.api.declared import READ, problems
from app.api.dependencies import Calling
from app.api.indicator_reading import AtUnit, Tree
from app.api.outcomes import REPORTED, PeriodText, period_parameter, tree_parameter
from app.api.routes import resource_router
from app.api.shapes import CodeOrId, key_of
from app.charts.svg import chart_svg
from app.services.charts import MOST_PERIODS, read_chart
from app.services.indicators import read_indicator
from app.services.units import find_reachable_unit, read_unit

router = resource_router("/indicators", "indicators")

SVG = "image/svg+xml"
# The picture asks for nothing: no script, no style, no font of any host.
HEADERS = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}
_USUAL = 13
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The picture.", "content": {SVG: {"schema": {"type": "string"}}}}
}


@router.get(
    "/{id}/chart.svg",
    operation_id="drawIndicator",
    response_class=Response,
    responses={**_PICTURE, **problems(*READ)},
)
async def draw_indicator(
    call: Calling,
    id: CodeOrId,
    unit: AtUnit,
    periods: Annotated[int, Query(ge=1, le=MOST_PERIODS, description="How many periods, up to the latest.")] = _USUAL,
    period_to: PeriodText = None,
    tree: Tree = REPORTED,
) -> Response:
    """Draw the indicator's series at a unit, with its target and its split by sex.

    Readable without colour, and every figure stands in the picture's description. In Swedish, or English by
    Accept-Language. See [an example](/docs/charts).
    """
    indicator = await read_indicator(call.uow, call.principal, key_of(id, "indicator"))
    top = await find_reachable_unit(call.uow, call.principal, call.on, key_of(unit, "unit"))
    chart = await read_chart(
        call.uow,
        call.principal,
        call.on,
        indicator,
        await read_unit(call.uow, call.principal, call.on, top.id),
        count=periods,
        last=period_parameter("period_to", period_to),
        tree=tree_parameter(tree),
    )
    picture = chart_svg(chart, call.language).encode()
    return answer(call.request, picture, media_type=SVG, headers={**HEADERS, "Content-Language": call.language})
