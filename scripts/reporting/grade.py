"""Grades: what the registry expects against what the results say. The only place in the project that grades.

The product is one JSON value (reports/report.schema.json); every form of the report is drawn from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from registry import Primitive
from reporting.results import Record
from reporting.wording import FAILED, PASSED, SKIPPED, cell_amount, amount, class_words, count_words, short_commit

Json = dict[str, Any]

BAD = "bad record: "
SEEN_BROKEN = ("fail", "crash", "hang")
VIOLATION_GRADES = {"hang": "hang", "crash": "crash"}

# Cells whose results differ in one of these were not one run; the reader is told.
ONE_RUN = ("commit", "compiler", "processor", "effort")


def grade_all(primitives: Iterable[Primitive], engines: Iterable[str], records: Iterable[Record],
              selection: Json | None = None) -> Json:
    """The whole report, as reports/report.schema.json describes it.

    @param primitives the registry's, or those left of it by `selection` (the options `primitive`, `kind`, `engine`)
    """
    engines = list(engines)
    by_cell = {(record.primitive, record.engine): record for record in records}
    cells = [grade_cell(primitive, engine, by_cell.get((primitive.name, engine)))
             for primitive in primitives for engine in engines]
    known = {(cell["primitive"], cell["engine"]) for cell in cells}
    environments = [cell["environment"] for cell in cells if cell["environment"]]
    strangers = [] if selection else [
        {"file": record.path.name, "problem": "no cell of the registry has this name; not counted"}
        for key, record in sorted(by_cell.items()) if key not in known]
    bad = [{"file": cell["file"], "problem": cell["reason"].removeprefix(BAD)} for cell in cells if cell["bad_record"]]
    return {
        "schema": 1,
        "verdict": verdict(cells),
        "selection": selection or {},
        "newest": max((one.get("started", "") for one in environments), default=""),
        "engines": engines,
        "notes": notes(environments),
        "cells": cells,
        "bad_records": bad + strangers,
        "changes": None,
        "benchmarks": [],
    }


def grade_cell(primitive: Primitive, engine: str, record: Record | None) -> Json:
    """One primitive on one engine."""
    data = record.data if record and record.data else {}
    cell: Json = {
        "primitive": primitive.name,
        "kind": primitive.kind,
        "engine": engine,
        "expect": primitive.expect,
        "twin": not primitive.holds,
        "header": primitive.header.as_posix(),
        "grade": "n/a",
        "reason": "",
        "amount": cell_amount(data.get("checks", [])),
        "checks": [grade_check(check) for check in data.get("checks", [])],
        "environment": data.get("environment", {}),
        "trouble": data.get("trouble", ""),
        "file": record.path.name if record else "",
        "bad_record": False,
    }
    if not primitive.runs_on(engine):
        cell |= {"reason": "not required: the registry names other engines for this flaw", "amount": "", "checks": [],
                 "environment": {}, "trouble": ""}
        return cell
    if given := outright(primitive, record, data):
        cell["grade"], cell["reason"] = given
        cell |= {"amount": "", "checks": [], "bad_record": given[1].startswith(BAD)}
        return cell
    cell["grade"], cell["reason"] = (twin_verdict if cell["twin"] else holds_verdict)(cell)
    if cell["twin"]:
        for check in cell["checks"]:
            check["grade"] = twin_check_grade(check, cell["grade"])
    return cell


def outright(primitive: Primitive, record: Record | None, data: Json) -> tuple[str, str] | None:
    """The grade of a cell that can't be graded by its checks, or None."""
    if record is None:
        return "missing", "the registry lists this cell, and no result covers it"
    if record.problem:
        return "inconclusive", f"{BAD}{record.path.name} {record.problem}"
    if data["kind"] != primitive.kind:
        return "inconclusive", f"{BAD}the result is of kind {data['kind']}, the registry says {primitive.kind}"
    if reason := data.get("not_applicable"):
        if primitive.holds:
            return "n/a", reason
        return "inconclusive", f"the registry says that this engine must catch the flaw; the engine says: {reason}"
    return None


def grade_check(check: Json) -> Json:
    """One check of a primitive that should hold."""
    violation = check["violation"]
    if violation:
        grade, reason = VIOLATION_GRADES.get(violation["class"], "fail"), class_words(violation["class"])
    elif check["outcome"] == "unknown":
        grade, reason = "inconclusive", check.get("reason") or "the outcome is unknown"
    elif check["explored"] == 0:
        grade, reason = "inconclusive", f"clean after 0 {check['unit']}: nothing was explored"
    else:
        grade, reason = "pass", ""
    return {**check, "grade": grade, "reason": reason, "amount": amount(check)}


