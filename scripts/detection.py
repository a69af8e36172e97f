#!/usr/bin/python3
"""How often each engine finds what is known to be wrong, and whether it finds fault with what is right.

  detection.py [--runs N] [--clean-runs N] [--engine GLOBS] [--primitive GLOBS] [--seconds S] [--jobs N]

Runs the buggy programs of tests/engines/buggy_programs.hpp on each engine, and every known-bad twin on the engines that
must catch it, each run with another seed, as long as quick effort takes for a check, and to its first violation; prints
how many runs found something. Then it runs the primitives that hold, to the end, and prints how many of those runs
reported something. rc11 explores the same for every seed: it runs once. What it needs has to be built (make cells
tests).

Each run that is over is a line of build/detection.jsonl: who is interrupted goes on from there, and a cell that was
built anew runs anew.

Exit status: 0, 1 if a row found nothing or a primitive that holds was reported, 2 for bad arguments.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import select
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import registry
from stacks import ROOT

PROGRAMS = ROOT / "build" / "tests"
# A process that takes longer has hung, which is a finding, too.
LIMIT = 120.0
SAME_FOR_EVERY_SEED = ("rc11",)
# A row's name and an engine's.
Pair = tuple[str, str]


@dataclass(frozen=True)
class Attempt:
    """A run: of a program, as it was built at some time. `name` is a primitive's, or empty for the buggy programs."""

    name: str
    engine: str
    seed: int
    seconds: float
    built: int

    def environment(self) -> dict[str, str]:
        """What its process sees."""
        return {**os.environ, **dict(next(one for one in registry.ENGINES if one.name == self.engine).environment)}


@dataclass
class Ledger:
    """What came of the runs, by attempt: the violations' classes, or how the process ended; nothing if it is clean."""

    path: Path
    known: dict[Attempt, list[str]] = field(default_factory=dict)

    def load(self) -> None:
        """Takes up what was written before. A line that was cut short is no run."""
        if not self.path.is_file():
            return
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
                self.known[Attempt(**entry["run"])] = entry["found"]
            except (ValueError, KeyError, TypeError):
                continue

    def keep(self, one: Attempt, found: list[str]) -> None:
        """Writes down a run that is over."""
        self.known[one] = found
        with self.path.open("a", encoding="utf-8") as out:
            out.write(json.dumps({"run": asdict(one), "found": found}) + "\n")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="detection.py", description=__doc__,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--runs", type=int, default=30, metavar="N", help="of each row (default: 30)")
    made.add_argument("--clean-runs", type=int, default=10, metavar="N", help="of each cell that holds (default: 10)")
    made.add_argument("--engine", metavar="GLOBS", help="only these engines")
    made.add_argument("--primitive", metavar="GLOBS", help="only these primitives; without the buggy programs")
    made.add_argument("--seconds", type=float, default=0.1, metavar="S", help="for each check (default: 0.1)")
    made.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), metavar="N")
    return made


def said(line: bytes) -> str:
    """What a record says that is no clean check."""
    record = json.loads(line)
    if record["event"] in ("violation", "stalled"):
        return str(record["violation"]["class"])
    if record["event"] != "finished" or record["check"]["outcome"] == "clean":
        return ""
    return str((record["check"]["violation"] or {"class": "unknown"})["class"])


