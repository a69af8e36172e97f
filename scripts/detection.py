#!/usr/bin/python3
"""How often each engine finds what is known to be wrong, and whether it finds fault with what is right.

  detection.py [--runs N] [--clean-runs N] [--engine GLOBS] [--primitive GLOBS] [--seconds S]

Runs the buggy programs of tests/engines/buggy_programs.hpp on each engine, and every known-bad twin on the engines that
must catch it, each run with another seed and as long as quick effort takes for a check; prints how many runs found
something. Then it runs the primitives that hold, and prints how many of those runs reported something. What it
needs has to be built (make cells tests).

Exit status: 0, 1 if a row found nothing or a primitive that holds was reported, 2 for bad arguments.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import registry
from stacks import ROOT

PROGRAMS = ROOT / "build" / "tests"
# A process that takes longer has hung, which is a finding, too.
LIMIT, HUNG = 120.0, 124
# A primitive's name and an engine's.
Pair = tuple[str, str]


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


def environment(engine: str) -> dict[str, str]:
    """What the engine's processes see."""
    return {**os.environ, **dict(next(one for one in registry.ENGINES if one.name == engine).environment)}


def run_cell(primitive: str, engine: str, seed: int, seconds: float) -> int:
    """A run's exit status; HUNG if it didn't end."""
    command = [binary(primitive, engine), "--", f"--seconds={seconds:g}", f"--seed={seed}"]
    try:
        return subprocess.run(command, cwd=ROOT, env=environment(engine), stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=LIMIT, check=False).returncode
    except subprocess.TimeoutExpired:
        return HUNG


def run_programs(engine: str, seed: int, seconds: float) -> dict[str, bool]:
    """Whether each buggy program was caught."""
    command = [PROGRAMS / f"trials_{engine}", "--run_test=buggy_programs", "--log_level=message", "--color_output=no",
               "--", str(seed), f"{seconds:g}"]
    done = subprocess.run(command, cwd=ROOT, env=environment(engine), capture_output=True, text=True, errors="replace",
                          timeout=LIMIT, check=False)
    return {name: found != "nothing" for name, found in re.findall(r"^program (\w+): (\w+)", done.stdout, re.MULTILINE)}


def binary(primitive: str, engine: str) -> Path:
    """A cell's program."""
    return ROOT / "build" / "bin" / f"{primitive}.{engine}"


def print_table(found: Counter[Pair], asked: list[Pair], runs: int) -> None:
    """A line a name, a column an engine."""
    engines = [engine for engine in registry.ENGINE_NAMES if any(engine == one for _, one in asked)]
    width = max((len(name) for name, _ in asked), default=0)
    print(f"{f'found of {runs}':{width}}  " + "  ".join(f"{engine:>9}" for engine in engines))
    for name in dict.fromkeys(name for name, _ in asked):
        cells = [f"{found[name, engine]:>9}" if (name, engine) in asked else " " * 9 for engine in engines]
        print(f"{name:{width}}  " + "  ".join(cells).rstrip())


def count_programs(engines: list[str], asked: argparse.Namespace, pool: ThreadPoolExecutor) -> None:
    """The table of the buggy programs. What an engine leaves to chance may have 0."""
    work = [(engine, seed) for engine in engines if (PROGRAMS / f"trials_{engine}").is_file()
            for seed in range(1, asked.runs + 1)]
    found: Counter[Pair] = Counter()
    for (engine, _), seen in zip(work, pool.map(lambda one: run_programs(*one, asked.seconds), work)):
        found.update({(f"program {name}", engine): int(caught) for name, caught in seen.items()})
    print_table(found, list(found), asked.runs)


def count_cells(pairs: list[Pair], runs: int, seconds: float, pool: ThreadPoolExecutor) -> dict[Pair, Counter[int]]:
    """The exit statuses of each cell."""
    work = [(pair, seed) for seed in range(1, runs + 1) for pair in pairs]
    ended: dict[Pair, Counter[int]] = {pair: Counter() for pair in pairs}
    for (pair, _), status in zip(work, pool.map(lambda one: run_cell(*one[0], one[1], seconds), work)):
        ended[pair][status] += 1
    return ended


def main(argv: list[str] | None = None) -> int:
    """Runs the command line and returns its exit status."""
    asked = parser().parse_args(argv)
    try:
        primitives, engines = registry.select(registry.load(ROOT / "primitives" / "registry"), asked.primitive,
                                              engine=asked.engine)
    except registry.UserError as error:
        print(f"detection.py: {error}", file=sys.stderr)
        return 2
    twins = [(one.name, engine) for one in primitives for engine in engines if not one.holds and one.runs_on(engine)]
    holding = [(one.name, engine) for one in primitives for engine in engines if one.holds]
    if absent := [f"{name}.{engine}" for name, engine in twins + holding if not binary(name, engine).is_file()]:
        print(f"detection.py: {', '.join(absent)}: not built; run make cells tests", file=sys.stderr)
        return 2
    with ThreadPoolExecutor(asked.jobs) as pool:
        if not asked.primitive:
            count_programs(engines, asked, pool)
        ended = count_cells(twins, asked.runs, asked.seconds, pool)
        found = Counter({pair: asked.runs - statuses[0] for pair, statuses in ended.items()})
        print_table(found, twins, asked.runs)
        clean = count_cells(holding, asked.clean_runs, asked.seconds, pool)
    alarms = {pair: statuses for pair, statuses in clean.items() if set(statuses) != {0}}
    print(f"{len(holding) * asked.clean_runs} runs of primitives that hold: "
          f"{sum(statuses.total() - statuses[0] for statuses in alarms.values())} reported something")
    for (name, engine), statuses in alarms.items():
        print(f"  {name}.{engine}: {', '.join(f'{times} × status {code}' for code, times in statuses.items() if code)}")
    return 1 if alarms or not all(found[pair] for pair in twins) else 0


if __name__ == "__main__":
    sys.exit(main())
