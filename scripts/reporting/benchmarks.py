"""What make bench measured, as the page shows it: our time against the best rival's."""

from __future__ import annotations

import json
import math
from pathlib import Path
from statistics import median
from typing import Any

from bench_table import judged, time_text
from reporting.results import clean, refuse_number

Json = dict[str, Any]

# From a 16th to 16 times the rival's time; what is beyond is drawn at the end.
SCALE, HALF = 16.0, 160.0
LARGEST_FILE = 16 * 1024 * 1024


def read(directory: Path) -> tuple[list[Json], list[str]]:
    """The rows of `<kind>.json`, judged, in order of their names; and what could not be read."""
    rows, problems = [], []
    for path in sorted(directory.glob("*.json")):
        try:
            if path.stat().st_size > LARGEST_FILE:
                raise ValueError(f"larger than {LARGEST_FILE // 2**20} MiB")
            record = clean(json.loads(path.read_bytes().decode("utf-8", errors="replace"),
                                      parse_constant=refuse_number))
            rows += [row_of(row, record) for row in record["rows"]]
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, ZeroDivisionError) as error:
            problems.append(f"{path.name}: not what bench.py writes: {type(error).__name__}: {error}"[:300])
    return rows, problems


def row_of(row: Json, record: Json) -> Json:
    """A row as the page's table has it. Raises what bad input raises."""
    found = judged(row)
    if not found["nanoseconds"] or not 0 < found["ratio"] < math.inf:
        raise ValueError("a time that is none")
    ours, best = (median(found["nanoseconds"][name]) for name in (found["primitive"], found["best"]))
    return {"kind": str(record["kind"]), "primitive": str(found["primitive"]), "workload": str(found["workload"]),
            "threads": int(found["threads"]), "best": str(found["best"]), "ours": time_text(ours),
            "rival": time_text(best), "ratio": round(found["ratio"], 4), "noise": round(found["noise"], 4),
            "verdict": found["verdict"], "load": float(record["environment"]["load"]),
            "processor": str(record["environment"]["processor"])}


def key_of(row: Json) -> str:
    """`mutex/dense/2`: what names a row in the history."""
    return f"{row['primitive']}/{row['workload']}/{row['threads']}"


def bar(row: Json) -> Json:
    """A row's bar on a logarithmic scale whose middle is `as fast`: to the left faster, to the right slower."""
    def at(ratio: float) -> float:
        return round(HALF + HALF * max(-1.0, min(1.0, math.log(ratio) / math.log(SCALE))), 1)

    end, low, high = at(row["ratio"]), at(1 / (1 + row["noise"])), at(1 + row["noise"])
    return {"x": min(HALF, end), "width": max(1.5, round(abs(end - HALF), 1)), "low": low,
            "band": round(high - low, 1), "middle": HALF, "whole": 2 * HALF}
