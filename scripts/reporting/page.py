"""The report as one self-contained page: opens from disk, needs no network, and works without its script."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from registry import ENGINES
from reporting import benchmarks, charts, trend, wording
from reporting.evidence import evidence
from reporting.past import RUNS
from reporting.results import LONGEST_TEXT
from reporting.snippets import highlighted_lines
from reporting.terminal import SYMBOLS
from reporting.wording import ROOT, violation_id

Json = dict[str, Any]

REPORTS = ROOT / "reports"
# Bytes of the page: what it is cut down to, and what it must not exceed whatever the results are.
ROOM, LARGEST = 5_000_000, 20_000_000


@dataclass(frozen=True)
class Limits:
    """What the page may hold; the rest is in files beside it.

    interleavings, in characters of JSON; violated checks of each caught twin, which tend to be the same flaw, and of
    each failed cell; and violated checks in all.
    """

    interleavings: int
    of_twin: int
    of_failed: int
    checks: int


# From what a page shows usually to what it shows of a tree in which nearly everything is broken.
LIMITS = (Limits(2_000_000, 3, 1000, 100_000), Limits(800_000, 2, 8, 100_000), Limits(200_000, 1, 2, 1000),
          Limits(0, 1, 1, 100))

# What an engine can't see; what it does see is in the registry.
BLIND_SPOTS = {
    "behaviour": "rare interleavings",
    "stress": "weak-memory bugs that this processor never shows, and interleavings that did not come up",
    "tsan": "stale values, and most mistakes with fences; it sees only what a run happened to do",
    "asan": "ordering: it watches memory, not threads",
    "relacy": "executions that it did not draw, unless it says complete; load buffering",
    "rc11": "load buffering, which RC11 forbids; more threads, operations and failed waits than it names",
}

ORDER = ("missed", "fail", "crash", "hang")


def fitted(report: Json, runs: list[Json]) -> tuple[str, dict[str, Json]]:
    """html() under the first of LIMITS that brings it down to ROOM, or the last; and the evidence that it shows.

    Raises ValueError if that is still above LARGEST.
    """
    known: dict[str, Json] = {}
    for limits in LIMITS:
        views = all_evidence(report["cells"], limits, known)
        text = html(report, views, runs)
        if len(text.encode()) <= ROOM:
            return text, views
    if (size := len(text.encode())) > LARGEST:
        raise ValueError(f"the page has {size:,} bytes; at most {LARGEST:,} are of use to anybody. Grade a part of it: "
                         "--primitive, --kind, --engine")
    return text, views


def html(report: Json, views: dict[str, Json], runs: list[Json]) -> str:
    """The page for a report as grade.grade_all() made it, with all_evidence() of its cells; `runs` end with it."""
    environment = Environment(loader=FileSystemLoader(REPORTS / "templates"), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    style, script = joined("css"), joined("js")
    cells = report["cells"]
    return environment.get_template("index.html.j2").render(
        report=report, verdict=report["verdict"], at={(cell["primitive"], cell["engine"]): cell for cell in cells},
        groups=groups(cells), wording=wording, symbols=SYMBOLS,
        engines=[engine for engine in ENGINES if engine.name in report["engines"]],
        blind_spots=BLIND_SPOTS, environment=common_environment(cells),
        of_grade=lambda *grades: [cell for grade in grades for cell in cells if cell["grade"] == grade], failed=ORDER,
        charts=charts, trends=trends(runs), history_length=RUNS, benchmarks=bench_rows(report, runs),
        evidence=views, sources=highlighted_lines(places(views.values())), style=Markup(style), script=Markup(script),
        policy=policy(style, script))


def trends(runs: list[Json]) -> list[Json]:
    """A plot for each engine of what it explored in a second, by run."""
    return [{"engine": engine, "plot": drawn} for engine, points in trend.pace(runs).items()
            if (drawn := trend.plot(points, "a second"))]


def bench_rows(report: Json, runs: list[Json]) -> list[Json]:
    """The benchmarks' rows, each with its bar and, once there are some runs, its trend."""
    known = trend.ratios(runs)
    return [{**row, "bar": benchmarks.bar(row), "trend": trend.plot(known.get(benchmarks.key_of(row), []), "")}
            for row in report["benchmarks"]]


def joined(kind: str) -> str:
    """The files reports/<kind>/*.<kind> in order of their names, as one text."""
    return "".join(path.read_text(encoding="utf-8") for path in sorted((REPORTS / kind).glob(f"*.{kind}")))


def all_evidence(cells: list[Json], limits: Limits, known: dict[str, Json]) -> dict[str, Json]:
    """The evidence of each violation that has a place in the page, by violation_id().

    Interleavings beyond the limit become side files: failures come before caught twins, and small ones before large.
    @param known what was worked out before; what is worked out is added
    """
    views: dict[str, Json] = {}
    for cell in sorted(cells, key=lambda cell: cell["twin"]):
        violated = [check for check in cell["checks"] if check["violation"]]
        for check in violated[:limits.of_twin if cell["twin"] else limits.of_failed][:limits.checks - len(views)]:
            name = violation_id(cell, check)
            if name not in known:
                view = evidence(check["violation"])
                text = json.dumps(view["data"], separators=(",", ":")) if view["data"] else ""
                # What was cut short is no graph any more.
                is_whole = 0 < len(check["violation"].get("dot", "")) <= LONGEST_TEXT
                dot = f"graphs/{name.replace('/', '-')}.dot" if is_whole else ""
                known[name] = view | {"data": text, "twin": cell["twin"], "dot": dot}
            views[name] = dict(known[name])
    room = limits.interleavings
    for name, view in sorted(views.items(), key=lambda item: (item[1]["twin"], len(item[1]["data"]), item[0])):
        room -= len(view["data"])
        if view["data"] and room < 0:
            view |= {"data": "", "places": [], "side_file": f"traces/{name.replace('/', '-')}.json"}
        view["data"] = script_data(view["data"])
    return views


def script_data(text: str) -> Markup:
    """JSON as the contents of a <script>: nothing in it may end the element."""
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def places(views: Any) -> set[str]:
    """Every `file:line` that an interleaving in the page points to."""
    return {place for view in views for place in view["places"] if place}


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
