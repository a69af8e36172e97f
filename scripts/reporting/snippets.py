"""Source lines around a position, highlighted, for the page."""

from __future__ import annotations

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
    return tuple(Markup(line) for line in made.split("\n"))


def snippet(where: Json | None) -> list[Json]:
    """The lines around `where`, each with `number`, `html` and `marked`; none outside of the repository or of the file.

    A position in a result names a file to be read, so it may not lead out of the repository.
    """
    if not where or not in_project(where) or where["line"] < 1:
        return []
    path = (ROOT / where["file"]).resolve()
    lines = highlighted(path) if ".git" not in path.parts else ()
    if where["line"] > len(lines):
        return []
    first = max(1, where["line"] - AROUND)
    return [{"number": number, "html": lines[number - 1], "marked": number == where["line"]}
            for number in range(first, min(len(lines), where["line"] + AROUND) + 1)]
