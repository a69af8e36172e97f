"""What make bench prints: who was faster in each row, and whether that is more than noise."""

from __future__ import annotations

from statistics import median
from typing import Any

Json = dict[str, Any]

# Where the compiler happens to put a loop moves it by a few percent, the same in each repetition.
PLACEMENT = 0.03


def spread(times: list[float]) -> float:
    """The median absolute deviation, as a part of the median."""
    middle = median(times)
    return median(abs(time - middle) for time in times) / middle


def judged(row: Json) -> Json:
    """A row with its best rival, our time as a ratio to that one's, the noise of that ratio and what it comes to.

    The noise is both sides' spread together, and never less than PLACEMENT. Within it a row is `level`.
    """
    times = row["nanoseconds"]
    ours = times[row["primitive"]]
    rivals = {name: taken for name, taken in times.items() if name != row["primitive"]}
    best = min(rivals, key=lambda name: median(rivals[name]))
    ratio = median(ours) / median(rivals[best])
    noise = max(spread(ours) + spread(rivals[best]), PLACEMENT)
    verdict = "behind" if ratio > 1 + noise else "ahead" if ratio < 1 / (1 + noise) else "level"
    return {**row, "best": best, "ratio": ratio, "noise": noise, "verdict": verdict}


def time_text(nanoseconds: float) -> str:
    """Three digits and a unit: `4.98 ns`, `41.9 ns`, `1.71 µs`."""
    for unit in ("ns", "µs", "ms"):
        if nanoseconds < 999.5:
            digits = 2 if nanoseconds < 9.995 else 1 if nanoseconds < 99.95 else 0
            return f"{nanoseconds:.{digits}f} {unit}"
        nanoseconds /= 1000
    return f"{nanoseconds:.3g} s"


def table(records: list[Json]) -> list[str]:
    """The lines to print. A row: threads, our median, its ratio to the best rival's, the noise, the rivals' medians."""
    results = [judged(row) for record in records for row in record["rows"]]
    if not results:
        return ["nothing was measured"]
    cells = [("row", "threads", "ours", "ratio", "noise", "", "rivals, the best one first")]
    for one in results:
        middles = {name: median(taken) for name, taken in one["nanoseconds"].items() if name != one["primitive"]}
        rivals = [f"{name} {time_text(middles[name])}" for name in sorted(middles, key=lambda name: middles[name])]
        cells.append((f"{one['primitive']}/{one['workload']}", str(one["threads"]),
                      time_text(median(one["nanoseconds"][one["primitive"]])), f"{one['ratio']:.2f}",
                      f"±{one['noise']:.2f}", {"behind": "▲ behind", "ahead": "ahead", "level": ""}[one["verdict"]],
                      "   ".join(rivals)))
    widths = [max(len(cell[column]) for cell in cells) for column in range(len(cells[0]))]
    lines = []
    for cell in cells:
        right = [text.rjust(width) for text, width in zip(cell[1:5], widths[1:5])]
        lines.append("  ".join([cell[0].ljust(widths[0]), *right, cell[5].ljust(widths[5]), cell[6]]).rstrip())
    count = {verdict: sum(one["verdict"] == verdict for one in results) for verdict in ("ahead", "level", "behind")}
    environment = records[0]["environment"]
    loads = [record["environment"]["load"] for record in records]
    return [
        *lines,
        "",
        "The time of a round, as bench/<kind>.cpp tells: medians; ratio = ours / best rival's, below 1 is faster.",
        "Noise: both medians' median absolute deviation, and where code lies; a difference within it is not claimed.",
        f"{environment['processor']}, {environment['cores']} cores, load {min(loads)} to {max(loads)}; "
        f"{environment['compiler']}",
        f"{len(results)} rows: {count['ahead']} ahead, {count['level']} level, {count['behind']} behind",
    ]
