"""How amounts, classes and grades are worded, so that every form of the report uses the same words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent

CLASSES = {
    "data_race": "data race",
    "lost_wakeup": "lost wake-up",
    "use_after_free": "use after free",
    "double_free": "double free",
    "not_linearizable": "not linearizable",
    "lock_order": "lock-order inversion",
    "lock_misuse": "lock misuse",
    "undefined": "undefined behaviour",
    "not_lock_free": "not lock-free",
}

# What a class means to someone who did not write the code.
CLASS_MEANINGS = {
    "data_race": "Two threads touch the same plain data, at least one writes, and nothing orders the two. In C++ the "
                 "program then has no meaning at all.",
    "deadlock": "Threads wait for each other, and none of them can ever go on.",
    "livelock": "Threads keep running and none of them gets anywhere.",
    "lost_wakeup": "A thread sleeps for good although the event it waits for has happened.",
    "assertion": "The code reached a state that its contract rules out.",
    "use_after_free": "Memory was used after it had been given back.",
    "double_free": "Memory was given back twice.",
    "leak": "Memory was never given back.",
    "not_linearizable": "No order of the operations, one at a time, explains the results that the threads saw.",
    "lock_order": "Locks are taken in opposite orders; with unlucky timing the threads wait for each other for ever.",
    "lock_misuse": "A lock was used in a way that it doesn't allow, such as being unlocked by another thread.",
    "starvation": "Threads go on and on, and one of them never gets what it waits for.",
    "not_lock_free": "While one thread is stopped, the others cannot complete what they do, though the code claims it.",
    "hang": "The run did not end in its time, and had to be stopped.",
    "crash": "The process died.",
    "undefined": "The C++ standard gives the operation no meaning.",
}

GRADE_MEANINGS = {
    "pass": "Nothing was violated in what was explored. The amount says how much that is.",
    "fail": "A promise was seen broken.",
    "hang": "The run never ended and was stopped.",
    "crash": "The process died.",
    "inconclusive": "Nothing was seen broken, and not enough was explored to say more. Never counted as a pass.",
    "expected failure": "A known-bad twin, caught by an engine that has to catch it. Good news.",
    "missed": "A known-bad twin that its engine did not catch. The harness is blind there: distrust what that engine "
              "passes.",
    "missing": "The registry lists the cell, and there is no result for it. Counts as failed.",
    "n/a": "Not run, for the reason given.",
}

# The strongest memory model under which a violation still occurs.
MODELS = {
    "sc": "sequential consistency is enough: the steps one after another, on any machine",
    "tso": "occurs on x86, whose stores may be late, and not under sequential consistency",
    "ra": "occurs with release and acquire alone, on weakly ordered machines, and not on x86",
    "rc11": "only weakly ordered machines, and compilers, show it: it does not occur on x86, whose stores may be late",
}

COVERAGE_MEANINGS = {
    "complete": "every execution of the sizes named: a proof for those sizes, in that engine's model",
    "bounded": "every execution of the sizes named that stays within further limits of the search",
    "sampled": "so many executions out of very many; rarer ones may remain",
}

# Engines whose executions are their own: a token is one of them.
REPEATABLE = ("relacy", "rc11")

FAILED = ("missed", "fail", "crash", "hang", "missing")
PASSED = ("pass", "expected failure")
SKIPPED = ("n/a",)


def class_words(violation_class: str) -> str:
    """`lost_wakeup` as people say it."""
    return CLASSES.get(violation_class, violation_class.replace("_", " "))


def count_words(number: int, singular: str, plural: str = "") -> str:
    """`1 cell`, `2 cells`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def short_number(number: int) -> str:
    """`950`, `1.2k`, `47k`, `2.1M`: never more than five characters, rounded down so that nothing is overstated."""
    for size, letter in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= size:
            tenths = number * 10 // size
            return f"{tenths // 10}.{tenths % 10}{letter}" if tenths < 100 else f"{tenths // 10}{letter}"
    return str(number)


def bounds_words(bounds: dict[str, Any]) -> str:
    """`3 threads × 2 operations`, with what else bounds the search: `, 1 time-out`; empty for {}."""
    parts = [count_words(bounds[name], name.removesuffix("s")) for name in ("threads", "operations") if name in bounds]
    waits = [count_words(bounds[name], words) for name, words in (
        ("time_outs", "time-out"), ("spurious_wakeups", "spurious wake-up")) if name in bounds]
    twins = [f"{bounds['interchangeable']} interchangeable"] if "interchangeable" in bounds else []
    held = [f"loop at {bounds['loop']}"] if "loop" in bounds else []
    return ", ".join(filter(None, (" × ".join(parts), *twins, *waits, *held)))


def amount(check: dict[str, Any]) -> str:
    """How much one check explored: `complete (3 threads × 2 operations)`, `sampled (2.1M)`."""
    bounds = bounds_words(check["bounds"])
    explored = short_number(check["explored"])
    if check["coverage"] == "sampled" and (total := estimate(check)):
        return f"sampled ({explored} of about {short_number(total)})"
    if check["coverage"] == "sampled" or not bounds:
        return f"{check['coverage']} ({explored})"
    return f"complete ({bounds})" if check["coverage"] == "complete" else f"bounded ({explored}, {bounds})"


