"""`?include=viewer_can`: what the viewer may do with what it reads, beside it."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import Query

from app.api.shapes import Shown
from app.domain.texts import Language
from app.domain.viewer_can import Ability, WhyNot

Include = Annotated[
    Literal["viewer_can"] | None,
    Query(
        description="`viewer_can`: tell what the viewer may do, and why not. The ETag is then one of this answer, not"
        " the one that a change is conditional on."
    ),
]


class Hindrance(Shown):
    """A reason why something may not be done, and the rule that says so."""

    why: WhyNot
    rule: str
    message: str


class Can(Shown):
    """Whether the viewer may; every reason why not."""

    may: bool
    why_not: list[Hindrance]


def shown_abilities(abilities: Mapping[str, Ability], language: Language) -> dict[str, Can]:
    """By action, in the viewer's language."""
    return {
        action: Can(
            may=ability.may,
            why_not=[
                Hindrance(why=h.why, rule=h.rule, message=h.message.in_language(language)) for h in ability.hindrances
            ],
        )
        for action, ability in abilities.items()
    }
