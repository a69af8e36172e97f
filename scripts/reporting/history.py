"""A history of concurrent operations as a picture: each operation an interval in its thread's lane.

Reads the form in which harness/ words a history, an operation a line:
`[called, returned] thread 1: push(3) = 0   #2`, where #2 is its place in the longest order that the specification
allows, `…` stands for a call that never returned, and `fits nowhere after #n` marks the operation that ends that order.
"""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]

LINE = re.compile(r"\[(?P<called>\d+), (?P<returned>\d+|…)\] thread (?P<thread>\d+): (?P<call>\S.*?\))"
                  r"(?P<gave> = \S+| waits)?(?: +#(?P<place>\d+))?(?P<misfit> +(?:fits nowhere|though nothing).*)?")
# An operation is drawn as its words; a letter is this wide. SVG units.
LETTER, PADDING, ROW, TOP, LEFT, GAP = 7.2, 14, 34, 8, 90, 10
LONGEST = 300


def operations(message: str) -> list[Json]:
    """The operations of a message, in the order of their calls; none if it holds no history."""
    made = []
    for line in message.split("\n"):
        if found := LINE.fullmatch(line.strip()):
            gave = (found["gave"] or "").removeprefix(" = ")
            made.append({"thread": int(found["thread"]), "called": int(found["called"]), "gave": gave.strip(),
                         "returned": None if found["returned"] == "…" else int(found["returned"]),
                         "call": found["call"], "place": int(found["place"] or 0), "misfit": bool(found["misfit"]),
                         "words": f"{found['call']} {'→ ' + gave if found['gave'] and gave != ' waits' else 'waits'}"})
    return made[:LONGEST]


def picture(message: str) -> Json | None:
    """The operations laid out: `boxes`, `lanes`, `width`, `height`, `order`; None without a history.

    Time is warped: only the order of calls and returns is kept, and every box is as wide as its words (Porcupine's
    greedy scan).
    """
    found = operations(message)
    if not found:
        return None
    # At equal times a call comes first: equal stamps are no order.
    points = sorted([(one["called"], 0, index) for index, one in enumerate(found)]
                    + [(one["returned"], 1, index) for index, one in enumerate(found) if one["returned"] is not None])
    at, starts, finishes = float(LEFT), {}, {}
    for _, is_return, index in points:
        if not is_return:
            starts[index] = at = at + GAP
        else:
            finishes[index] = at = max(at + GAP, starts[index] + needed(found[index]))
    end = max([at, *(starts[index] + needed(one) for index, one in enumerate(found))]) + GAP
    threads = sorted({one["thread"] for one in found})
    boxes = [{**one, "x": round(starts[index], 1), "y": TOP + ROW * threads.index(one["thread"]),
              "width": round(finishes.get(index, end) - starts[index], 1), "height": ROW - 10}
             for index, one in enumerate(found)]
    return {"boxes": boxes, "width": round(end + GAP), "height": TOP + ROW * len(threads),
            "lanes": [{"name": f"thread {thread}", "y": TOP + ROW * lane} for lane, thread in enumerate(threads)],
            "order": sorted((one for one in found if one["place"]), key=lambda one: one["place"]),
            "misfit": next((one for one in found if one["misfit"]), None)}


def needed(one: Json) -> float:
    """How wide the box of an operation has to be."""
    return len(one["words"]) * LETTER + PADDING + (24 if one["place"] else 0)