def estimate(check: dict[str, Any]) -> int:
    """How many executions all sizes of a search have together, by its own estimate; 0 if it has none.

    Of each size's searches the largest counts: with more that is spurious it has all that it has without.
    """
    most: dict[tuple[int, int], float] = {}
    for one in check.get("searches", []):
        size = one["threads"], one["operations"]
        most[size] = max(most.get(size, 0.0), one["estimate"])
    return int(sum(most.values()))


def short_amount(checks: Iterable[dict[str, Any]]) -> str:
    """How much the checks of a cell explored, for a cell of the matrix: `sampled 2.1M`, `complete 3×2`."""
    checks = list(checks)
    sizes = {(one["bounds"].get("threads"), one["bounds"].get("operations")) for one in checks}
    coverage = weakest(checks)
    if coverage == "complete" and len(sizes) == 1 and None not in (size := sizes.pop()):
        return f"complete {size[0]}×{size[1]}"
    return f"{coverage} {short_number(sum(one['explored'] for one in checks))}"


def weakest(checks: Iterable[dict[str, Any]]) -> str:
    """The least that any of these checks claims to have covered."""
    covered = {one["coverage"] for one in checks}
    return next((name for name in ("sampled", "bounded", "complete") if name in covered), "nothing")


def cell_amount(checks: Iterable[dict[str, Any]]) -> str:
    """How much the checks of a cell explored together: the weakest coverage among them, and the sum."""
    checks = list(checks)
    if not checks:
        return ""
    coverage = weakest(checks)
    total = sum(one["explored"] for one in checks)
    sizes = {bounds_words(one["bounds"]) for one in checks}
    if coverage == "sampled" or len(sizes) == 1:
        return amount({"coverage": coverage, "bounds": checks[0]["bounds"], "explored": total})
    return f"{coverage} ({short_number(total)}, sizes differ by check)"


def short_commit(text: str) -> str:
    """A commit's full hash as its first 12 digits; what is said besides it stays."""
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{28}\b", r"\1", str(text))


def short_function(name: str) -> str:
    """`contest::visit` for a demangled name of several lines: no parameters, no template arguments, no return type."""
    if len(name) > 20_000:
        return name[:60] + "…"
    kept, depth = [], 0
    for letter in name.replace("operator()", "call").replace("(anonymous namespace)::", "").replace("->", "→"):
        depth -= letter in ">)"
        if depth == 0 and letter not in "<>()":
            kept.append(letter)
        depth += letter in "<("
    words = [word for word in "".join(kept).split() if word not in ("const", "void")]
    return (words[-1] if words else name[:60]).removeprefix("gauntlet::").replace("contracts::", "")[:100]


def place(where: dict[str, Any] | None) -> str:
    """`primitives/mutex/ticket_lock.hpp:42`; empty when unknown."""
    if not where or not where["file"]:
        return ""
    return f"{where['file']}:{where['line']}" if where["line"] else where["file"]


def in_project(where: dict[str, Any]) -> bool:
    """Whether a frame is the project's own code: a file of the repository, named relative to its root."""
    return is_project_file(where["file"])


def is_own(frame: dict[str, Any]) -> bool:
    """Whether a stack's frame is the project's own, by its file or, where that is unknown, by its name."""
    return in_project(frame) or frame["function"].startswith("gauntlet::")


@cache
def is_project_file(name: str) -> bool:
    """A relative path alone proves nothing: the C library was built with relative paths, too."""
    try:
        path = (ROOT / name).resolve()
        return not name.startswith("/") and path.is_relative_to(ROOT) and path.is_file()
    except (OSError, ValueError, RuntimeError):
        return False


def seen_after(check: dict[str, Any]) -> str:
    """How soon a violation was seen: `after 12 executions`."""
    if not check["explored"]:
        return f"in the first {check['unit'][:-1]}"
    return f"after {count_words(check['explored'], check['unit'][:-1])}"


def reproduction(cell: dict[str, Any], check: dict[str, Any]) -> str:
    """How often running a failure again showed it again, or what to expect of it."""
    found = check["violation"].get("reproduced")
    if found:
        return (f"The same round failed again in {found['failed']} of {count_words(found['attempts'], 'attempt')}: "
                "the command repeats what was drawn for it, not how the system schedules its threads.")
    if cell["engine"] in REPEATABLE and check["violation"]["replay"]:
        return "Fails every time: the command runs the very same execution again."
    return ("How often it fails again was not measured. The command repeats what was drawn, not how the system "
            "schedules real threads, so that it may take several runs.")


def violation_id(cell: dict[str, Any], check: dict[str, Any]) -> str:
    """What names a violated check in links and files: `ticket_lock.relacy.fifo`."""
    return f"{cell['primitive']}.{cell['engine']}.{check['check']}"


def replay_command(token: str) -> str:
    """The command that runs a recorded failure again; empty without a token."""
    return f"make replay TOKEN={shlex.quote(token)}" if token else ""


def run_command(cell: dict[str, Any]) -> str:
    """The command that runs one cell."""
    return f"make check PRIMITIVE={cell['primitive']} ENGINE={cell['engine']}"
