"""What the page shows of one violation: its headline, reason, interleaving, stacks and source."""

from __future__ import annotations

from typing import Any

from reporting import explanation, history, interleaving, standing, viewer, wording
from reporting.snippets import snippet

Json = dict[str, Any]

# Without its script the page shows the end of an interleaving; with it all of it.
LAST_ROWS = 40
SEAM = ("primitives/native", "primitives/sync")
HARNESS = ("stress/", "harness/", "models/", *SEAM)
HARNESS_NAMES = ("gauntlet::stress::", "gauntlet::harness::", "gauntlet::sync::", "gauntlet::models::")


def evidence(violation: Json) -> Json:
    """A violation as the page's templates want it."""
    every = interleaving.rows(violation["trace"])
    sentence, blamed = explanation.explain(violation)
    stacks = [stack_view(stack) for stack in violation["stacks"]]
    shown = {wording.place(stack["where"]) for stack in stacks}
    sources = [{"title": "the operation to look at", "where": blamed, "lines": snippet(blamed)},
               {"title": "where it was noticed", "where": violation["where"], "lines": snippet(violation["where"])}]
    data = viewer.data(violation)
    return {"headline": headline(violation, every, stacks), "explanation": sentence, "data": data,
            "places": data["places"] if data else [], "side_file": "", **lanes(every, len(violation["trace"])),
            "standing": standing.table(violation, every),
            "history": history.picture(violation["message"]) if violation["class"] == "not_linearizable" else None,
            "stack_groups": groups(violation["class"], stacks), "background": background(stacks),
            "sources": [one for one in sources if one["lines"] and wording.place(one["where"]) not in shown]}


def headline(violation: Json, every: list[Json], stacks: list[Json]) -> str:
    """One sentence that says what happened to whom, as far as the trace or the stacks tell."""
    accesses = [stack for stack in stacks if stack["kind"] == "access"]
    if violation["class"] == "data_race" and len(accesses) == 2:
        return f"{told_of(accesses[0])} against {told_of(accesses[1])}; nothing orders the two."
    if violation["class"] == "data_race" and (race := explanation.missing_edge(violation)):
        def told(row: Json, verb: str) -> str:
            function = wording.short_function(row["where"]["function"]) if row["where"] else "?"
            return f"{row['name']} {verb} {row['variable']} in {function} (#{row['first']})"
        return (f"{told(race.second, verb_of(race.second))}, and "
                f"{told(race.first, verb_of(race.first))}; nothing orders the two.")
    freed = next((stack for stack in stacks if stack["kind"] == "free"), None)
    if violation["class"] in ("use_after_free", "double_free") and accesses and freed:
        return f"{told_of(accesses[0])}, of memory {told_of(freed)}."
    return violation["message"].split("\n", 1)[0].rstrip(":") or wording.class_words(violation["class"])


def told_of(stack: Json) -> str:
    """`read of 4 bytes by thread T4 in contest::visit (primitives/mutex/contract.hpp:56)`."""
    where = stack["where"]
    if not where:
        return str(stack["title"])
    return f"{stack['title']} in {wording.short_function(where['function'])} ({wording.place(where)})"


def verb_of(row: Json) -> str:
    """What a thread does to a variable, in the third person."""
    known = {"read": "reads", "load": "reads", "destroy": "destroys", "free": "frees"}
    return "writes" if row["writes"] else known.get(row["operation"], row["operation"])


def lanes(every: list[Json], recorded: int) -> Json:
    """The end of a trace as a table with a column for each thread."""
    names = {row["thread"]: row["name"] for row in reversed(every)}
    threads = sorted(names)
    rows = [row and {"steps": interleaving.steps(row), "lane": threads.index(row["thread"]), "stale": row["stale"],
                     "text": f"{interleaving.action(row)} {interleaving.remark(row)}".rstrip(), "place": row["place"],
                     "times": row["times"]}
            for row in interleaving.tail(every, LAST_ROWS)]
    return {"threads": [names[thread] for thread in threads], "rows": rows, "steps_recorded": recorded}


def stack_view(stack: Json) -> Json:
    """A stack with the frames to look at apart from the harness's and the libraries'."""
    frames = [{**frame, "short": wording.short_function(frame["function"]) or "?"} for frame in stack["frames"]]
    own = [frame for frame in frames if wording.is_own(frame)
           and not (frame["file"].startswith(HARNESS) or frame["function"].startswith(HARNESS_NAMES))]
    telling = next((frame for frame in own if frame["file"]), own[0] if own else None)
    return {"title": stack["title"], "kind": stack["kind"], "own": own or frames[:3],
            "others": [frame for frame in frames if frame not in (own or frames[:3])],
            "where": telling, "lines": snippet(telling), "busy": bool(own)}


def is_busy(stack: Json) -> bool:
    """Whether a thread is in code of a primitive or of its contract, rather than between two rounds."""
    return bool(stack["busy"])


def background(stacks: list[Json]) -> list[Json]:
    """The stacks that only complete the picture."""
    some_work = any(stack["kind"] == "thread" and is_busy(stack) for stack in stacks)
    return [stack for stack in stacks
            if stack["kind"] == "creation" or stack["kind"] == "thread" and some_work and not is_busy(stack)]


def groups(violation_class: str, stacks: list[Json]) -> list[Json]:
    """The stacks to look at, in groups with a title."""
    told = [("The accesses" if violation_class == "data_race" else "The access", "", ("access",)),
            ("Whose memory it is", "", ("free", "allocation", "location"))]
    made = [{"title": title, "hint": hint, "cycle": False, "stacks": some} for title, hint, kinds in told
            if (some := [stack for stack in stacks if stack["kind"] in kinds])]
    waiting = [stack for stack in stacks if stack["kind"] == "thread"]
    if busy := [stack for stack in waiting if is_busy(stack)] or waiting:
        made.append({"title": "What the threads were doing", "hint": "", "cycle": False, "stacks": busy})
    locks = [stack for stack in stacks if stack["kind"] == "lock"]
    if violation_class == "lock_order" and len(locks) >= 2 and len(locks) % 2 == 0:
        edges = len(locks) // 2
        for edge in range(edges):
            made.append({"title": f"Edge {edge + 1} of {edges}: {lock_name(edge)} → {lock_name((edge + 1) % edges)}",
                         "hint": f"A thread takes {lock_name((edge + 1) % edges)} (first stack) while it holds "
                                 f"{lock_name(edge)} (second stack).", "cycle": True,
                         "stacks": locks[2 * edge:2 * edge + 2]})
    elif locks:
        made.append({"title": "Where", "hint": "", "cycle": False, "stacks": locks})
    return made


def lock_name(number: int) -> str:
    """Locks have no names in a report: A, B, C …"""
    return f"lock {chr(ord('A') + number % 26)}"
