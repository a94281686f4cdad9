"""/problems/: what the `type` of a problem leads to. A page to read, or JSON: the rules, then the kinds of the edge."""

from collections.abc import Iterable
from html import escape
from typing import Any, Literal

from fastapi import Path, Request, Response
from pydantic import BaseModel

from app.api.conditional import answer
from app.api.declared import problems
from app.api.language import language_of
from app.api.pages import base_of, page, prefers_html
from app.api.problems import BASE, KINDS, NOT_FOUND, Kind, ProblemError
from app.api.routes import resource_router
from app.domain.catalogue import catalogue
from app.domain.findings import Rule
from app.domain.texts import Language, Text

router = resource_router("/problems", "problems")
_HTML: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {"schema": {"type": "string"}}}}}
_STATES = Text(
    "409 när regeln beror på hur det står till just nu, annars 422; svaret säger vilket.",
    "409 where the rule depends on how things stand now, otherwise 422; the answer says which.",
)


class Words(BaseModel):
    """The same words in Swedish and English."""

    sv: str
    en: str


class ProblemType(BaseModel):
    """A kind of problem. `status` is the usual one; a rule's parts may differ, and each answer carries its own."""

    type: str
    slug: str
    kind: Literal["rule", "edge"]
    status: int
    title: Words
    statement: Words
    source: str | None = None
    """Where the rule comes from: numbered document and chapter."""


class ProblemTypes(BaseModel):
    """Every kind of problem there is."""

    items: list[ProblemType]


@router.get("", operation_id="listProblemTypes", response_model=ProblemTypes, responses=_HTML | problems(422))
@router.get("/", include_in_schema=False)
async def list_problem_types(request: Request) -> Response:
    """List every kind of problem: the rules of the domain, and what the edge refuses."""
    found = [*map(_of_rule, catalogue()), *map(_of_kind, KINDS.values())]
    if _wants_html(request):
        return _listed(request, found)
    return answer(request, ProblemTypes(items=found), headers={"Vary": "Accept"})


@router.get("/{slug}", operation_id="getProblemType", response_model=ProblemType, responses=_HTML | problems(404, 422))
async def get_problem_type(
    request: Request, slug: str = Path(max_length=100, description="A rule's id or a kind's word.", examples=["K2"])
) -> Response:
    """Read about one kind of problem. This is where the `type` of a problem leads."""
    found = _find(slug)
    if found is None:
        raise ProblemError(NOT_FOUND)
    if _wants_html(request):
        return _one(request, found)
    return answer(request, found, headers={"Vary": "Accept"})


def _find(slug: str) -> ProblemType | None:
    kind = KINDS.get(slug)
    if kind is not None:
        return _of_kind(kind)
    rule = next((rule for rule in catalogue() if rule.id == slug.upper()), None)
    return None if rule is None else _of_rule(rule)


def _of_rule(rule: Rule) -> ProblemType:
    return ProblemType(
        type=BASE + rule.id,
        slug=rule.id,
        kind="rule",
        status=409 if rule.depends_on_state else 422,
        title=_words(rule.title),
        statement=_words(rule.statement),
        source=rule.source,
    )


def _of_kind(kind: Kind) -> ProblemType:
    # The places that an answer fills in are left out of the general words.
    general = kind.detail.fill(limit="…", accepted="…")
    return ProblemType(
        type=BASE + kind.slug,
        slug=kind.slug,
        kind="edge",
        status=kind.status,
        title=_words(kind.title),
        statement=_words(general),
    )


def _words(text: Text) -> Words:
    return Words(sv=text.sv, en=text.en)


def _wants_html(request: Request) -> bool:
    return prefers_html(request.headers.get("accept"), unsaid=True)


def _language(request: Request) -> Language:
    return language_of(request.headers.get("accept-language"))


def _listed(request: Request, found: Iterable[ProblemType]) -> Response:
    base = escape(base_of(request))
    heads = Text("Problem som ett svar kan berätta om", "Problems that an answer may tell of")
    rows = "\n".join(
        f'<tr><td><a href="{base}{escape(p.type)}">{escape(p.slug)}</a></td><td>{p.status}</td>'
        f'<td lang="sv">{escape(p.title.sv)}</td><td lang="en">{escape(p.title.en)}</td></tr>'
        for p in found
    )
    table = (
        '<table><thead><tr><th>type</th><th>status</th><th lang="sv">svenska</th><th>English</th></tr></thead>'
        f"<tbody>\n{rows}\n</tbody></table>"
    )
    language = _language(request)
    body = f"<main>{_in_both('h1', _words(heads), language)}\n{table}</main>"
    return _html(request, heads.in_language(language), body)


def _one(request: Request, found: ProblemType) -> Response:
    language = _language(request)
    parts = [
        _in_both("h1", Words(sv=f"{found.slug}: {found.title.sv}", en=f"{found.slug}: {found.title.en}"), language),
        _in_both("p", found.statement, language),
        f"<dl><dt>HTTP</dt><dd>{found.status}</dd>",
        f"<dd>{_in_both('p', _words(_STATES), language)}</dd>" if found.kind == "rule" else "",
        f'<dt lang="sv">Källa / <span lang="en">Source</span></dt><dd>{escape(found.source)}</dd>'
        if found.source
        else "",
        f'</dl><p><a href="{escape(base_of(request) + BASE)}">{BASE}</a></p>',
    ]
    return _html(request, f"{found.slug}: {_in(found.title, language)}", f"<main>{''.join(parts)}</main>")


def _in(words: Words, language: Language) -> str:
    return words.en if language == "en" else words.sv


def _in_both(tag: str, words: Words, first: Language) -> str:
    """The words in the caller's language, and in the other one below."""
    order: tuple[Language, Language] = ("en", "sv") if first == "en" else ("sv", "en")
    lead, after = (escape(_in(words, language)) for language in order)
    below = "p" if tag == "h1" else tag
    return f'<{tag} lang="{order[0]}">{lead}</{tag}><{below} lang="{order[1]}" class="also">{after}</{below}>'


def _html(request: Request, title: str, body: str) -> Response:
    response = page(title, body, language=_language(request), base=base_of(request))
    response.headers["Vary"] = "Accept, Accept-Language"
    return response