def run_cell(one: Attempt, to_the_end: bool) -> list[str]:
    """Runs a cell until it reports something, or through all its checks. A process that was stopped has no status."""
    readable, writable = os.pipe()
    command = [binary(one.name, one.engine), "--", f"--seconds={one.seconds:g}", f"--seed={one.seed}",
               f"--records=/dev/fd/{writable}"]
    with subprocess.Popen(command, cwd=ROOT, env=one.environment(), pass_fds=(writable,), stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        os.close(writable)
        found: list[str] = []
        end, left = time.monotonic() + LIMIT, b""
        while True:
            if not select.select([readable], [], [], max(0.0, end - time.monotonic()))[0]:
                found.append("hung")
                break
            if not (chunk := os.read(readable, 1 << 16)):
                break
            *lines, left = (left + chunk).split(b"\n")
            found += filter(None, map(said, lines))
            if found and not to_the_end:
                break
        os.close(readable)
        if found:
            process.kill()
        elif process.wait() != 0:
            found.append(f"status {process.returncode}")
    return found


def run_programs(one: Attempt) -> list[str]:
    """The buggy programs that were caught, and in which class: `counter=data_race`; `counter=nothing` wasn't."""
    command = [PROGRAMS / f"trials_{one.engine}", "--run_test=buggy_programs", "--log_level=message",
               "--color_output=no", "--", str(one.seed), f"{one.seconds:g}"]
    try:
        done = subprocess.run(command, cwd=ROOT, env=one.environment(), capture_output=True, text=True,
                              errors="replace", timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return ["that_hung=hung"]
    return [f"{name}={found}" for name, found in re.findall(r"^program (\w+): (\w+)", done.stdout, re.MULTILINE)]


def binary(primitive: str, engine: str) -> Path:
    """A cell's program, or that of the trials."""
    return ROOT / "build" / "bin" / f"{primitive}.{engine}" if primitive else PROGRAMS / f"trials_{engine}"


def attempts(pairs: list[Pair], runs: int, seconds: float) -> list[Attempt]:
    """What is to run, a seed after the other."""
    return [Attempt(name, engine, seed, seconds, binary(name, engine).stat().st_mtime_ns)
            for seed in range(1, runs + 1) for name, engine in pairs
            if seed == 1 or engine not in SAME_FOR_EVERY_SEED]


def run_all(work: list[Attempt], ledger: Ledger, jobs: int, to_the_end: bool) -> None:
    """Runs what has not run yet."""
    def run(one: Attempt) -> None:
        ledger.keep(one, run_cell(one, to_the_end) if one.name else run_programs(one))

    with ThreadPoolExecutor(jobs) as pool:
        for _ in pool.map(run, [one for one in work if one not in ledger.known]):
            pass


def rows_of(work: list[Attempt], ledger: Ledger) -> dict[Pair, tuple[int, int]]:
    """In how many runs a row was found, and of how many. The buggy programs are a row each."""
    found: Counter[Pair] = Counter()
    ran: Counter[Pair] = Counter()
    for one in work:
        if one.name:
            found[one.name, one.engine] += 1 if ledger.known[one] else 0
            ran[one.name, one.engine] += 1
            continue
        for name, _, how in (each.partition("=") for each in ledger.known[one]):
            found[f"program {name}", one.engine] += how != "nothing"
            ran[f"program {name}", one.engine] += 1
    return {pair: (found[pair], ran[pair]) for pair in ran}


def print_table(rows: dict[Pair, tuple[int, int]]) -> None:
    """A line a name, a column an engine."""
    engines = [engine for engine in registry.ENGINE_NAMES if any(engine == one for _, one in rows)]
    width = max((len(name) for name, _ in rows), default=0)
    print(f"{'found in runs':{width}}  " + "  ".join(f"{engine:>9}" for engine in engines))
    for name in dict.fromkeys(name for name, _ in rows):
        cells = [f"{'{}/{}'.format(*rows[name, engine]):>9}" if (name, engine) in rows else " " * 9
                 for engine in engines]
        print(f"{name:{width}}  " + "  ".join(cells).rstrip())


def main(argv: list[str] | None = None) -> int:
    """Runs the command line and returns its exit status."""
    asked = parser().parse_args(argv)
    try:
        primitives, engines = registry.select(registry.load(ROOT / "primitives" / "registry"), asked.primitive,
                                              engine=asked.engine)
    except registry.UserError as error:
        print(f"detection.py: {error}", file=sys.stderr)
        return 2
    programs = [("", engine) for engine in engines if not asked.primitive and binary("", engine).is_file()]
    twins = [(one.name, engine) for one in primitives for engine in engines if not one.holds and one.runs_on(engine)]
    holding = [(one.name, engine) for one in primitives for engine in engines if one.holds]
    if absent := [f"{name}.{engine}" for name, engine in twins + holding if not binary(name, engine).is_file()]:
        print(f"detection.py: {', '.join(absent)}: not built; run make cells tests", file=sys.stderr)
        return 2
    ledger = Ledger(ROOT / "build" / "detection.jsonl")
    ledger.load()
    bad = attempts(programs + twins, asked.runs, asked.seconds)
    run_all(bad, ledger, asked.jobs, to_the_end=False)
    rows = rows_of(bad, ledger)
    print_table(rows)
    good = attempts(holding, asked.clean_runs, asked.seconds)
    run_all(good, ledger, asked.jobs, to_the_end=True)
    alarms = [one for one in good if ledger.known[one]]
    print(f"{len(good)} runs of primitives that hold: {len(alarms)} reported something")
    for one in alarms:
        print(f"  {one.name}.{one.engine} with seed {one.seed}: {', '.join(ledger.known[one])}")
    # What a program leaves to chance an engine may miss; a twin that the registry says it catches it may not.
    return 1 if alarms or not all(rows[pair][0] for pair in twins) else 0


if __name__ == "__main__":
    sys.exit(main())
