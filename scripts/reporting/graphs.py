"""Who waits for what, and which locks are taken in a circle: as boxes and arrows that the page draws."""

from __future__ import annotations

import math
from typing import Any

Json = dict[str, Any]

# SVG units. A letter of a box's words is this wide.
LETTER, PADDING, HEIGHT, ROW, BETWEEN, MARGIN = 7.3, 10, 42, 62, 110, 8
MOST = 40


def wait_for(standing: list[Json]) -> Json | None:
    """The threads of standing.table() at the left, what they wait for at the right; None if nobody waits for a thing.

    A solid arrow goes from a thread to what it waits for, a dashed one from there to the thread that holds it or wrote
    it last.
    """
    threads = standing[:MOST]
    things: dict[str, Json] = {}
    for row, one in enumerate(threads):
        if words := thing_of(one):
            things.setdefault(key_of(one), {"row": row, "words": words, "by": blamed(one), "aside": aside(one)})
    if not things:
        return None
    left = max(width(one["who"], state(one)) for one in threads)
    right = max(width(one["words"], one["aside"]) for one in things.values())
    far = MARGIN + left + BETWEEN
    boxes = [box(MARGIN, row, left, one["who"], state(one), "thread " + one["state"])
             for row, one in enumerate(threads)]
    boxes += [box(far, one["row"], right, one["words"], one["aside"], "thing") for one in things.values()]
    arrows = [line(MARGIN + left, middle(row) - 6, far, middle(things[key_of(one)]["row"]) - 6, "waits")
              for row, one in enumerate(threads) if thing_of(one)]
    rows = {one["who"].split(" ", 1)[0] if one["step"] is not None else one["who"]: row
            for row, one in enumerate(threads)}
    arrows += [line(far, middle(one["row"]) + 8, MARGIN + left, middle(rows[one["by"]]) + 8, "held")
               for one in things.values() if one["by"] in rows]
    return {"boxes": boxes, "arrows": arrows, "labels": [], "width": round(far + right + MARGIN),
            "height": ROW * len(threads) + MARGIN, "words": sentences(threads)}


def thing_of(one: Json) -> str:
    """What a thread waits for, in words; empty if it isn't known, or if the thread is over."""
    if one["holder"]:
        return "a lock"
    if not one["variable"] or one["state"] == "ended":
        return ""
    if one["step"] is None:
        return f"{one['variable']} in {one['function']}"
    return f"{one['variable']} = {one['holds'] or '?'}"


def key_of(one: Json) -> str:
    """What tells a thing from others. Words of the native engines have no names, so each of them is its waiter's."""
    return thing_of(one) + (one["holder"] or one["who"] if one["step"] is None else "")


def blamed(one: Json) -> str:
    """The thread without which the wait won't end, as rows are named."""
    if one["holder"]:
        return str(one["holder"])
    return one["writer"]["name"].split(" ", 1)[0] if one["writer"] else ""


def aside(one: Json) -> str:
    """What is to be said of what is waited for."""
    if one["holder"]:
        return f"held by {one['holder']}"
    if one["writer"]:
        return f"last written by {blamed(one)} at #{one['writer']['first']}"
    if one["step"] is None:
        return f"holds {one['holds']}, {one['held']} was expected" if one["held"] else ""
    return "never written"


def state(one: Json) -> str:
    """`sleeps since #12`."""
    if one["step"] is None:
        return str(one["state"])
    return f"{one['state']} {'at' if one['state'] == 'ended' else 'since'} #{one['step']}"


def sentences(threads: list[Json]) -> str:
    """The graph for those who can't see it."""
    said = [f"{one['who']} {state(one)}" + (f", waits for {thing}, {aside(one)}" if (thing := thing_of(one)) else "")
            for one in threads]
    return "; ".join(said)


