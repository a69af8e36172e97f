"""What the page shows of one violation: its headline, reason, interleaving, stacks and source."""

from __future__ import annotations

import re
from typing import Any

from reporting import explanation, graphs, history, interleaving, standing, viewer, wording
from reporting.snippets import snippet

Json = dict[str, Any]

ACCESS = re.compile(r"(?:(?P<atomic>atomic )|volatile )?(?P<verb>read|write) of (?P<size>\d+ bytes?)( by thread \w+)?")
VERBS = {"read": "reads", "write": "writes"}
# What ThreadSanitizer calls each misuse of a lock.
MISUSES = {
    "mutex-bad-unlock": "a lock is released by a thread that does not hold it",
    "mutex-double-lock": "a lock that is held is taken again",
    "mutex-destroy-locked": "a lock is destroyed while it is held",
    "mutex-bad-read-lock": "a lock that the thread holds is taken shared",
    "mutex-bad-read-unlock": "a lock that is held exclusively is released as if it were shared",
    "mutex-invalid-access": "a lock is used that was destroyed, or never made",
}
# Without its script the page shows the end of an interleaving; with it all of it.
LAST_ROWS = 24
SEAM = ("primitives/native", "primitives/sync")
HARNESS = ("stress/", "harness/", "models/", "lock_order/", *SEAM)
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
    threads = standing.table(violation, every)
    edges = [stack for stack in stacks if stack["holding"]] if violation["class"] == "lock_order" else []
    return {"headline": headline(violation, every, stacks), "explanation": sentence or locks_words(violation, stacks),
            "data": data, "places": data["places"] if data else [], "side_file": "", "dot": "",
            **lanes(every, len(violation["trace"])), "standing": threads,
            "graph": graphs.cycle(edges) if edges else graphs.wait_for(threads),
            "history": history.picture(violation["message"]) if violation["class"] == "not_linearizable" else None,
            "stack_groups": groups(violation["class"], stacks), "background": background(stacks),
            "sources": [one for one in sources if one["lines"] and wording.place(one["where"]) not in shown]}


def headline(violation: Json, every: list[Json], stacks: list[Json]) -> str:
    """One sentence that says what happened to whom, as far as the trace or the stacks tell."""
    accesses = [stack for stack in stacks if stack["kind"] == "access"]
    if edges := [stack for stack in stacks if stack["holding"]]:
        told = [f"{edge['thread'] or 'a thread'} takes {edge['lock']} while it holds {edge['holding']}"
                for edge in edges[:4]]
        more = ", …" if len(edges) > 4 else ""
        return f"{', and '.join(told)}{more}: {wording.count_words(len(edges), 'lock')} in a circle."
    parts = [ACCESS.fullmatch(stack["title"]) for stack in accesses]
    if violation["class"] == "data_race" and len(accesses) == 2 and all(parts) and all(
            one["thread"] and one["where"] for one in accesses):
        first, second = (f"{wording.short_function(one['where']['function'])} {VERBS[part['verb']]} {object_}"
                         f"{' atomically' if part['atomic'] else ''} in {one['thread']}"
                         for one, part, object_ in zip(accesses, parts, (parts[0]["size"], "them")))
        return f"{first}, while {second}; nothing orders the two."
    if violation["class"] == "data_race" and len(accesses) == 2:
        return f"{told_of(accesses[0])} against {told_of(accesses[1])}; nothing orders the two."
    if violation["class"] == "data_race" and (race := explanation.missing_edge(violation)):
        def told(row: Json, verb: str) -> str:
            function = wording.short_function(row["where"]["function"]) if row["where"] else "?"
            return f"{row['name']} {verb} {row['variable']} in {function} (#{row['first']})"
        return (f"{told(race.second, verb_of(race.second))}, and "
                f"{told(race.first, verb_of(race.first))}; nothing orders the two.")
    tool = violation["message"].partition(":")[0]
    if tool in MISUSES and stacks and stacks[0]["where"]:
        where = stacks[0]["where"]
        return f"{MISUSES[tool]}, in {wording.short_function(where['function'])} ({wording.place(where)})."
    freed = next((stack for stack in stacks if stack["kind"] == "free"), None)
    if violation["class"] in ("use_after_free", "double_free") and accesses and freed:
        return f"{told_of(accesses[0])}, of memory {told_of(freed)}."
    return violation["message"].split("\n", 1)[0].rstrip(":") or wording.class_words(violation["class"])


def locks_words(violation: Json, stacks: list[Json]) -> str:
    """What the locks held at a race's two accesses have in common; empty where the tool did not tell."""
    held = [{lock["lock"] for lock in stack["held"]} for stack in stacks
            if stack["kind"] == "access" and stack["held"] is not None]
    if violation["class"] != "data_race" or len(held) != 2:
        return ""
    if both := held[0] & held[1]:
        named, sees = ", ".join(sorted(both)), "do" if len(both) > 1 else "does"
        return f"Both threads hold {named}, and the accesses race all the same: {named} {sees} not order its holders."
    if not held[0] and not held[1]:
        return "Neither thread holds a lock."
    if held[0] and held[1]:
        return (f"The one holds {', '.join(sorted(held[0]))} and the other {', '.join(sorted(held[1]))}: "
                "no lock is held at both accesses.")
    return f"Only one of the two holds {', '.join(sorted(held[0] or held[1]))}; the other holds no lock."


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
    held = None if "held" not in stack else [
        {"lock": lock["lock"], "own": stack_view({"title": "", "kind": "lock", "frames": lock["frames"]})["own"]}
        for lock in stack["held"]]
    return {"title": stack["title"], "kind": stack["kind"], "thread": stack.get("thread", ""), "held": held,
            "lock": stack.get("lock", ""), "holding": stack.get("holding", ""), "own": own or frames[:3],
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
    if violation_class == "lock_order" and len(locks) % 2 == 0 and all(one["holding"] for one in locks[::2]):
        edges = len(locks) // 2
        for edge, one in enumerate(locks[::2]):
            made.append({"title": f"Edge {edge + 1} of {edges}: {one['holding']} → {one['lock']}",
                         "hint": f"{one['thread'] or 'A thread'} takes {one['lock']} (first stack) while it holds "
                                 f"{one['holding']} (second stack).", "cycle": True,
                         "stacks": locks[2 * edge:2 * edge + 2]})
    elif locks:
        made.append({"title": "Where", "hint": "", "cycle": False, "stacks": locks})
    return made
