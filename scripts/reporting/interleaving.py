"""A trace as rows that people read: repeated steps folded, reads joined to the writes that they saw or missed.

The notation follows GenMC's text graphs: operation and order, variable=value, the step that was read from.
"""

from __future__ import annotations

import re
from typing import Any

from reporting.wording import place

Json = dict[str, Any]

ORDERS = {"relaxed": "rlx", "consume": "con", "acquire": "acq", "release": "rel", "acq_rel": "acq_rel", "seq_cst": "sc"}
WRITES = re.compile(
    r"(atomic |plain |volatile )?(store|write|set|exchange|fetch|rmw|compare_exchange|init|create|(try_|un)?lock)")
SETUP = -1


def writes(event: Json) -> bool:
    """Whether the event put a new value into its variable. A failed compare_exchange is a read."""
    return bool(WRITES.match(event["operation"])) and "fail" not in event["operation"] + event["value"]


def short_order(order: str) -> str:
    """`acquire` as `acq`; both orders of a compare_exchange as `acq_rel/rlx`."""
    return "/".join(ORDERS.get(part, part) for part in re.split(r"[/,]\s*", order.replace("memory_order_", "")) if part)


def thread_name(event: Json) -> str:
    """`T2 consumer`; `setup` for what runs alone."""
    return "setup" if event["thread"] == SETUP else f"T{event['thread']} {event['role']}".rstrip()


def rows(trace: list[Json]) -> list[Json]:
    """The trace with runs of equal steps by one thread folded into one row each.

    A row has the event's own members and `first`, `last` (steps), `times`, `name` (the thread's), `short` (the order),
    `place`, `writes`, and `newer`: for a stale read the newest write that it missed, or None.
    """
    folded: list[Json] = []
    newest: dict[str, list[Json]] = {}
    for event in trace:
        row = {**event, "first": event["step"], "last": event["step"], "times": 1, "name": thread_name(event),
               "short": short_order(event["order"]), "place": place(event["where"]), "writes": writes(event),
               "newer": None}
        if event["stale"]:
            row["newer"] = newer(event, newest.get(event["variable"], []))
        if folded and same(folded[-1], row):
            folded[-1] |= {"last": event["step"], "times": folded[-1]["times"] + 1}
        else:
            folded.append(row)
        if row["writes"] and event["variable"]:
            newest.setdefault(event["variable"], []).append(event)
    return folded


def newer(read: Json, writes_before: list[Json]) -> Json | None:
    """The newest of the writes that a stale read missed, as `step` and `value`; None if it is not in the trace."""
    seen = -1 if read["reads_from"] is None else read["reads_from"]
    if not writes_before or writes_before[-1]["step"] <= seen:
        return None
    return {"step": writes_before[-1]["step"], "value": writes_before[-1]["value"]}


def sign(row: Json) -> str:
    """Which way the value went: `←` into the variable, `→` out of it, `=` neither."""
    return "←" if row["writes"] else "→" if row["reads_from"] is not None else "="


def same(before: Json, row: Json) -> bool:
    """Whether `row` only repeats `before`, as a thread that spins does."""
    return not row["writes"] and before["thread"] == row["thread"] and sight(before) == sight(row)


def sight(row: Json) -> tuple[Any, ...]:
    """What a step did and saw."""
    return tuple(row[key] for key in ("operation", "variable", "value", "order", "reads_from", "stale", "place"))


def tail(all_rows: list[Json], most: int) -> list[Json | None]:
    """The last `most` rows, preceded by the earlier writes that they read or missed; None stands for rows left out."""
    start = max(0, len(all_rows) - most)
    wanted = {row["reads_from"] for row in all_rows[start:]} | {
        row["newer"]["step"] for row in all_rows[start:] if row["newer"]}
    shown: list[Json | None] = []
    skipping = False
    for index, row in enumerate(all_rows):
        if index >= start or row["first"] in wanted:
            shown += [None] if skipping else []
            shown.append(row)
            skipping = False
        else:
            skipping = True
    return shown


def steps(row: Json) -> str:
    """`#12`, or `#12–19` for a folded row."""
    return f"#{row['first']}" if row["times"] == 1 else f"#{row['first']}–{row['last']}"


def action(row: Json) -> str:
    """`load acq serving_=1`."""
    target = "=".join(filter(None, (row["variable"], row["value"])))
    return " ".join(filter(None, (row["operation"], row["short"], target)))


def remark(row: Json) -> str:
    """What else there is to say: `[#14]`, `×8`, `stale; newer: #10 wrote 42`."""
    said = [f"[#{row['reads_from']}]"] if row["reads_from"] is not None else []
    said += [f"×{row['times']}"] if row["times"] > 1 else []
    if row["stale"]:
        newer = row["newer"]
        said.append(f"stale; newer: #{newer['step']} wrote {newer['value']}" if newer else "stale")
    return " ".join(said)
