"""Why it went wrong, worked out from the trace: the sentence that its reader looks for.

Happens-before is computed over the whole trace with vector clocks (Fidge 1988; Mattern 1989). Says nothing where the
trace holds what this computation leaves out: fences, and threads that are started without being named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from reporting import standing
from reporting.interleaving import SETUP, rows

Json = dict[str, Any]
Clock = dict[int, int]

RELEASING = {"rel", "acq_rel", "sc"}
ACQUIRING = {"acq", "acq_rel", "sc", "con"}
STARTS, JOINS = "starts a thread", "joins a thread"
THREAD = re.compile(r"T(\d+)")


@dataclass(frozen=True)
class Missing:
    """Two steps that nothing orders, and the read and the write that come nearest to it, if there are any."""

    first: Json
    second: Json
    read: Json | None = None
    written: Json | None = None


def explain(violation: Json) -> tuple[str, Json | None]:
    """One or more sentences, and the place of the operation that they blame, or None; ("", None) for nothing to say."""
    every = rows(violation["trace"])
    if violation["class"] in standing.STUCK:
        return standing.explain(every) if every else standing.explain_said(violation["message"]), None
    missing = missing_edge(violation)
    return unordered(missing) if missing else ("", None)


def is_complete(every: list[Json]) -> bool:
    """Whether happens-before can be computed from these rows alone."""
    return not any(row["operation"].startswith("fence") or
                   row["operation"] in (STARTS, JOINS) and not THREAD.fullmatch(row["variable"]) for row in every)


def missing_edge(violation: Json) -> Missing | None:
    """The two accesses of a race; None for anything else, or if the trace does not show why they are one."""
    every = rows(violation["trace"])
    if violation["class"] != "data_race" or not every or not is_complete(every):
        return None
    first = unordered_rival(every)
    return between(first, every[-1], every) if first else None


def stale_reads(every: list[Json], most: int = 50) -> dict[int, str]:
    """Why a stale read need not see the newer value, by its step: for the first `most` of them.

    No verdict: a program may be right to allow them.
    """
    if not is_complete(every):
        return {}
    at = {row["first"]: row for row in every}
    found = [row for row in every if row["stale"] and row["newer"]][:most]
    return {row["first"]: unordered(between(at[row["newer"]["step"]], row, every))[0] for row in found}


def between(first: Json, second: Json, every: list[Json]) -> Missing:
    """Two steps that nothing orders, with the last read between them of something that the first's thread wrote."""
    if first["thread"] == SETUP:
        return Missing(first, second)
    later = {row["first"]: row for row in every if row["thread"] == first["thread"] and row["first"] > first["first"]}
    reads = [row for row in every if row["thread"] == second["thread"] and row["first"] < second["first"]
             and row["reads_from"] in later]
    return Missing(first, second, reads[-1], later[reads[-1]["reads_from"]]) if reads else Missing(first, second)


def unordered(missing: Missing) -> tuple[str, Json | None]:
    """Why the two steps are not ordered, and the place to blame."""
    first, second, read, written = missing.first, missing.second, missing.read, missing.written
    there, here = f"T{first['thread']}", f"T{second['thread']}"
    if read is None or written is None:
        return (f"Between #{first['first']} and #{second['first']}, {here} reads nothing that {there} wrote after "
                f"#{first['first']}, so nothing orders the two.", None)
    weak = [(row, f"the {what} is {row['order'].split('/')[0 if row['writes'] else -1].removeprefix('memory_order_')}")
            for what, row, strong in (("write", written, RELEASING), ("read", read, ACQUIRING))
            if effective_order(row) not in strong]
    if not weak:
        return "", None
    return (f"{here} learns of {written['variable']} at #{read['first']}, from {there}'s #{written['first']}, but "
            f"{' and '.join(words for _, words in weak)}: the two do not synchronize, so #{first['first']} is not "
            f"ordered before #{second['first']}.", weak[0][0]["where"])


def effective_order(row: Json) -> str:
    """The order that took effect: of a compare_exchange's two, the first if it wrote."""
    return row["short"].split("/")[0 if row["writes"] else -1]


def modifies(row: Json) -> bool:
    """Whether the access conflicts with a read."""
    return row["writes"] or row["operation"] in ("destroy", "free")


def unordered_rival(every: list[Json]) -> Json | None:
    """The last access by another thread that conflicts with the last row and does not happen before it, or None."""
    if not every or not every[-1]["variable"]:
        return None
    last = every[-1]
    stamps, clock, _ = happens_before(every)
    return next((row for row, (thread, time) in zip(reversed(every[:-1]), reversed(stamps[:-1]))
                 if overlap(row["variable"], last["variable"]) and thread not in (last["thread"], SETUP)
                 and (modifies(row) or modifies(last)) and not (row["short"] and last["short"])
                 and clock.get(thread, 0) < time), None)


def overlap(one: str, other: str) -> bool:
    """Whether two variables are the same, or the one a part of the other, as of a piece of the heap."""
    return one == other or one.startswith((f"{other}.", f"{other}[")) or other.startswith((f"{one}.", f"{one}["))


def acquired(every: list[Json]) -> set[int]:
    """The steps of the reads that synchronize with what they read from."""
    return happens_before(every)[2]


def happens_before(every: list[Json]) -> tuple[list[tuple[int, int]], Clock, set[int]]:
    """Each row's stamp (thread, time), the last row's clock, and the steps that synchronize.

    Row r happens before the last if clock[thread] >= time.
    """
    clocks: dict[int, Clock] = {}
    messages: dict[int, Clock] = {}
    stamps = []
    synchronize = set()
    for row in every:
        thread = row["thread"]
        clock = clocks.setdefault(thread, {})
        # What runs alone is ordered with every thread, in both directions.
        for other in list(clocks) if thread == SETUP else [SETUP]:
            join(clock, clocks.get(other, {}))
        clock[thread] = clock.get(thread, 0) + 1
        if row["operation"] in (STARTS, JOINS) and (named := THREAD.fullmatch(row["variable"])):
            other = clocks.setdefault(int(named[1]), {})
            join(*((other, clock) if row["operation"] == STARTS else (clock, other)))
        received = messages.get(row["reads_from"], {})
        if received and effective_order(row) in ACQUIRING:
            join(clock, received)
            synchronize.add(row["first"])
        if row["writes"]:
            # A read-modify-write carries on the release sequence that it read from.
            messages[row["first"]] = {**received}
            if effective_order(row) in RELEASING:
                join(messages[row["first"]], clock)
        stamps.append((thread, clock[thread]))
    return stamps, clocks[every[-1]["thread"]], synchronize


def join(clock: Clock, other: Clock) -> None:
    """Raises `clock` to the later of both, thread by thread."""
    for thread, time in other.items():
        clock[thread] = max(clock.get(thread, 0), time)
