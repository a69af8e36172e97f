"""An interleaving as the page's viewer wants it: compact columns, and the edges that the trace implies."""

from __future__ import annotations

from typing import Any

from reporting import explanation, interleaving
from reporting.wording import in_project

Json = dict[str, Any]

# A result may hold more; the page shows the last so many and says so.
LONGEST = 20_000
# The members of an event in the page's data, in this order. `variable`, `operation` and `place` count in tables.
STALE, WRITES, SYNCHRONIZES = 1, 2, 4


def data(violation: Json) -> Json | None:
    """What the viewer draws, as JSON; None without a trace.

    `events` holds [step, lane, operation, variable, value, order, reads from, flags, newer, place, repeats]: steps are
    the trace's own, -1 for none; `repeats` is the index of the event that this one only repeats, as a spinning thread
    does, or -1.
    """
    trace = violation["trace"]
    if not trace:
        return None
    every = [row for event in trace for row in interleaving.rows([event])]
    mark_stale(every)
    answered = explanation.acquired(every) if explanation.is_complete(every) else set()
    shown = every[-LONGEST:]
    names = {row["thread"]: row["name"] for row in reversed(shown)}
    lanes = {thread: lane for lane, thread in enumerate(sorted(names))}
    operations, variables, places = Table(), Table(), Table()
    repeats = repeated(shown)
    events = []
    for index, row in enumerate(shown):
        flags = STALE * row["stale"] | WRITES * row["writes"] | SYNCHRONIZES * (row["step"] in answered)
        own = row["place"] if row["where"] and in_project(row["where"]) else ""
        events.append([row["step"], lanes[row["thread"]], operations.index(row["operation"]),
                       variables.index(row["variable"]), row["value"], row["short"], step(row["reads_from"]), flags,
                       row["newer"]["step"] if row["newer"] else -1, places.index(own), repeats[index]])
    race = explanation.missing_edge(violation)
    return {"threads": [names[thread] for thread in lanes], "operations": list(operations),
            "variables": list(variables), "places": list(places), "events": events, "left_out": len(every) - len(shown),
            "race": [race.first["step"], race.second["step"]] if race else [],
            "weak": [race.written["step"], race.read["step"]] if race and race.written and race.read else [],
            "notes": {step: text for step, text in explanation.stale_reads(every).items() if text},
            "why": explanation.explain(violation)[0], "class": violation["class"]}


def step(number: int | None) -> int:
    return -1 if number is None else number


class Table(dict[str, int]):
    """Strings, each with the place where it came first."""

    def index(self, text: str) -> int:
        return self.setdefault(text, len(self))


def mark_stale(every: list[Json]) -> None:
    """Gives each stale read the newest write that it missed, as interleaving.rows() does for a whole trace."""
    newest: dict[str, list[Json]] = {}
    for row in every:
        if row["stale"]:
            row["newer"] = interleaving.newer(row, newest.get(row["variable"], []))
        if row["writes"] and row["variable"]:
            newest.setdefault(row["variable"], []).append(row)


def repeated(every: list[Json]) -> list[int]:
    """For each row the index of an earlier one of its thread that it repeats with nothing done in between, or -1."""
    seen: dict[int, dict[tuple[Any, ...], int]] = {}
    found = []
    for index, row in enumerate(every):
        mine = seen.setdefault(row["thread"], {})
        if row["writes"]:
            mine.clear()
            found.append(-1)
            continue
        found.append(mine.setdefault(interleaving.sight(row), index))
        if found[-1] == index:
            found[-1] = -1
    return found

