"""How amounts went over the runs that build/history/ keeps: a dot a run, and the band in which those before it lie."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import Any

from reporting.wording import short_number

Json = dict[str, Any]

# SVG units.
WIDTH, HEIGHT, LEFT, TOP = 420.0, 96.0, 46.0, 8.0
FEWEST = 3
# A median absolute deviation is this much of a standard deviation in a normal distribution; two of those are noise.
TO_DEVIATION = 1.4826


def pace(runs: Iterable[Json]) -> dict[str, list[Json]]:
    """By engine: what each run explored in a second, oldest first. Only runs on the newest one's machine and effort."""
    runs = list(runs)
    alike = [run for run in runs if run.get("conditions") and run["conditions"] == runs[-1].get("conditions")]
    found: dict[str, list[Json]] = {}
    for run in alike:
        for engine, spent in run["engines"].items():
            if spent["seconds"] > 0:
                found.setdefault(engine, []).append(
                    {"value": spent["explored"] / spent["seconds"], "label": label(run)})
    return found


def ratios(runs: Iterable[Json]) -> dict[str, list[Json]]:
    """By benchmark row: our time as a ratio to the best rival's in each run, oldest first."""
    found: dict[str, list[Json]] = {}
    for run in runs:
        for row, ratio in run.get("ratios", {}).items():
            found.setdefault(row, []).append({"value": ratio, "label": label(run)})
    return found


def label(run: Json) -> str:
    """`2026-01-02 03:04, 0123456789ab`."""
    return ", ".join(filter(None, (run["newest"][:16].replace("T", " "), run["commit"])))


def noise(values: list[float]) -> tuple[float, float] | None:
    """The band that runs without a reason lie in; None of too few."""
    if len(values) < FEWEST:
        return None
    middle = median(values)
    spread = 2 * TO_DEVIATION * median(abs(value - middle) for value in values)
    return max(0.0, middle - spread), middle + spread


def plot(points: list[Json], words: str) -> Json | None:
    """Points as a plot from 0 on, with the band of those before the newest, and a sentence; None of fewer than two."""
    if len(points) < 2:
        return None
    values = [point["value"] for point in points]
    band = noise(values[:-1])
    top = max([*values, band[1] if band else 0]) or 1.0

    def y(value: float) -> float:
        return round(TOP + HEIGHT * (1 - value / top), 1)

    step = (WIDTH - LEFT - 12) / (len(points) - 1)
    dots = [{"x": round(LEFT + step * index, 1), "y": y(point["value"]), "label": point["label"],
             "value": number(point["value"]), "newest": index == len(points) - 1} for index, point in enumerate(points)]
    return {"dots": dots, "line": " ".join(f"{dot['x']},{dot['y']}" for dot in dots), "top": number(top),
            "band": {"y": y(band[1]), "height": round(y(band[0]) - y(band[1]), 1)} if band else None,
            "left": LEFT, "width": WIDTH, "height": HEIGHT + 2 * TOP, "base": TOP + HEIGHT,
            "sentence": sentence(values, band, words)}


def sentence(values: list[float], band: tuple[float, float] | None, words: str) -> str:
    """What the newest value is beside those before it."""
    newest = f"{number(values[-1])} {words}".rstrip()
    if band is None:
        return f"{newest}; too few runs before it for a band ({len(values) - 1})."
    within = f"the noise of the {len(values) - 1} runs before it ({number(band[0])} to {number(band[1])})"
    if values[-1] < band[0]:
        return f"{newest}: below {within}."
    return f"{newest}: {'above' if values[-1] > band[1] else 'within'} {within}."


def number(value: float) -> str:
    """Three digits of a ratio; of what is larger, as amounts are shown."""
    return f"{value:.3g}" if value < 100 else short_number(round(value))
