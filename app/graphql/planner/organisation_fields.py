"""Fields of units, the region and who is asking. A Unit's object is a row that has a unit's columns."""

from app.graphql.planner.fields import Leaf, Many, One, TypePlan

ORGANISATION: dict[str, TypePlan] = {
    "Unit": {
        "id": Leaf("str({x}.id)"),
        "code": Leaf("{x}.code"),
        "name": Leaf("{x}.name"),
        "level": Leaf("{x}.level"),
        "kind": Leaf("{x}.kind"),
        "commissioning": Leaf("{x}.commissioning"),
        "provider": Leaf("{x}.provider"),
        "viewerCan": Many("Ability", "unit_can({x})"),
        "parent": One("Unit", "tree.above({x}.id)"),
        "children": Many("Unit", "tree.below({x}.id)"),
    },
    "PageInfo": {"hasNextPage": Leaf("{x}.has_next_page"), "endCursor": Leaf("{x}.end_cursor")},
    "UnitEdge": {"cursor": Leaf("{x}.cursor"), "node": One("Unit", "{x}.row")},
    "UnitConnection": {"edges": Many("UnitEdge", "{x}.edges"), "pageInfo": One("PageInfo", "{x}")},
    "Region": {
        "code": Leaf("{x}.region.code"),
        "name": Leaf("{x}.region.name"),
        "levels": Leaf("[level.code for level in {x}.levels]"),
        "boardLevel": Leaf("{x}.region.board_level"),
    },
    "Viewer": {
        "subject": Leaf("{x}.principal.subject"),
        "role": Leaf("enum_Role[{x}.principal.role]"),
        "unit": One("Unit", "{x}.row"),
        "wholeRegion": Leaf("{x}.principal.whole_region"),
        "isIntegration": Leaf("{x}.principal.is_integration"),
    },
}
