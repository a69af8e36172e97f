"""An interleaving as Chrome's trace events, which Perfetto and chrome://tracing open."""

from __future__ import annotations

import json
from typing import Any

from reporting import interleaving

Json = dict[str, Any]

# A step is drawn a millisecond long, with a gap; the format counts microseconds.
STEP, LENGTH = 1000, 900


def chrome_trace(violation: Json) -> str:
    """The document: a slice a step, a row a thread, and a flow from each write to the reads that saw it."""
    every = [row for event in violation["trace"] for row in interleaving.rows([event])]
    at = {row["step"]: row for row in every}
    names = {row["thread"]: row["name"] for row in reversed(every)}
    events: list[Json] = [{"ph": "M", "name": "thread_name", "pid": 1, "tid": thread + 1, "args": {"name": name}}
                          for thread, name in sorted(names.items())]
    for row in every:
        start = {"pid": 1, "tid": row["thread"] + 1, "ts": row["step"] * STEP}
        events.append({**start, "ph": "X", "dur": LENGTH, "name": interleaving.action(row), "cat": "step",
                       "args": {"step": row["step"], "place": row["place"], "stale": row["stale"]}})
        if row["reads_from"] in at:
            write = at[row["reads_from"]]
            flow = {"pid": 1, "cat": "reads-from", "name": "reads from", "id": row["step"]}
            events.append({**flow, "ph": "s", "tid": write["thread"] + 1, "ts": write["step"] * STEP})
            events.append({**flow, "ph": "f", "bp": "e", "tid": start["tid"], "ts": start["ts"]})
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ms"}, separators=(",", ":")) + "\n"
