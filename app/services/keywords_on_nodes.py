"""The keywords of a node: read them, replace them whole (N6 bars some groups)."""

from collections.abc import Sequence
from uuid import UUID

from app.domain.alike import no_barred_keyword_group
from app.domain.findings import settle
from app.domain.nodes import NewNode
from app.services import naming
from app.services.facts import Asked
from app.services.node_change import VersionCheck, claim, replace_keywords, touch
from app.services.node_creation import Written


async def put_keywords(a: Asked, node_id: UUID, keyword_ids: Sequence[UUID], check: VersionCheck) -> Written:
    """The node's keywords become these. Raises NotFound, Forbidden, InvalidInput, RulesBroken (N6)."""
    found = await claim(a, node_id, check)
    view = found.view
    errors = naming.Errors()
    keywords = await naming.keywords(a, errors, keyword_ids, column=view.column, year=view.year, owner=view.owner)
    errors.settle()
    node = NewNode(
        id=view.id,
        region_id=view.region_id,
        year=view.year,
        module=view.module,
        column=view.column,
        owner=view.owner,
        title=view.title,
        keyword_groups=tuple(k.group for k in keywords),
    )
    warnings = settle([*found.remarks, *no_barred_keyword_group(node, a.model.model)])
    await replace_keywords(a, node_id, [k.id for k in keywords])
    await touch(a, [node_id])
    return Written(node_id, warnings)
