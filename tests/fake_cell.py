"""A cell that speaks the record protocol and misbehaves as it is told.

Run as `<bin>/<primitive>.<engine>`, a script that calls main() with what each check does: an action of ACTIONS. `start`
and `end` are what happens before the first check and after the last. Each check that it begins is noted in
`<name>.begun`.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

CLEAN, VIOLATED = 0, 201


class Cell:
    """The running cell: where its records go, and its exit status so far."""

    def __init__(self, path: Path, arguments: dict[str, str]) -> None:
        self.path = path
        self.arguments = arguments
        self.records = os.open(arguments["records"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.status = CLEAN

    def write(self, text: str) -> None:
        os.write(self.records, text.encode())

    def record(self, **fields: Any) -> None:
        self.write(json.dumps(fields) + "\n")

    def finish(self, check: str, violation: dict[str, Any] | None = None, **fields: Any) -> None:
        if violation:
            self.status = VIOLATED
        self.record(event="finished", check={
            "check": check, "outcome": "violated" if violation else "clean", "coverage": "sampled", "bounds": {},
            "explored": 7, "unit": "iterations", "seconds": 0.01, "seed": int(self.arguments["seed"]),
            "violation": violation, **fields})


def violation(kind: str = "assertion", message: str = "two threads inside", replay: str = "") -> dict[str, Any]:
    return {"class": kind, "message": message, "where": {"file": "./primitives/sync.hpp", "line": 3, "function": "f"},
            "trace": [], "stacks": [], "replay": replay}


def clean(cell: Cell, check: str) -> None:
    cell.finish(check)


def violated(cell: Cell, check: str) -> None:
    cell.record(event="violation", check=check, violation=violation())
    cell.finish(check, violation())


def violated_at_times(cell: Cell, check: str) -> None:
    cell.finish(check, {**violation(), "reproduced": {"failed": 7, "attempts": 20}})


def kill_by(number: signal.Signals) -> Any:
    """An action: the cell is killed by a signal."""
    def action(cell: Cell, check: str) -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        print("last words", file=sys.stderr, flush=True)
        signal.signal(number, signal.SIG_DFL) if number is not signal.SIGKILL else None
        os.kill(os.getpid(), number)
    return action


def loop(cell: Cell, check: str) -> None:
    while True:
        time.sleep(0.01)


def loop_with_child(cell: Cell, check: str) -> None:
    child = subprocess.Popen(["sleep", "1000"])
    Path(f"{cell.path}.child").write_text(str(child.pid))
    loop(cell, check)


def child_left_behind(cell: Cell, check: str) -> None:
    child = subprocess.Popen(["sleep", "1000"])
    Path(f"{cell.path}.child").write_text(str(child.pid))
    cell.finish(check)


def half_a_record(cell: Cell, check: str) -> None:
    cell.write('{"event":"finished","check":{"check":"' + check)
    os.kill(os.getpid(), signal.SIGKILL)


def garbage(cell: Cell, check: str) -> None:
    cell.write("Segmentation fault\n\x00\xff\n[1,2]\n")
    cell.finish(check)


def wrong_fields(cell: Cell, check: str) -> None:
    cell.finish(check, outcome="splendid")


def no_record(cell: Cell, check: str) -> None:
    """Comes back without having finished."""


def seen_then_crash(cell: Cell, check: str) -> None:
    cell.record(event="violation", check=check, violation=violation("data_race", "first"))
    cell.record(event="violation", check=check, violation=violation("data_race", "second"))
    os.kill(os.getpid(), signal.SIGSEGV)


def stalled(cell: Cell, check: str) -> None:
    token = f"{cell.path.name}.{check}.4x50.{cell.arguments['seed']}.12"
    cell.record(event="stalled", check=check, violation=violation("lost_wakeup", "thread 2 sleeps for ever", token))
    time.sleep(20)
    os._exit(VIOLATED)


def exit_with(status: int, text: str = "") -> Any:
    """An action: the cell ends in the middle."""
    def action(cell: Cell, check: str) -> None:
        print(text, file=sys.stderr, flush=True)
        os._exit(status)
    return action


def flood(cell: Cell, check: str) -> None:
    while True:
        cell.write("x" * 2**20)


ACTIONS = {"clean": clean, "violated": violated, "violated_at_times": violated_at_times,
           "segv": kill_by(signal.SIGSEGV), "killed": kill_by(signal.SIGKILL),
           "loop": loop, "loop_with_child": loop_with_child, "child_left_behind": child_left_behind,
           "half_a_record": half_a_record, "garbage": garbage, "wrong_fields": wrong_fields, "no_record": no_record,
           "seen_then_crash": seen_then_crash, "stalled": stalled, "exit_5": exit_with(5, "no such device"),
           "exit_66": exit_with(66),
           "records_full": exit_with(3, "cannot write to the file of records: No space left on device"),
           "flood": flood}


def main(checks: dict[str, str], start: str = "", end: str = "", asan_text: str = "") -> None:
    """The whole program."""
    path = Path(sys.argv[0])
    if "--list_content" in sys.argv:
        print("\n".join(f"{check}*" for check in checks), file=sys.stderr)
        return
    arguments = dict(argument[2:].split("=", 1) for argument in sys.argv[1:] if "=" in argument)
    cell = Cell(path, arguments)
    if start:
        ACTIONS[start](cell, "")
    skipped = arguments.get("skip", "").split(",")
    replayed = arguments["replay"].split(".")[2] if "replay" in arguments else arguments.get("run_test")
    for check, action in checks.items():
        if check in skipped or replayed not in (None, check):
            continue
        with Path(f"{path}.begun").open("a") as begun:
            print(check, file=begun)
        cell.record(event="started", check=check)
        if action == "asan":
            exit_with(66, Path(asan_text).read_text())(cell, check)
        ACTIONS[action](cell, check)
    cell.record(event="done")
    if end:
        ACTIONS[end](cell, "")
    sys.exit(cell.status)
