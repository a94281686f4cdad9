"""Links between modules: which way they go (M1), indicators from where they are approved (M2), none twice (M6)."""

from collections.abc import Iterator

from app.domain.findings import Finding, Severity, also, rule
from app.domain.levels import by_level
from app.domain.links import Link
from app.domain.nodes import NewNode, NodeView
from app.domain.phrases import named, say, short
from app.domain.steering_model import Module, SteeringModel
from app.domain.texts import Text


@rule(
    "M1",
    title=Text("Modulkopplingarnas riktning", "The direction of links between modules"),
    statement=Text(
        "Kopplingar mellan moduler går bara åt de håll som styrmodellen anger: från VGSP till VGPU, aldrig tvärtom. "
        "En VGSP-nod syns under en VGPU-nod; inget ur VGPU syns i VGSP.",
        "Links between modules go only the ways that the steering model names: from VGSP to VGPU, never back. "
        "A VGSP node appears under a VGPU node; nothing of VGPU appears in VGSP.",
    ),
    source="000 §8.2",
)
def direction(link: Link, model: SteeringModel) -> Iterator[Finding]:
    """M1."""
    if not link.crosses or model.may_link(link.child.module, link.parent.module):
        return
    targets = [m.target for m in model.module_links if m.source == link.child.module]
    advice = (
        say(
            "Noder ur {child} kan kopplas till {targets}.",
            "Nodes of {child} can be linked to {targets}.",
            child=link.child.module,
            targets=named(targets),
        )
        if targets
        else say(
            "Noder ur {child} kopplas inte till andra moduler.",
            "Nodes of {child} are not linked to other modules.",
            child=link.child.module,
        )
    )
    yield Finding(
        "M1",
        say(
            "En nod ur {child} kan inte ligga under en nod i {parent}. {advice}",
            "A node of {child} can't stand under a node of {parent}. {advice}",
            child=link.child.module,
            parent=link.parent.module,
            advice=advice,
        ),
        link.pointer,
        facts={"from": link.child.module, "to": link.parent.module, "allowed": targets},
    )


@rule(
    "M2",
    title=Text("Indikatorer kopplas från VGI, godkända", "Indicators are linked from VGI, approved"),
    statement=Text(
        "Varje indikator som används finns i VGI, på regionnivå, och är godkänd av modulägaren innan den kopplas. "
        "Andra moduler visar VGI:s indikator, de kopierar den inte.",
        "Every indicator used stands in VGI, on region level, and is approved by the module owner before it can be "
        "linked. Other modules show the VGI indicator, they don't copy it.",
    ),
    source="000 §8.3",
    depends_on_state=True,
)
def approved_before_linked(link: Link, _model: SteeringModel) -> Iterator[Finding]:
    """M2 for a link: a column with `approval` asks for it before a node is linked into another module."""
    if not link.crosses or link.child.column.approval is None:
        return
    if isinstance(link.child, NodeView) and link.child.approved:
        return
    yield Finding(
        "M2",
        say(
            "”{title}” är inte godkänd i {module}. Be modulägaren godkänna den, och koppla den sedan.",
            "“{title}” is not approved in {module}. Ask the module owner to approve it, then link it.",
            title=short(link.child.title),
            module=link.child.module,
        ),
        link.pointer,
        facts={"module": link.child.module, "approval": link.child.column.approval},
    )


@also("M2")
def on_region_level(node: NewNode, model: SteeringModel) -> Iterator[Finding]:
    """M2 for the levels that may create where `level_rules` names M2: the shared indicators."""
    yield from by_level("M2", node, model, depends_on_state=False)


@also("M2")
def not_copied(node: NewNode, shared: tuple[NodeView, ...], model: SteeringModel) -> Iterator[Finding]:
    """M2 for an indicator created outside the module of indicators: refused if it is there, else a warning (N8).

    `shared`: nodes of the modules of indicators (`indicator_modules`) that may be the same indicator.
    """
    homes = indicator_modules(node, model)
    if not homes:
        return
    wording = " ".join(node.title.casefold().split())
    same = next((s for s in shared if " ".join(s.title.casefold().split()) == wording), None)
    if same is not None:
        yield Finding(
            "M2",
            say(
                "”{title}” finns i {module}. Koppla den därifrån i stället för att skapa en kopia.",
                "“{title}” stands in {module}. Link it from there instead of making a copy.",
                title=short(same.title),
                module=same.module,
            ),
            "/title",
            facts={"node": same.facts()},
        )
        return
    yield Finding(
        "M2",
        say(
            "Indikatorn finns inte i {modules} och delas därför inte med andra. Lägg upp den där, så att den godkänns "
            "och kan kopplas hit.",
            "The indicator does not stand in {modules}, so nobody else shares it. Enter it there, to be approved and "
            "linked here.",
            modules=named(m.code for m in homes),
        ),
        "",
        Severity.WARNING,
        facts={"modules": [m.code for m in homes]},
    )


def indicator_modules(node: NewNode, model: SteeringModel) -> tuple[Module, ...]:
    """Modules whose approved nodes of the same kind are meant to be linked into the node's module (VGI, for VGPU)."""
    sources = {link.source for link in model.module_links if link.target == node.module}
    return tuple(
        m
        for m in model.modules
        if m.code in sources and any(c.approval and c.node_kind is node.column.node_kind for c in m.columns)
    )


@rule(
    "M6",
    title=Text("Inget kopplas två gånger", "Nothing is linked twice"),
    statement=Text(
        "Två noder i olika moduler kopplas aldrig mer än en gång till varandra.",
        "Nothing is linked twice between the same two nodes.",
    ),
    source="000 §8.2",
    depends_on_state=True,
)
def not_linked_twice(link: Link, _model: SteeringModel) -> Iterator[Finding]:
    """M6. A duplicate inside a module is K7's."""
    if link.crosses and link.is_repeated:
        yield Finding(
            "M6",
            say(
                "”{child}” är redan kopplad till ”{parent}”. Kopplingen behövs inte en gång till.",
                "“{child}” is linked to “{parent}” already. The link isn't needed again.",
                child=short(link.child.title),
                parent=short(link.parent.title),
            ),
            link.pointer,
            facts={"parent": link.parent.facts()},
        )
