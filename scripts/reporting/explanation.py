"""Why the two accesses of a race are not ordered, worked out from the trace: the sentence that its reader looks for.

Happens-before is computed over the whole trace with vector clocks (Fidge 1988; Mattern 1989). Says nothing where the
trace holds what this computation leaves out: fences, and threads that the scenario starts itself.
"""

from __future__ import annotations

from typing import Any

from reporting.interleaving import SETUP, rows

Json = dict[str, Any]
Clock = dict[int, int]

RELEASING = {"rel", "acq_rel", "sc"}
ACQUIRING = {"acq", "acq_rel", "sc", "con"}
LEFT_OUT = ("fence", "starts a thread", "joins a thread")


def explain(violation: Json) -> tuple[str, Json | None]:
    """One sentence, and the place of the operation that it blames, or None; ("", None) if there is nothing to say."""
    every = rows(violation["trace"])
    if violation["class"] != "data_race" or any(row["operation"].startswith(LEFT_OUT) for row in every):
        return "", None
    rival = unordered_rival(every)
    if rival is None:
        return "", None
    last = every[-1]
    there, here = f"T{rival['thread']}", f"T{last['thread']}"
    later = {row["first"]: row for row in every if row["thread"] == rival["thread"] and row["first"] > rival["first"]}
    reads = [row for row in every if row["thread"] == last["thread"] and row["reads_from"] in later]
    if not reads:
        return (f"Between #{rival['first']} and #{last['first']}, {here} reads nothing that {there} wrote after "
                f"#{rival['first']}, so nothing orders the two.", None)
    read = reads[-1]
    written = later[read["reads_from"]]
    weak = [(row, f"the {what} is {row['order'].split('/')[0 if row['writes'] else -1].removeprefix('memory_order_')}")
            for what, row, strong in (("write", written, RELEASING), ("read", read, ACQUIRING))
            if effective_order(row) not in strong]
    if not weak:
        return "", None
    return (f"{here} learns of {written['variable']} at #{read['first']}, from {there}'s #{written['first']}, but "
            f"{' and '.join(words for _, words in weak)}: the two do not synchronize, so #{rival['first']} is not "
            f"ordered before #{last['first']}.", weak[0][0]["where"])


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
    stamps, clock = happens_before(every)
    return next((row for row, (thread, time) in zip(reversed(every[:-1]), reversed(stamps[:-1]))
                 if row["variable"] == last["variable"] and thread not in (last["thread"], SETUP)
                 and (modifies(row) or modifies(last)) and not (row["short"] and last["short"])
                 and clock.get(thread, 0) < time), None)


def happens_before(every: list[Json]) -> tuple[list[tuple[int, int]], Clock]:
    """Each row's stamp (thread, time), and the last row's clock: row r happens before it if clock[thread] >= time."""
    clocks: dict[int, Clock] = {}
    messages: dict[int, Clock] = {}
    stamps = []
    for row in every:
        thread = row["thread"]
        clock = clocks.setdefault(thread, {})
        # What runs alone is ordered with every thread, in both directions.
        for other in list(clocks) if thread == SETUP else [SETUP]:
            join(clock, clocks.get(other, {}))
        clock[thread] = clock.get(thread, 0) + 1
        received = messages.get(row["reads_from"], {})
        if effective_order(row) in ACQUIRING:
            join(clock, received)
        if row["writes"]:
            # A read-modify-write carries on the release sequence that it read from.
            messages[row["first"]] = {**received}
            if effective_order(row) in RELEASING:
                join(messages[row["first"]], clock)
        stamps.append((thread, clock[thread]))
    return stamps, clocks[every[-1]["thread"]]


def join(clock: Clock, other: Clock) -> None:
    """Raises `clock` to the later of both, thread by thread."""
    for thread, time in other.items():
        clock[thread] = max(clock.get(thread, 0), time)
