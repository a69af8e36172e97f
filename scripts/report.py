#!/usr/bin/python3
"""Grades build/results against the registry, prints the summary, and writes build/report/.

Exit status: 0 all as expected, 1 a verdict failed, 2 bad arguments or set-up, 3 the harness itself failed (a cell had
trouble, or the report could not be written), 4 nothing failed but something is inconclusive.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import registry
from reporting import benchmarks, page, past, results
from reporting.annotations import annotations
from reporting.chrome_trace import chrome_trace
from reporting.grade import grade_all
from reporting.junit import junit
from reporting.summary import summary
from reporting.sarif import sarif
from reporting.wording import violation_id
from reporting.terminal import print_report, print_violation, silence, use_color

__all__ = ["grade_all", "main", "print_violation", "use_color", "write_reports"]

Json = dict[str, Any]


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="report.py", description=__doc__.split("\n", 1)[0],
                                   formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    made.add_argument("--build", type=Path, default=Path("build"), metavar="DIR", help="holds results/, gets report/")
    made.add_argument("--registry", type=Path, default=Path("primitives/registry"), metavar="PATH")
    made.add_argument("--primitive", metavar="GLOBS", help="grade only these (a comma list of globs)")
    made.add_argument("--kind", metavar="GLOBS", help="grade only primitives of these kinds")
    made.add_argument("--engine", metavar="GLOBS", help="grade only these engines")
    made.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    made.add_argument("--annotations", action="store_true",
                      help="print what failed as GitHub's workflow commands, and nothing else")
    made.add_argument("--diff", nargs=2, type=Path, metavar=("OLD", "NEW"),
                      help="print what changed between two results.json instead; status 1 if a cell newly fails")
    made.add_argument("--verbose", action="store_true", help="print the evidence of expected failures too")
    return made


def main(argv: list[str] | None = None) -> int:
    """Runs the command line `argv` (without the program's name) and returns its exit status."""
    asked = parser().parse_args(argv)
    if asked.diff:
        return print_difference(*asked.diff)
    selection = {name: getattr(asked, name) for name in ("primitive", "kind", "engine") if getattr(asked, name)}
    try:
        primitives, engines = registry.select(registry.load(asked.registry), **selection)
    except registry.UserError as error:
        print(f"report.py: {error}", file=sys.stderr)
        return 2
    report = grade_all(primitives, engines, results.load(asked.build / "results"), selection)
    runs = past.read(asked.build / "history")
    report["changes"] = past.changes(runs, report)
    report["benchmarks"], problems = benchmarks.read(asked.build / "bench")
    report["notes"] += [f"A benchmark's file was left out: {problem}." for problem in problems]
    runs = past.with_run(runs, past.run_of(report))
    status = report["verdict"]["exit_status"]
    directory, trouble = asked.build / "report", ""
    try:
        write_reports(report, directory, runs)
        if not selection:
            (asked.build / "history").mkdir(exist_ok=True)
            write_atomically(asked.build / "history" / "runs.jsonl", past.text_of(runs))
    except Exception as error:  # Whatever it is, the verdict has to reach the terminal.
        trouble = f"report.py: {directory} could not be written: {error}"
        if not isinstance(error, OSError):
            traceback.print_exc()
    if asked.annotations:
        print(*annotations(report), sep="\n")
        return 3 if trouble else status
    try:
        print_report(report, sys.stdout, use_color(asked.color, sys.stdout),
                     "" if trouble else str(directory / "index.html"), asked.verbose)
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
    if trouble:
        print(trouble, file=sys.stderr)
        return 3
    return status


def print_difference(old: Path, new: Path) -> int:
    """Prints the cells whose grade differs between two reports' results.json, the newly failing first."""
    grades = []
    for path in (old, new):
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            print(f"report.py: {path}: can't be read: {error}; --diff wants two results.json", file=sys.stderr)
            return 2
        if problem := results.schema_problem("report", report):
            print(f"report.py: {path}: is no graded report: {problem}; --diff wants two results.json", file=sys.stderr)
            return 2
        grades.append(past.run_of(results.clean(report))["grades"])
    found = past.difference(*grades)
    for one in found:
        print(f"{one['sort']:<13}  {one['cell']}: {one['was']} -> {one['is']}")
    newly = sum(one["sort"] == "newly failing" for one in found)
    print(f"{newly} newly failing, {sum(one['sort'] == 'fixed' for one in found)} fixed, {len(found)} changed in all")
    return 1 if newly else 0


def write_reports(report: Json, directory: Path, runs: list[Json]) -> None:
    """Writes every form of the report into `directory`, each whole or not at all.

    @param runs the history, this one its last
    """
    forms = render(report, runs)
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in forms.items():
        (directory / name).parent.mkdir(exist_ok=True)
        write_atomically(directory / name, text)
    written = {directory / name for name in forms}
    for old in {*directory.glob("traces/*.json"), *directory.glob("graphs/*.dot")} - written:
        old.unlink()


def render(report: Json, runs: list[Json]) -> dict[str, str]:
    """File name to contents, for every form of the report. Raises ValueError if the report breaks its own schema."""
    if problem := results.schema_problem("report", report):
        raise ValueError(f"the graded report breaks reports/report.schema.json: {problem}")
    text, views = page.fitted(report, runs)
    traces = {f"traces/{name.replace('/', '-')}.json": chrome_trace(check["violation"])
              for cell in report["cells"] for check in cell["checks"]
              if (name := violation_id(cell, check)) in views and check["violation"]["trace"]
              and (views[name]["side_file"] or not cell["twin"])}
    graphs = {views[name]["dot"]: check["violation"]["dot"] for cell in report["cells"] for check in cell["checks"]
              if (name := violation_id(cell, check)) in views and views[name]["dot"]}
    return traces | graphs | {
        "results.json": json.dumps(report, indent=1, sort_keys=True) + "\n",
        "junit.xml": junit(report),
        "results.sarif": sarif(report),
        "summary.md": summary(report),
        "index.html": text,
    }


def write_atomically(path: Path, text: str) -> None:
    """Readers see the old file or the new one, never a part."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


if __name__ == "__main__":
    sys.exit(main())
