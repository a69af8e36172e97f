"""rc11's two front ends agree on what is written on the seam: a primitive's scenarios on it, and as programs of
std::atomic, std::thread and plain data that are explored as they are. Both find the same class of violation, or none;
and a size that both explore to its end has the same number of executions.

To compare numbers, neither leaves anything out but by the seam's words on loops (--every-execution, --every-iteration):
what else they leave out isn't the same. The classes must be the same with all that the front end for programs leaves
out, too.

Every primitive of the registry, with LONG=1 only.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry import load

ROOT = Path(__file__).resolve().parent.parent
LONG = os.environ.get("LONG") == "1"
PRIMITIVES = [each.name for each in load(ROOT / "primitives" / "registry") if LONG]
SECONDS = 2  # for each check
AS_ON_SEAM = "--every-iteration=on --bound=1000"
# Why a check differs, by (primitive, check). What is here and agrees is an error.
DIFFERENT = {
    ("thread_local_value", "storage_begins_afresh"):
        "any storage that was released may be given out again; on the seam that of sync::make, and no slot's value",
}


@dataclass(frozen=True)
class Search:
    """What is explored at once: a size, with so much at most that is spurious."""

    threads: int
    operations: int
    spurious: int


@dataclass
class Found:
    """What a front end says of a check."""

    violation: str
    size: tuple[int, int]
    executions: dict[Search, int]
    """Of the searches that came to their end."""
    unfinished: set[tuple[int, int]]
    """Sizes of the others."""


def made(name: str, *variables: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "front_ends.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(["make", "--silent", *variables, name], cwd=ROOT, env=environment, capture_output=True,
                              text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def explored(cell: str, records: Path, options: str = "") -> dict[str, Found]:
    """By the check's name."""
    words = [ROOT / cell, "--", "--every-execution", f"--seconds={SECONDS}", f"--records={records}"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=3600,
                          env={**os.environ, "GAUNTLET_CHECK_OPTIONS": options})
    events = [json.loads(line) for line in records.read_text().splitlines()]
    assert events and events[-1]["event"] == "done", done.stderr
    violations = {event["check"]: event["violation"]["class"] for event in events if event["event"] == "violation"}
    found = {}
    for check in (event["check"] for event in events if event["event"] == "finished"):
        violation = check["violation"]["class"] if check["violation"] else violations.get(check["check"], "")
        assert violation or check["outcome"] == "clean", f'{cell}: {check["check"]}: {check.get("reason")}'
        size = (check["bounds"]["threads"], check["bounds"]["operations"])
        searches = check.get("searches", [])
        complete = {Search(one["threads"], one["operations"], one["spurious_wakeups"]): one["explored"]
                    for one in searches if one["complete"]}
        unfinished = {(one["threads"], one["operations"]) for one in searches if not one["complete"]}
        found[check["check"]] = Found(violation, size, complete, unfinished)
    return found


def in_class(seam: Found, program: Found) -> str | None:
    """How their classes of violation differ: "" if they don't, None if there is nothing that both have explored."""
    if seam.violation and program.violation:
        return "" if seam.violation == program.violation else f"{seam.violation}, as a program {program.violation}"
    for one, other, words in ((seam, program, "only on the seam"), (program, seam, "only as a program")):
        if one.violation:
            done = any((search.threads, search.operations) == one.size for search in other.executions)
            return f"{one.violation} {words}" if done and one.size not in other.unfinished else None
    return ""


def compared(seam: Found, program: Found) -> str | None:
    """As in_class, with the executions of each size."""
    if seam.violation or program.violation:
        return in_class(seam, program)
    both = seam.executions.keys() & program.executions.keys()
    if not both:
        return None
    return "; ".join(f"{search}: {seam.executions[search]} executions, as a program {program.executions[search]}"
                     for search in seam.executions
                     if search in both and seam.executions[search] != program.executions[search])


@pytest.mark.parametrize("name", PRIMITIVES)
def test_front_ends_agree(name: str, tmp_path: Path) -> None:
    seam, program = f"build/bin/{name}.rc11", f"build/unmodified/bin/{name}.rc11"
    made(seam)
    made(program, "FRONT=unmodified", "BUILD=build/unmodified")
    on_seam = explored(seam, tmp_path / "seam")
    as_program = explored(program, tmp_path / "program", AS_ON_SEAM)
    reduced = explored(program, tmp_path / "reduced")
    assert on_seam.keys() == as_program.keys() == reduced.keys()
    results = {check: compared(one, as_program[check]) for check, one in on_seam.items()}
    for check, one in on_seam.items():
        results[check] = results[check] or in_class(one, reduced[check]) or results[check]
    known = {check for primitive, check in DIFFERENT if primitive == name}
    assert known <= results.keys(), "DIFFERENT names a check that isn't there"
    assert {check: differs for check, differs in results.items() if differs and check not in known} == {}
    assert [check for check in known if results[check] == ""] == [], "DIFFERENT names what agrees"
    assert any(differs is not None for differs in results.values()), "nothing was explored to its end by both"