def holds_verdict(cell: Json) -> tuple[str, str]:
    """Grade and reason of a cell whose every check should be clean."""
    for grade in SEEN_BROKEN:
        broken = [check for check in cell["checks"] if check["grade"] == grade]
        if broken:
            return grade, ", ".join(dict.fromkeys(check["reason"] for check in broken))
    return undecided(cell) or ("pass", "")


def twin_verdict(cell: Json) -> tuple[str, str]:
    """Grade and reason of a cell that has to catch a known flaw. Only a violated check is a catch; trouble is none."""
    caught = [check for check in cell["checks"] if check["violation"]]
    if caught:
        return "expected failure", ", ".join(dict.fromkeys(check["reason"] for check in caught))
    clean = count_words(len(cell["checks"]), "check")
    return undecided(cell) or ("missed", f"{clean} clean on a primitive that is known to be broken")


def undecided(cell: Json) -> tuple[str, str] | None:
    """Why a cell without a violation says nothing, or None if it does say something."""
    unknown = [check for check in cell["checks"] if check["grade"] == "inconclusive"]
    if cell["trouble"]:
        return "inconclusive", f"the harness had trouble: {cell['trouble']}"
    if not cell["checks"]:
        return "inconclusive", "no check was run"
    if unknown:
        return "inconclusive", "; ".join(f"{check['check']}: {check['reason']}" for check in unknown[:3]) + (
            f"; and {len(unknown) - 3} more" if len(unknown) > 3 else "")
    return None


def twin_check_grade(check: Json, cell_grade: str) -> str:
    """A check of a twin: the one that shows the flaw is an expected failure, a clean one counts by its cell."""
    if check["violation"]:
        return "expected failure"
    return "missed" if cell_grade == "missed" and check["grade"] == "pass" else check["grade"]


def verdict(cells: list[Json]) -> Json:
    """Counts, one sentence and the exit status."""
    grades = Counter(cell["grade"] for cell in cells)
    passed, failed, skipped = (sum(grades[grade] for grade in group) for group in (PASSED, FAILED, SKIPPED))
    trouble = any(cell["trouble"] and cell["grade"] == "inconclusive" for cell in cells)
    if failed:
        grade, status = "missed" if grades["missed"] else "failed", 1
    elif grades["inconclusive"]:
        grade, status = "inconclusive", 3 if trouble else 4
    elif not passed:
        grade, status = "inconclusive", 4
    else:
        grade, status = "passed", 0
    return {"grade": grade, "sentence": sentence(grade, grades, cells), "exit_status": status, "passed": passed,
            "failed": failed, "skipped": skipped, "inconclusive": grades["inconclusive"]}


def sentence(grade: str, grades: Counter[str], cells: list[Json]) -> str:
    """What the run came to, for a reader who reads one line."""
    def named(*wanted: str) -> str:
        names = [f"{cell['primitive']} on {cell['engine']}" for one in wanted for cell in cells if cell["grade"] == one]
        return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")

    said = []
    if grade == "missed":
        missed = count_words(grades["missed"], "known-bad twin")
        said.append(f"The harness is blind: {missed} not caught ({named('missed')}). Distrust what that engine passes.")
    if seen := sum(grades[one] for one in SEEN_BROKEN):
        said.append(f"{count_words(seen, 'cell')} failed: {named(*SEEN_BROKEN)}.")
    if grades["missing"]:
        said.append(f"{count_words(grades['missing'], 'cell')} without a result.")
    if said:
        return " ".join(said)
    if grades["inconclusive"]:
        open_cells = count_words(grades["inconclusive"], "cell")
        return f"Nothing failed, and {open_cells} inconclusive: {named('inconclusive')}."
    if grade == "inconclusive":
        return "Nothing was checked: no cell of this selection has to be run."
    passes, caught = grades["pass"], grades["expected failure"]
    said = [f"{count_words(passes, 'cell')} passed" if passes else "",
            f"{count_words(caught, 'known-bad twin cell')} caught as required" if caught else ""]
    return f"All as expected: {' and '.join(filter(None, said))}, within the amounts shown."


def notes(environments: list[Json]) -> list[str]:
    """What a reader should know about the results as a set."""
    found = []
    for key in ONE_RUN:
        values = sorted({short_commit(one[key]) for one in environments if one.get(key) not in (None, "")})
        if len(values) > 1:
            shown = ", ".join(value if len(value) < 60 else value[:57] + "…" for value in values[:3])
            more = ", …" if len(values) > 3 else ""
            found.append(f"The results are not from one run: {key} differs ({shown}{more}).")
    return found
