"""Result files and build directories for the tests of the report.

tests/results/ holds one realistic result of each sort, and a registry that expects more than is there.
"""

from __future__ import annotations

import json
import re
from pathlib import Path


import registry
import report

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "results"
FORMS = {"index.html", "results.json", "junit.xml", "results.sarif", "summary.md"}
ENGINES = registry.ENGINE_NAMES
LAST_LINE = re.compile(r"\d+ passed, \d+ failed, \d+ skipped")


def golden(name: str) -> dict:
    return json.loads((GOLDEN / f"{name}.json").read_text())


def clean_check(name: str = "mutual_exclusion", **changes) -> dict:
    return {"check": name, "outcome": "clean", "coverage": "sampled", "bounds": {"threads": 4, "operations": 50},
            "explored": 1000, "unit": "iterations", "seconds": 0.1, "seed": 1, "violation": None, **changes}


def violated_check(violation_class: str = "data_race", **changes) -> dict:
    violation = {"class": violation_class, "message": "m", "where": None, "trace": [], "stacks": [], "replay": "a.b.c"}
    return clean_check(outcome="violated", violation={**violation, **changes})


def result(primitive: str = "lock", engine: str = "stress", checks: list | None = None, **changes) -> dict:
    return {"schema": 1, "primitive": primitive, "kind": "mutex", "engine": engine, "environment": {},
            "checks": [clean_check()] if checks is None else checks, **changes}


class Build:
    """A build directory with a registry of one primitive that holds, `lock`, and one twin, `twin`."""

    def __init__(self, directory: Path, lines: str = "lock mutex holds\ntwin mutex caught-by:stress\n") -> None:
        self.directory = directory
        self.registry = directory / "registry"
        self.results = directory / "results"
        self.results.mkdir(parents=True)
        self.registry.write_text(lines)

    def put(self, *values: dict) -> "Build":
        for value in values:
            (self.results / f"{value['primitive']}.{value['engine']}.json").write_text(json.dumps(value))
        return self

    def put_green(self) -> "Build":
        violated = result("twin", "stress", [violated_check()])
        return self.put(violated, *(result("lock", engine) for engine in ENGINES))

    def main(self, *options: str) -> int:
        return report.main([f"--build={self.directory}", f"--registry={self.registry}", *options])

    def graded(self) -> dict:
        return json.loads((self.directory / "report" / "results.json").read_text())

    def cell(self, primitive: str, engine: str) -> dict:
        return next(one for one in self.graded()["cells"] if (one["primitive"], one["engine"]) == (primitive, engine))

    def form(self, name: str) -> str:
        return (self.directory / "report" / name).read_text(encoding="utf-8")
