"""Outcomes for checks: those that a cell recorded, and those that it didn't live to record."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import records
import sanitizer_text
import stacks
from registry import Engine

# A cell's exit statuses: nothing violated, something violated; bad arguments, records that it couldn't write.
CLEAN, VIOLATED = 0, 201
OWN_FAILURES = (2, 3)
# These come from outside (an operator, the kernel when memory runs out) and say nothing about a primitive.
FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# The check that stands for what a process does after its last one: leaks and crashes while it ends.
AT_EXIT = "at_exit"


@dataclass(frozen=True)
class Budget:
    """What a check may use. `seconds` is asked of the cell; `slack` is for what the budget doesn't cover."""

    effort: str
    seconds: float
    seed: int
    slack: float = 20.0

    @property
    def limit(self) -> float:
        """Seconds after which a check counts as hung. Also the limit of a cell's silence between two checks."""
        return 4 * self.seconds + self.slack


@dataclass
class Run:
    """A cell under way. `settled`, `expected` and `trouble` are its outcome; the rest is the state of one process."""

    name: str
    engine: Engine
    binary: Path
    directory: Path
    budget: Budget
    boost_arguments: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    settled: dict[str, dict[str, Any]] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)

    process: subprocess.Popen[bytes] | None = None
    reader: records.Reader | None = None
    listing: bool = True
    began: float = 0.0
    check: str = ""
    since: float = 0.0
    violations: dict[str, dict[str, Any]] = field(default_factory=dict)
    stalled: bool = False
    done: bool = False
    log_start: int = 0
    settled_before: int = 0

    @property
    def log(self) -> Path:
        """What the cell's processes printed."""
        return self.directory / f"{self.name}.log"

    @property
    def missing(self) -> list[str]:
        """Checks without an outcome."""
        return [check for check in self.expected if check not in self.settled]


def settle(run: Run, check: dict[str, Any]) -> None:
    """A check has its outcome. The first one counts, and so does the first violation."""
    name = check["check"]
    run.check = ""
    if name in run.settled:
        run.trouble.append(f"{name} finished twice")
        return
    first = run.violations.get(name)
    # Of the same class, what the check ended with is the fuller account.
    if first and (check["violation"] or {}).get("class") != first["class"]:
        check["outcome"], check["violation"] = "violated", first
        check.pop("reason", None)
    if check["violation"] is not None and not check["violation"]["replay"]:
        check["violation"]["replay"] = f"{run.name}.{name}"
    run.settled[name] = check


def settle_here(run: Run, name: str, violation: dict[str, Any] | None, reason: str = "") -> None:
    """An outcome for a check that the cell didn't finish: violated, or unknown for a reason."""
    token = re.fullmatch(r".*\.(\d+)x(\d+)\.\d+\.(\d+)", violation["replay"]) if violation else None
    bounds = {"threads": int(token[1]), "operations": int(token[2])} if token else {}
    check = {"check": name, "outcome": "violated" if violation else "unknown", "coverage": "sampled", "bounds": bounds,
             "explored": max(int(token[3]), 1) if token else int(violation is not None), "unit": run.engine.unit,
             "seconds": round(time.monotonic() - run.since, 3) if name == run.check else 0.0, "seed": run.budget.seed,
             "violation": violation}
    settle(run, {**check, "reason": reason} if reason else check)


def unfinished(run: Run, reason: str) -> None:
    """The running check will not finish: violated if a violation was seen, else unknown, and trouble."""
    name = run.check
    if seen := run.violations.get(name):
        settle_here(run, name, seen)
    else:
        run.trouble.append(f"{name}: {reason}")
        settle_here(run, name, None, reason)


def violation(kind: str, message: str, found: list[stacks.Stack] | None = None) -> dict[str, Any]:
    """A violation that the runner saw. `replay` follows when it is settled."""
    found = found or []
    return {"class": kind, "message": message, "where": stacks.own_place(found), "trace": [], "stacks": found,
            "replay": ""}


def after_exit(run: Run, status: int) -> str:
    """Settles the check that the process died in, if any. Returns what to say of checks that never ran."""
    assert run.reader is not None
    orderly = status in (CLEAN, VIOLATED)
    if orderly and run.reader.rest():
        run.trouble.append(f"the last record has no end: {run.reader.rest()[:80]!r}")
    if run.check and (orderly or not is_death(status)):
        unfinished(run, f"the cell ended ({ending(status)}) without finishing it{'' if orderly else last_lines(run)}")
    elif run.check:
        settle_here(run, run.check, run.violations.get(run.check) or death(run, status))
    elif not orderly and not run.missing and is_death(status):
        died_after_checks(run, status)
    elif not orderly:
        run.trouble.append(f"the cell died between checks: {ending(status)}{last_lines(run)}")
        return f"the cell died: {ending(status)}"
    elif status == VIOLATED and not any(check["outcome"] == "violated" for check in run.settled.values()):
        run.trouble.append("the exit status says that a check was violated, no record does")
    return f"the cell ended ({ending(status)}) without running it"


def is_death(status: int) -> bool:
    """Whether a process's end tells something about what it ran."""
    return status not in OWN_FAILURES and -status not in FROM_OUTSIDE


def died_after_checks(run: Run, status: int) -> None:
    """A cell that finished its checks and then didn't end well."""
    seen = death(run, status)
    reported = any(check["outcome"] == "violated" for check in run.settled.values())
    # ThreadSanitizer puts its own status over that of a process with reports, which the records hold already.
    if run.engine.name == "tsan" and status > 0 and reported and seen["class"] == "crash":
        return
    settle_here(run, AT_EXIT, seen)


def death(run: Run, status: int) -> dict[str, Any]:
    """Why a process died: what a sanitizer printed, or the signal or status with the last lines of its output."""
    text = log_text(run)
    return sanitizer_text.parse(text) or violation("crash", f"{ending(status)}{last_lines(run)}")


def ending(status: int) -> str:
    """A process's end in words."""
    if status >= 0:
        return f"exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = "unknown"
    return f"killed by signal {-status} ({name}: {signal.strsignal(-status) or 'no description'})"


def log_text(run: Run) -> str:
    """What the present process has printed, the last MiB of it."""
    with run.log.open("rb") as log:
        log.seek(max(run.log_start, run.log.stat().st_size - 2**20))
        return log.read().decode("utf-8", errors="replace")


def last_lines(run: Run) -> str:
    """The last 3 lines that the process printed, to be put behind a message."""
    lines = [line.rstrip() for line in log_text(run).splitlines() if line.strip()]
    return "; it printed: " + " | ".join(line[:200] for line in lines[-3:]) if lines else ""


def during(run: Run) -> str:
    """The running check's name, to be put before a message."""
    return f"{run.check}: " if run.check else ""