def cycle(edges: list[Json]) -> Json | None:
    """Locks as boxes in a circle, an arrow from each held lock to the one that is taken then, with the thread's name.

    @param edges each with `holding`, `lock` and `thread`, in the order of the cycle
    """
    if not 2 <= len(edges) <= MOST:
        return None
    count = len(edges)
    wide = max(width(one["holding"], "") for one in edges)
    label = max(len(one["thread"]) for one in edges) * LETTER
    radius = max(64.0, count * 34.0)
    x, y = label + radius + wide / 2 + MARGIN, radius + HEIGHT + 14
    # The first lock at the left, the next ones clockwise.
    at = [(x - radius * math.cos(turn), y - radius * math.sin(turn))
          for turn in (2 * math.pi * index / count for index in range(count))]
    boxes = [{"x": round(left - wide / 2, 1), "y": round(top - 16, 1), "width": round(wide, 1), "height": 32,
              "words": one["holding"], "aside": "", "sort": "lock"} for (left, top), one in zip(at, edges)]
    arrows, labels = [], []
    for index, one in enumerate(edges):
        turn = 2 * math.pi * (index + 0.5) / count
        outer = radius * (1.0 if count > 2 else 0.85)
        bent = (x - outer * 1.12 * math.cos(turn), y - outer * 1.12 * math.sin(turn))
        start, end = edge_of(at[index], bent, wide), edge_of(at[(index + 1) % count], bent, wide)
        arrows.append({"sort": "waits", "d": f"M{start[0]:.1f} {start[1]:.1f} Q{bent[0]:.1f} {bent[1]:.1f} "
                                             f"{end[0]:.1f} {end[1]:.1f}", "tip": tip(bent, end)})
        side = -math.cos(turn)
        labels.append({"x": round(x + (outer * 1.12 + 12) * side, 1),
                       "y": round(y - (outer * 1.06 + 10) * math.sin(turn) + 4, 1), "words": one["thread"],
                       "anchor": "middle" if abs(side) < 0.3 else "start" if side > 0 else "end"})
    words = "; ".join(f"{one['thread'] or 'a thread'} takes {one['lock']} while it holds {one['holding']}"
                      for one in edges)
    return {"boxes": boxes, "arrows": arrows, "labels": labels, "width": round(2 * x),
            "height": round(2 * y), "words": words}


def edge_of(center: tuple[float, float], toward: tuple[float, float], wide: float) -> tuple[float, float]:
    """Where the line from a lock's center leaves its box."""
    right, down = toward[0] - center[0], toward[1] - center[1]
    scale = min((wide / 2 + 3) / abs(right) if right else math.inf, 19 / abs(down) if down else math.inf)
    return center[0] + right * scale, center[1] + down * scale


def box(x: float, row: int, wide: float, words: str, under: str, sort: str) -> Json:
    return {"x": round(x, 1), "y": MARGIN + ROW * row, "width": round(wide, 1), "height": HEIGHT, "words": words,
            "aside": under, "sort": sort}


def middle(row: int) -> float:
    return MARGIN + ROW * row + HEIGHT / 2


def line(x: float, y: float, to_x: float, to_y: float, sort: str) -> Json:
    """A straight arrow between two columns."""
    return {"sort": sort, "d": f"M{x:.1f} {y:.1f} L{to_x:.1f} {to_y:.1f}", "tip": tip((x, y), (to_x, to_y))}


def tip(start: tuple[float, float], end: tuple[float, float]) -> str:
    """The head of an arrow, as the path of a triangle."""
    length = math.hypot(end[0] - start[0], end[1] - start[1]) or 1
    right, down = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    base = end[0] - 9 * right, end[1] - 9 * down
    return (f"M{end[0]:.1f} {end[1]:.1f} L{base[0] - 4 * down:.1f} {base[1] + 4 * right:.1f} "
            f"L{base[0] + 4 * down:.1f} {base[1] - 4 * right:.1f} Z")


def width(words: str, under: str) -> float:
    return max(len(words), len(under) * 0.92) * LETTER + 2 * PADDING
