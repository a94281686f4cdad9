"""What every operation declares of its problems, so that generated clients know them."""

from typing import Any

from app.api.problems import BY_STATUS, MEDIA_TYPE, Problem

READ = (401, 404, 422, 503)
LIST = (401, 404, 422, 503)
CREATE = (401, 403, 409, 413, 415, 422, 503)
CHANGE = (401, 403, 404, 409, 412, 413, 415, 422, 428, 503)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of an operation: each status as a Problem."""
    return {
        status: {
            "description": BY_STATUS[status].title.en,
            "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}},
        }
        for status in statuses
    }
