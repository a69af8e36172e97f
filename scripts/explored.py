#!/usr/bin/python3
"""How far rc11 came with each size of each check: a table of the last run's searches.

  explored.py [--primitive GLOBS] [--build DIR] [--open]

Reads build/results/*.rc11.json, as scripts/check.py wrote them (make check ENGINE=rc11). A row is a size: threads ×
operations, how much that is spurious an execution may have, executions, of about how many where the search didn't come
to its end, and seconds. At last how many of the sizes that a scenario should be complete at are: 2 × 2 and 3 × 1, and
what is smaller.

Exit status: 0, 2 for bad arguments or if there are no results.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from stacks import ROOT


class Search(NamedTuple):
    """One size of one check."""

    primitive: str
    check: str
    found: dict[str, Any]

    def small(self) -> bool:
        """Whether it is one of the sizes that every check should be complete at."""
        threads, operations = self.found["threads"], self.found["operations"]
        return (threads <= 2 and operations <= 2) or (threads == 3 and operations == 1)


def searches(results: Path, globs: str) -> Iterator[Search]:
    """All that the results have of those primitives. What found a violation stopped there, and says nothing."""
    for path in sorted(results.glob("*.rc11.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        if not any(fnmatch.fnmatch(record["primitive"], glob) for glob in globs.split(",")):
            continue
        for check in record["checks"]:
            if check["outcome"] == "clean":
                yield from (Search(record["primitive"], check["check"], one) for one in check.get("searches", []))


def row(one: Search) -> str:
    """A line of the table."""
    found = one.found
    total = "" if found["complete"] else f"of about {found['estimate']:.2g}"
    total += " (memory)" if found.get("out_of_memory") else ""
    return (f"{one.primitive:26} {one.check:34} {found['threads']} × {found['operations']}"
            f"{found['spurious_wakeups']:3} {found['explored']:9} {total:26} {found['seconds']:7.2f} s")


def summary(rows: list[Search], spurious: int) -> str:
    """How many of the small sizes are complete."""
    wanted = [one.found["complete"] for one in rows if one.small() and one.found["spurious_wakeups"] == spurious]
    return f"{sum(wanted)} of {len(wanted)} small sizes are complete with {spurious} spurious wake-ups"


def main(arguments: list[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="explored.py", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--primitive", default="*", metavar="GLOBS", help="only these, a comma list of globs")
    parser.add_argument("--build", type=Path, default=ROOT / "build", metavar="DIR", help="default: build")
    parser.add_argument("--open", action="store_true", help="only the searches that didn't come to their end")
    asked = parser.parse_args(arguments)
    rows = list(searches(asked.build / "results", asked.primitive))
    if not rows:
        print(f"explored.py: {asked.build}/results has no search of rc11's for {asked.primitive}; run "
              "make check ENGINE=rc11", file=sys.stderr)
        return 2
    for one in rows:
        if not (asked.open and one.found["complete"]):
            print(row(one))
    for spurious in (0, 1):
        print(summary(rows, spurious))
    return 0


if __name__ == "__main__":
    sys.exit(main())
