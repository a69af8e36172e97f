"""The report as one self-contained page: opens from disk, needs no network, and works without its script."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reporting import interleaving, wording
from reporting.explanation import explain
from registry import ENGINES
from reporting.snippets import snippet
from reporting.terminal import SYMBOLS
from reporting.wording import ROOT

Json = dict[str, Any]

REPORTS = ROOT / "reports"
LONGEST_TRACE = 400

# What an engine can't see; what it does see is in the registry.
BLIND_SPOTS = {
    "behaviour": "rare interleavings",
    "stress": "weak-memory bugs that this processor never shows, and interleavings that did not come up",
    "tsan": "stale values, and most mistakes with fences; it sees only what a run happened to do",
    "asan": "ordering: it watches memory, not threads",
    "relacy": "executions that it did not draw, unless it says complete; load buffering",
}

SEAM = ("primitives/native", "primitives/sync")

ORDER = ("missed", "fail", "crash", "hang")


def html(report: Json) -> str:
    """The page for a report as grade.grade_all() made it."""
    environment = Environment(loader=FileSystemLoader(REPORTS / "templates"), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    style, script = ((REPORTS / name).read_text(encoding="utf-8") for name in ("style.css", "viewer.js"))
    cells = report["cells"]
    return environment.get_template("index.html.j2").render(
        report=report, verdict=report["verdict"], at={(cell["primitive"], cell["engine"]): cell for cell in cells},
        groups=groups(cells), wording=wording, symbols=SYMBOLS,
        engines=[engine for engine in ENGINES if engine.name in report["engines"]],
        blind_spots=BLIND_SPOTS, environment=common_environment(cells),
        of_grade=lambda *grades: [cell for grade in grades for cell in cells if cell["grade"] == grade], failed=ORDER,
        evidence=evidence, snippet=snippet, style=Markup(style), script=Markup(script), policy=policy(style, script))


def policy(style: str, script: str) -> str:
    """A content security policy under which this style and this script work, and nothing that a result smuggles in."""
    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    return (f"default-src 'none'; style-src 'sha256-{digest(style)}'; script-src 'sha256-{digest(script)}'; "
            "img-src data:; base-uri 'none'; form-action 'none'")


def groups(cells: list[Json]) -> list[Json]:
    """The matrix's row groups: primitives that hold, by kind, then the twins."""
    found: dict[str, Json] = {}
    for cell in cells:
        title = "known-bad twins" if cell["twin"] else cell["kind"]
        group = found.setdefault(title, {"title": title, "twins": cell["twin"], "names": []})
        if cell["primitive"] not in group["names"]:
            group["names"].append(cell["primitive"])
    return sorted(found.values(), key=lambda group: group["twins"])


def common_environment(cells: list[Json]) -> list[tuple[str, list[str]]]:
    """Each fact of the environment with the values it had, but for those that are a cell's own."""
    own = {"binary", "started", "wall_seconds"}
    values: dict[str, list[str]] = {}
    for cell in cells:
        for key, value in cell["environment"].items():
            if key not in own and str(value) not in values.setdefault(key, []):
                values[key].append(str(value))
    return [(key, values[key]) for key in sorted(values)]


def evidence(violation: Json) -> Json:
    """A violation as the page shows it."""
    sentence, blamed = explain(violation)
    sources = [{"title": "the operation to look at", "where": blamed, "lines": snippet(blamed)},
               {"title": "where it was noticed", "where": violation["where"], "lines": snippet(violation["where"])}]
    stacks = [stack_view(stack) for stack in violation["stacks"]]
    shown = {wording.place(stack["where"]) for stack in stacks}
    return {"explanation": sentence, **lanes(violation["trace"]), "stacks": stacks,
            "sources": [one for one in sources if one["lines"] and wording.place(one["where"]) not in shown]}


def lanes(trace: list[Json]) -> Json:
    """A trace as a table with a column for each thread."""
    every = interleaving.rows(trace)
    names = {row["thread"]: row["name"] for row in reversed(every)}
    threads = sorted(names)
    steps = {row["first"] for row in every}
    shown = [row and {**row, "steps": interleaving.steps(row), "sign": interleaving.sign(row),
                      "lane": threads.index(row["thread"]),
                      "source": row["reads_from"] if row["reads_from"] in steps else None}
             for row in interleaving.tail(every, LONGEST_TRACE)]
    return {"threads": [names[thread] for thread in threads], "rows": shown, "steps_recorded": len(trace)}


def stack_view(stack: Json) -> Json:
    """A stack with the project's own frames apart from the libraries'."""
    own = [frame for frame in stack["frames"] if wording.is_own(frame)]
    # The seam's frame only says "an atomic was touched"; the caller is what the reader wrote.
    telling = next((frame for frame in own if frame["file"] and not frame["file"].startswith(SEAM)),
                   own[0] if own else None)
    return {"title": stack["title"], "kind": stack["kind"], "own": own or stack["frames"],
            "others": [frame for frame in stack["frames"] if not wording.is_own(frame)] if own else [],
            "where": telling, "lines": snippet(telling)}
