"""The results as a page and a picture."""

import os
import platform
from pathlib import Path
from typing import Any

START, END = "<!-- results -->", "<!-- /results -->"
NAMES = {
    "limit": "hand-written SQL (the limit)",
    "anew": "**Styrkedjan, nothing kept**",
    "styrkedjan": "**Styrkedjan**",
    "postgraphile": "PostGraphile 5",
    "naive": "Strawberry, resolvers and data loaders",
}


def machine(postgres: str, node: str | None) -> str:
    """What it was measured on, in a line."""
    model = "unknown processor"
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or model
    python = platform.python_version()
    return (
        f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {python}, PostgreSQL {postgres},"
        f" {'Node ' + node if node else 'no Node'}"
    )


def write(page: Path, results: dict[str, Any]) -> None:
    """Put the results between the page's marks, and draw the picture beside it."""
    text = page.read_text("utf-8")
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{START}\n{tables(results)}{END}{after}", "utf-8")
    page.with_suffix(".svg").write_text(picture(results), "utf-8")


def tables(results: dict[str, Any]) -> str:
    """The results in Markdown."""
    questions = results["questions"]
    sizes = ", ".join(f"{name} {q['nodes']:,} nodes" for name, q in questions.items())
    lines = [
        f"Measured {results['date']} on {results['machine']}. {sizes}. Milliseconds over HTTP: median / p95.",
        "",
        "| who | S | M | L | S, 8 clients, answers/s | M, 8 clients, one worker | M, two workers |",
        "|---|---|---|---|---|---|---|",
    ]
    for server in results["servers"]:
        cells = []
        for name in questions:
            found = results["latency"].get(name, {}).get(server)
            cells.append(f"{found['p50_ms']:,.1f} / {found['p95_ms']:,.1f}" if found else "-")
        cells += [_rate(results["throughput"].get(key, {}).get(server)) for key in ("S1", "M1", "M2")]
        lines.append(f"| {NAMES[server]} | {' | '.join(cells)} |")
    lines += ["", *(f"Left out: {line}." for line in results["left_out"])]
    lines += ["", "| aim | wanted | nothing kept | as it runs |", "|---|---|---|---|"]
    for aim in results["aims"]:
        cells = [_measured(aim["anew"]), _measured(aim["kept"])]
        lines.append(f"| {aim['what']} | {aim['wanted']} | {' | '.join(cells)} |")
    lines += ["", "| with | S | M |", "|---|---|---|"]
    for what, row in results["variants"].items():
        cells = [f"{row[q]['p50_ms']:,.1f}" if q in row else "-" for q in ("S", "M")]
        lines.append(f"| {what} | {' | '.join(cells)} |")
    lines += _imports(results.get("imports", {}), results.get("import_rows", 0))
    rows = results["rows"]
    lines += [
        "",
        f"Rows: {rows['small']:,} at scale {results['small']:g}, {rows['large']:,} at {results['large']:g}.",
        "",
    ]
    return "\n".join(lines)


def _imports(seconds: dict[str, float], rows: int) -> list[str]:
    if not seconds:
        return []
    copied = seconds["bare COPY, same table"]
    lines = ["", f"| {rows:,} outcomes in | s | rows/s | rate to the bare COPY |", "|---|---|---|---|"]
    return lines + [f"| {way} | {s:.2f} | {rows / s:,.0f} | {copied / s:.2f} |" for way, s in seconds.items()]


def _measured(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    return f"{found['measured']:.2f} {'✔' if found['reached'] else '✘'}"


def _rate(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:,.1f}"


def picture(results: dict[str, Any]) -> str:
    """M's median latency and throughput as bars: names and figures stand beside them, so colour says nothing alone."""
    rows = [
        ("M, median, ms (less is better)", {s: f["p50_ms"] for s, f in results["latency"].get("M", {}).items()}),
        ("M, 8 clients, one worker, answers/s (more is better)", results["throughput"].get("M1", {})),
    ]
    width, label, bar, y = 640, 200, 340, 24
    parts = []
    for title, values in rows:
        most = max(values.values(), default=1) or 1
        parts.append(f'<text x="0" y="{y}" font-weight="bold">{title}</text>')
        y += 12
        for server, value in sorted(values.items(), key=lambda pair: list(NAMES).index(pair[0])):
            length = max(2, bar * value / most)
            fill = "url(#ours)" if server in {"anew", "styrkedjan"} else "#c8c8c8"
            name = NAMES[server].strip("*").replace("hand-written SQL (the limit)", "hand-written SQL")
            name = name.replace("Strawberry, resolvers and data loaders", "Strawberry + loaders")
            parts += [
                f'<text x="{label - 8}" y="{y + 13}" text-anchor="end">{name}</text>',
                f'<rect x="{label}" y="{y}" width="{length:.0f}" height="17" fill="{fill}" stroke="#333"/>',
                f'<text x="{label + length + 6:.0f}" y="{y + 13}">{value:,.1f}</text>',
            ]
            y += 23
        y += 24
    pattern = (
        '<defs><pattern id="ours" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="6" height="6" fill="#fff"/><rect width="3" height="6" fill="#1d4e89"/></pattern></defs>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" font-family="sans-serif" font-size="13"'
        f' role="img"><title>Styrkedjan and its peers</title>{pattern}<rect width="{width}" height="{y}" fill="#fff"/>'
        f"{''.join(parts)}</svg>\n"
    )
