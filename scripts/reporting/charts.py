"""What a check's executions came to, and how fair a lock was: as bars, on the scale that the page draws them to."""

from __future__ import annotations

import math
from typing import Any

Json = dict[str, Any]

# The longest bar, in SVG units.
LONGEST = 240
BINS = 40
GRADES = ("forbidden", "interesting", "allowed")


def outcomes(check: Json) -> Json | None:
    """A check's outcomes as `rows`, forbidden ones first, and `warning`; None if it has none.

    A row's bar is on a logarithmic scale: rare outcomes are what such a run is for.
    """
    seen, unseen = check.get("outcomes", []), check.get("unseen", [])
    if not seen and not unseen:
        return None
    total = sum(one["count"] for one in seen)
    largest = max((one["count"] for one in seen), default=0)
    rows = [{**one, "share": share(one["count"], total), "bar": logarithmic(one["count"], largest)}
            for one in sorted(seen, key=lambda one: (GRADES.index(one["grade"]), -one["count"]))]
    interesting = [one for one in seen if one["grade"] == "interesting"]
    warning = ""
    if unseen and not any(one["count"] for one in interesting):
        warning = "No interesting outcome was seen: this run may not have come near what it looks for."
    return {"rows": rows, "unseen": [{**one, "words": rate_words(one["rate_below"])} for one in unseen],
            "total": total, "warning": warning}


def logarithmic(count: int, largest: int) -> float:
    """The length of a bar: nothing for 0, and never less than what can be seen for one."""
    if count == 0:
        return 0
    return round(max(3.0, LONGEST * math.log1p(count) / math.log1p(largest)), 1)


def share(count: int, total: int) -> str:
    """`12 %`, `0.0031 %`, or `0`."""
    if not count:
        return "0"
    percent = 100 * count / total
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.2g} %" if percent >= 0.01 else f"{percent:.1e} %"


def rate_words(rate: float) -> str:
    """How often what was never seen may occur: `below 1 in 3,200,000`, with 95 % confidence; or not at all."""
    return f"never seen: below 1 in {int(1 / rate):,}, with 95 % confidence" if rate > 0 else "does not occur"


def fairness(check: Json) -> Json | None:
    """A check's fairness as `bars` with `facts`; None if it wasn't measured."""
    found = check.get("fairness")
    if not found:
        return None
    bins = found["histogram"][:BINS]
    largest = max((one["count"] for one in bins), default=0)
    ends = [one["bypasses"] for one in bins[1:]] + [None]
    bars = [{"words": bin_words(one["bypasses"], end), "count": one["count"],
             "bar": logarithmic(one["count"], largest)} for one, end in zip(bins, ends)]
    left_out = len(found["histogram"]) - len(bins)
    return {**found, "bars": bars, "left_out": left_out}


def bin_words(start: int, end: int | None) -> str:
    """`0`, `1 to 3`, `64 and more`."""
    if end is None:
        return f"{start} and more" if start else "0"
    return str(start) if end <= start + 1 else f"{start} to {end - 1}"
