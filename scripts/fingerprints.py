"""Which violations are one and the same: a name for what happened that neither addresses nor other lines' edits change.

A violation with stacks of its own (accesses, acquisitions of locks) is known by them: what each did, through which
functions of the repository, and how far its line is from the first line that the report names in that function. One
without is known by its place and its message, whose numbers don't count.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import stacks

# Stacks that say what happened; the others say where threads and memory came from.
TELLING = ("access", "free", "lock")
# Frames that count, from the innermost.
DEPTH = 4


def fingerprint(violation: dict[str, Any]) -> str:
    """Sixteen hexadecimal digits, the same for the same fault. Takes accesses in either order."""
    telling = [stack for stack in violation["stacks"] if stack["kind"] in TELLING]
    parts = sorted(described(stack, first_lines(telling)) for stack in telling)
    if not any("@" in part for part in parts):
        place = violation["where"] or {"file": "", "function": ""}
        message = violation["message"].split("\n", 1)[0]
        parts = [place["file"], place["function"], re.sub(r"0x[0-9a-f]+|\d+", "#", message)]
    return hashlib.sha256("\n".join([violation["class"], *parts]).encode()).hexdigest()[:16]


def first_lines(found: list[stacks.Stack]) -> dict[tuple[str, str], int]:
    """The first line that the stacks name in each function of each file."""
    first: dict[tuple[str, str], int] = {}
    for frame in (frame for stack in found for frame in stack["frames"]):
        key = (frame["file"], frame["function"])
        first[key] = min(first.get(key, frame["line"]), frame["line"])
    return first


def described(stack: stacks.Stack, first: dict[tuple[str, str], int]) -> str:
    """What a stack did, without its thread, and where: `atomic write of # bytes unlock@lock.hpp+2 …`."""
    done = re.sub(r" by thread \w+", "", stack["title"])
    own = [frame for frame in stack["frames"] if stacks.is_inside(frame["file"])][:DEPTH]
    return " ".join([re.sub(r"\d+", "#", done), *(
        f"{frame['function']}@{frame['file']}+{frame['line'] - first[frame['file'], frame['function']]}"
        for frame in own)])


def fold(checks: list[dict[str, Any]]) -> None:
    """Gives the violations of one cell their fingerprints. Of those that are one, the first gets the `count`, and the
    others the name of the first one's check as `same_as`."""
    first: dict[str, dict[str, Any]] = {}
    for check in (check for check in checks if check["violation"]):
        violation = check["violation"]
        violation["fingerprint"] = fingerprint(violation)
        earlier = first.setdefault(violation["fingerprint"], check)
        if earlier is check:
            violation["count"] = 1
        else:
            violation["same_as"] = earlier["check"]
            earlier["violation"]["count"] += 1
