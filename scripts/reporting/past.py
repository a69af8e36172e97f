"""What changed: the grades of the runs before, kept small in build/history/, and the difference of two reports."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reporting.benchmarks import key_of
from reporting.results import clean
from reporting.wording import FAILED

Json = dict[str, Any]

RUNS = 30
SHOWN = 20
# How bad a grade is; a change to a worse one is listed first.
WORSE = {grade: 2 for grade in FAILED} | {"inconclusive": 1}


def run_of(report: Json) -> Json:
    """A report as history keeps it: grades, what each engine explored in how many seconds, and benchmarks' ratios."""
    environments = [cell["environment"] for cell in report["cells"] if cell["environment"]]
    engines = {}
    for engine in report["engines"]:
        checks = [check for cell in report["cells"] if cell["engine"] == engine and cell["grade"] == "pass"
                  for check in cell["checks"]]
        engines[engine] = {"explored": sum(check["explored"] for check in checks),
                           "seconds": round(sum(check["seconds"] for check in checks), 3)}
    return {"newest": report["newest"], "commit": only(one.get("commit", "") for one in environments)[:12],
            "grades": {f"{cell['primitive']}.{cell['engine']}": cell["grade"] for cell in report["cells"]},
            "conditions": ", ".join(filter(None, (only(str(one.get(key, "")) for one in environments)
                                                  for key in ("processor", "effort")))),
            "engines": engines, "ratios": {key_of(row): row["ratio"] for row in report.get("benchmarks", [])}}


def only(values: Iterable[str]) -> str:
    """The value, if it is the same everywhere; else empty."""
    found = set(values)
    return found.pop() if len(found) == 1 else ""


def read(directory: Path) -> list[Json]:
    """The runs kept, oldest first; a line that is none is left out."""
    try:
        lines = (directory / "runs.jsonl").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    made = []
    for line in lines:
        try:
            run = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if (isinstance(run, dict) and isinstance(run.get("newest"), str) and isinstance(run.get("commit"), str)
                and isinstance(run.get("grades"), dict)
                and all(isinstance(grade, str) for grade in run["grades"].values())):
            made.append(clean(run) | amounts_of(run))
    return made


def amounts_of(run: Json) -> Json:
    """What a line of the history says besides grades, as far as it is what it should be."""
    def table(name: str) -> dict[str, Any]:
        return run[name] if isinstance(run.get(name), dict) else {}

    def amount(value: Any) -> bool:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e30

    return {"conditions": clean(run["conditions"]) if isinstance(run.get("conditions"), str) else "",
            "engines": {clean(name): {"explored": one["explored"], "seconds": one["seconds"]}
                        for name, one in table("engines").items()
                        if isinstance(one, dict) and amount(one.get("explored")) and amount(one.get("seconds"))},
            "ratios": {clean(name): value for name, value in table("ratios").items() if amount(value)}}


def with_run(runs: list[Json], run: Json) -> list[Json]:
    """The runs to keep once `run` is one of them: it takes the place of the last if it is the same run again."""
    return [*[one for one in runs if one["newest"] != run["newest"]][-(RUNS - 1):], run]


def text_of(runs: list[Json]) -> str:
    """The contents of runs.jsonl."""
    return "".join(json.dumps(one, sort_keys=True) + "\n" for one in runs)


def changes(runs: list[Json], report: Json) -> Json | None:
    """What is different from the newest run before this one; None if there is none."""
    now = run_of(report)
    before = next((run for run in reversed(runs) if run["newest"] != now["newest"]), None)
    if before is None:
        return None
    found = difference(before["grades"], now["grades"])
    named = ", ".join(filter(None, (before["newest"][:16].replace("T", " "), before["commit"])))
    return {"before": named, "items": [one | {"link": one["cell"] if one["is"] not in ("pass", "n/a")
                                              else f"explored.{one['cell'].rpartition('.')[0]}"}
                                       for one in found[:SHOWN]], "more": max(0, len(found) - SHOWN)}


def difference(before: dict[str, str], now: dict[str, str]) -> list[Json]:
    """The cells of `now` whose grade differs, the newly failing first; `sort` is what the change means.

    A cell that was not there before counts if it failed.
    """
    found = []
    for cell, grade in now.items():
        was = before.get(cell, "new")
        if was != grade and not (was == "new" and (grade == "missing" or grade not in WORSE)):
            worse, better = WORSE.get(grade, 0), WORSE.get(was, 0)
            sort = "newly failing" if worse == 2 > better else "fixed" if better == 2 > worse else "changed"
            found.append({"cell": cell, "was": was, "is": grade, "sort": sort})
    order = ("newly failing", "fixed", "changed")
    return sorted(found, key=lambda one: order.index(one["sort"]))
