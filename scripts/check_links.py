"""Dead links in the documents: every relative link of a markdown file must lead to a file, and to a heading in it.

usage: check_links.py [FOLDER]      prints each dead link as file:line, and ends with 1 if there are any
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)<>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?([^\s<>]+)")
_HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.+?)\s*#*\s*$")
_ANCHOR = re.compile(r"<a\s+(?:id|name)=[\"']([^\"']+)[\"']")
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)


def documents(root: Path) -> Iterator[Path]:
    """Every markdown file of the project; folders that begin with a dot are tools' and caches'."""
    for path in sorted(root.rglob("*.md")):
        inside = path.relative_to(root).parts
        if not any(part.startswith(".") or part in {"node_modules", "__pycache__"} for part in inside):
            yield path


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """(line number, text) outside code blocks."""
    fence = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        mark = _FENCE.match(line)
        if mark:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        elif not fence:
            yield number, line


def anchors(path: Path) -> set[str]:
    """The fragments that lead into a document, made as GitHub makes them."""
    found: set[str] = set()
    for _, line in prose(path):
        found.update(_ANCHOR.findall(line))
        heading = _HEADING.match(line)
        if not heading:
            continue
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        name, copies = slug, 0
        while name in found:
            copies += 1
            name = f"{slug}-{copies}"
        found.add(name)
    return found


def dead_links(root: Path) -> Iterator[str]:
    """Each dead link, in words."""
    for path in documents(root):
        for number, line in prose(path):
            plain = re.sub(r"`[^`]*`", "", line)
            for link in (*_LINK.findall(plain), *_DEFINITION.findall(plain)):
                if _ELSEWHERE.match(link):
                    continue
                name, _, fragment = unquote(link).partition("#")
                start = root if name.startswith("/") else path.parent
                target = (start / name.lstrip("/")) if name else path
                where = f"{path.relative_to(root)}:{number}: {link}"
                if not target.exists():
                    yield f"{where}: no such file"
                elif fragment and target.suffix == ".md" and fragment not in anchors(target):
                    yield f"{where}: no such heading"


def main() -> int:
    """Look through the folder that is named, or the one we stand in."""
    dead = list(dead_links(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
    for link in dead:
        print(link)
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main())
