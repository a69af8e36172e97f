#!/usr/bin/python3
"""Measures primitives beside what one would use instead: builds and runs bench/, writes build/bench/<kind>.json, prints
one table (make bench).

A row is a workload with a number of threads; its contestants run in one process, each many times, in a random order: so
a machine that slows down meanwhile slows them alike. Compare within a row only.

Exit status: 0 measured, whoever was faster; 2 bad arguments or set-up, 3 a benchmark failed, 4 interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import registry
from bench_table import table
from build import BuildError, build, explain
from cells import built, machine, write_whole
from check import Interrupt, positive, seconds
from progress import Progress
from registry import UserError
from stacks import ROOT

Json = dict[str, Any]

NAME = re.compile(r"(?P<primitive>\w+)/(?P<workload>\w+)/(?P<contestant>[^/]+)/threads:(?P<threads>\d+)/manual_time")
FEWEST = 9  # repetitions of which a median says anything


class BenchmarkError(Exception):
    """A benchmark that failed, or that said what can't be used."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="bench.py", description=__doc__,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--primitive", metavar="GLOBS", help="only these primitives, a comma list of globs")
    made.add_argument("--kind", metavar="GLOBS", help="only primitives of these kinds")
    made.add_argument("--repetitions", type=positive, default=15, metavar="N",
                      help=f"of each contestant, {FEWEST} or more (default: 15)")
    made.add_argument("--seconds", type=seconds, default=0.03, metavar="S", help="each takes (default: 0.03)")
    return made


def chosen(asked: argparse.Namespace) -> dict[str, set[str]]:
    """The kinds to run, and the selected primitives of each. Raises UserError where nothing is left."""
    selected, _ = registry.select(registry.load(ROOT / "primitives" / "registry"), asked.primitive, asked.kind)
    found: dict[str, set[str]] = {}
    for one in selected:
        if one.holds and (ROOT / "bench" / f"{one.kind}.cpp").is_file():
            found.setdefault(one.kind, set()).add(one.name)
    if not found:
        there = ", ".join(sorted(path.stem for path in (ROOT / "bench").glob("*.cpp")))
        raise UserError(f"nothing of what was selected has a benchmark; there are some for the kinds {there}")
    return found


def rows_of(program: Path, primitives: set[str]) -> list[str]:
    """The rows that a program has of these primitives, as `<primitive>/<workload>/threads:<n>`."""
    listed = subprocess.run([program, "--benchmark_list_tests=true"], capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        raise BenchmarkError(f"{program.name} can't list its rows: status {listed.returncode}: {listed.stderr.strip()}")
    names = [parse_name(line) for line in listed.stdout.splitlines()]
    rows = (f"{one['primitive']}/{one['workload']}/threads:{one['threads']}"
            for one in names if one["primitive"] in primitives)
    return list(dict.fromkeys(rows))


def parse_name(text: str) -> dict[str, str]:
    """The parts of a benchmark's name."""
    found = NAME.fullmatch(text)
    if not found:
        raise BenchmarkError(f'"{text}" is no benchmark\'s name; bench/race.hpp has enter(), which makes them')
    return found.groupdict()


def run_row(program: Path, row: str, asked: argparse.Namespace) -> Json:
    """Runs all contestants of a row."""
    workload, threads = row.rsplit("/", 1)
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        done = subprocess.run(
            [program, f"--benchmark_filter=^{workload}/[^/]+/{threads}/", "--benchmark_enable_random_interleaving=true",
             f"--benchmark_repetitions={asked.repetitions}", f"--benchmark_min_time={asked.seconds}",
             f"--benchmark_out={out.name}", "--benchmark_out_format=json"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        said = Path(out.name).read_text(encoding="utf-8")
    if done.returncode != 0:
        raise BenchmarkError(f"{row}: ended with status {done.returncode}: {done.stderr.strip()[-300:]}")
    return row_of(row, said)


def row_of(row: str, said: str) -> Json:
    """A row's facts, from what Google Benchmark wrote of its contestants: nanoseconds a round, one each repetition."""
    times: dict[str, list[float]] = {}
    try:
        for run in json.loads(said)["benchmarks"]:
            if run.get("error_occurred"):
                raise BenchmarkError(f"{run['name']}: {run['error_message']}")
            if run["run_type"] == "iteration":
                if run["time_unit"] != "ns" or not run["real_time"] > 0:
                    raise ValueError(f"{run['name']} took {run['real_time']} {run['time_unit']}")
                times.setdefault(parse_name(run["name"])["contestant"], []).append(run["real_time"])
    except (ValueError, KeyError, TypeError) as error:
        raise BenchmarkError(f"{row}: not what Google Benchmark writes: {error!r}") from error
    primitive, workload, threads = row.split("/")
    if primitive not in times or len(times) < 2:
        raise BenchmarkError(f"{row}: has {', '.join(times) or 'nobody'}; {primitive} and a rival were expected")
    if few := [name for name, taken in times.items() if len(taken) < FEWEST]:
        raise BenchmarkError(f"{row}: {few[0]} ran {len(times[few[0]])} times, at least {FEWEST} were expected")
    return {"primitive": primitive, "workload": workload, "threads": int(threads.removeprefix("threads:")),
            "nanoseconds": times}


def measure(kinds: dict[str, set[str]], asked: argparse.Namespace, interrupt: Interrupt) -> list[Json]:
    """Runs the kinds' programs, writes what each found, and returns that. Stops early when interrupted."""
    where = ROOT / "build" / "bench"
    work = {kind: rows_of(where / kind, primitives) for kind, primitives in kinds.items()}
    total, done = sum(map(len, work.values())), 0
    progress = Progress("measuring")
    records = []
    for kind, names in work.items():
        conditions = environment(where / kind)
        rows = []
        for name in names:
            if interrupt:
                progress.clear()
                return records
            progress.show(done, total, [name])
            rows.append(run_row(where / kind, name, asked))
            done += 1
        records.append({"schema": 1, "kind": kind, "environment": conditions, "rows": rows})
        write_whole(where / f"{kind}.json", records[-1])
    progress.clear()
    return records


def environment(program: Path) -> Json:
    """On what, with what and beside how much else is measured. The load is that of the last minute."""
    return {**machine(), **built(program, program.with_suffix(".o.json")), "load": round(os.getloadavg()[0], 2)}


def main(argv: list[str] | None = None) -> int:
    """The command."""
    asked = parser().parse_args(argv)
    interrupt = Interrupt()
    try:
        if asked.repetitions < FEWEST:
            raise UserError(f"--repetitions: {asked.repetitions} is too few for a median, expected {FEWEST} or more")
        kinds = chosen(asked)
        build([ROOT / "build" / "bench" / kind for kind in kinds], {}, lambda: bool(interrupt))
        records = measure(kinds, asked, interrupt)
    except BuildError as error:
        print(f"bench.py: {explain(error)}", file=sys.stderr)
        return 2
    except UserError as error:
        print(f"bench.py: {error}", file=sys.stderr)
        return 2
    except (BenchmarkError, OSError) as error:
        print(f"bench.py: {error}", file=sys.stderr)
        return 3
    print("\n".join(table(records)))
    return 4 if interrupt else 0


if __name__ == "__main__":
    sys.exit(main())
