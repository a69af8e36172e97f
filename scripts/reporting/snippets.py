"""Source lines around a position, highlighted, for the page."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import CppLexer

from reporting.results import clean_text
from reporting.wording import ROOT, in_project

Json = dict[str, Any]

AROUND = 4
LARGEST_SOURCE = 2 * 1024 * 1024
LONGEST_LINE = 400

TOKEN = re.compile(r'<span class="(\w+)">([^<]*)</span>')
COLOURS = re.compile(r"\.\w{1,3}[ ,].*\{ color: var\(--(word|type|name|literal|string|muted)\); \}$")


@cache
def highlighted(path: Path) -> tuple[Markup, ...]:
    """Every line of a source file as HTML; none if it can't be read."""
    try:
        if path.stat().st_size > LARGEST_SOURCE:
            return ()
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    cleaned = "\n".join(clean_text(line, LONGEST_LINE) for line in text.split("\n"))
    made = highlight(cleaned, CppLexer(stripnl=False, ensurenl=False), HtmlFormatter(nowrap=True))
    plain = TOKEN.sub(lambda found: found[0] if found[1] in coloured() else found[2], made)
    return tuple(Markup(line) for line in plain.split("\n"))


@cache
def coloured() -> frozenset[str]:
    """Pygments' classes that have a colour in the page's style; marking the others up would double its size."""
    style = (ROOT / "reports" / "css" / "page.css").read_text(encoding="utf-8")
    return frozenset(name for line in style.splitlines() if COLOURS.match(line)
                     for name in re.findall(r"\.(\w+)(?=[ ,])", line.partition("{")[0]))


def highlighted_lines(places: set[str]) -> dict[str, list[tuple[int, Markup]]]:
    """The lines around each `file:line`, by file and in order; a line that two places share is there once."""
    wanted: dict[str, set[int]] = {}
    for place in places:
        file, _, line = place.rpartition(":")
        if line.isdigit():
            wanted.setdefault(file, set()).update(range(int(line) - AROUND, int(line) + AROUND + 1))
    return {file: [(number, lines[number - 1]) for number in sorted(numbers) if 1 <= number <= len(lines)]
            for file, numbers in sorted(wanted.items()) if (lines := lines_of(file))}


def lines_of(file: str) -> tuple[Markup, ...]:
    """Every line of a file of the repository; none of any other."""
    if not in_project({"file": file}):
        return ()
    path = (ROOT / file).resolve()
    return highlighted(path) if ".git" not in path.parts else ()


def snippet(where: Json | None) -> list[Json]:
    """The lines around `where`, each with `number`, `html` and `marked`; none outside of the repository or of the file.

    A position in a result names a file to be read, so it may not lead out of the repository.
    """
    if not where or where["line"] < 1 or not in_project(where):
        return []
    lines = lines_of(where["file"])
    if where["line"] > len(lines):
        return []
    first = max(1, where["line"] - AROUND)
    return [{"number": number, "html": lines[number - 1], "marked": number == where["line"]}
            for number in range(first, min(len(lines), where["line"] + AROUND) + 1)]
