"""Interleavings small enough to work out by hand, written as people would."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def event(step: int, thread: int, operation: str, variable: str = "", value: str = "", order: str = "",
          reads: int | None = None, stale: bool = False) -> Json:
    """One event of a trace, at line `step` of a header that exists."""
    return {"step": step, "thread": thread, "role": "setup" if thread < 0 else "worker", "operation": operation,
            "variable": variable, "value": value, "order": order, "reads_from": reads, "stale": stale,
            "where": {"file": "primitives/sync.hpp", "line": step + 1, "function": "gauntlet::f()"}}


def violation(violation_class: str, *trace: Json, **changes: Any) -> Json:
    return {"class": violation_class, "message": "m", "where": None, "trace": list(trace), "stacks": [], "replay": "",
            **changes}


def message_passing(store: str, load: str) -> list[Json]:
    """T0 writes data and sets a flag, T1 sees the flag and reads data: a race unless it is release and acquire."""
    return [event(0, -1, "initialise", "data", "0"), event(1, -1, "initialise", "flag", "0"),
            event(2, 0, "write", "data", "1"), event(3, 0, "store", "flag", "1", store),
            event(4, 1, "load", "flag", "1", load, reads=3), event(5, 1, "read", "data", "1", reads=2)]


def sleeper(*after: Json) -> list[Json]:
    """T0 goes to sleep on a word that holds 2; `after` is what the others do then."""
    return [event(0, -1, "initialise", "word", "2"), event(1, 0, "futex_wait sleeps", "word", "2", reads=0), *after]
