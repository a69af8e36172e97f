"""Runs many cells, some at a time, and writes a result for each: for those that failed to run, too."""

from __future__ import annotations

import errno
import fcntl
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import child
from cells import Cell, environment, is_fresh, write_result
from fingerprints import fold
from progress import Progress, elapsed
from registry import UserError
from settling import Budget, Run
from stacks import relative

# How long a cell's new records may wait to be looked at.
TICK = 0.02
OUT_OF_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass
class Outcome:
    """How a run of many cells went. `trouble` is what stopped the runner itself."""

    ran: int = 0
    reused: int = 0
    trouble: str = ""


def run_cells(cells: list[Cell], budget: Budget, jobs: int, force: bool, interrupted: Any) -> Outcome:
    """Runs the cells whose results don't stand any more, `jobs` at a time.

    `interrupted` is asked now and then, and stops everything once it is true; its text says by what. Results that exist
    already are never lost to another cell's failure. Raises UserError if another run is using the directory.
    """
    outcome = Outcome()
    if not cells:
        return outcome
    with lock(cells[0].result.parent):
        standing = [cell for cell in cells if is_fresh(cell, budget)]
        fresh = [] if force else standing
        waiting = [cell for cell in cells if cell not in fresh]
        outcome.reused = len(fresh)
        for cell in waiting:
            if cell not in standing:  # Another binary's result must not pass for this one's, whatever happens now.
                cell.result.unlink(missing_ok=True)
        announce(waiting, fresh, budget, jobs)
        try:
            work(waiting, budget, jobs, interrupted, outcome)
        except OSError as error:
            outcome.trouble = explain(error, cells[0].result.parent, outcome)
    return outcome


def lock(results: Path) -> TextIO:
    """Makes the directory of results this run's own until the file is closed."""
    try:
        results.mkdir(parents=True, exist_ok=True)
        file = (results / ".lock").open("w", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{relative(str(results))} can't be written: {error}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise UserError(f"another run is writing to {relative(str(results))}; wait for it, or choose another --build"
                        ) from error
    return file


def announce(waiting: list[Cell], fresh: list[Cell], budget: Budget, jobs: int) -> None:
    """Says what will be done."""
    reused = f" ({len(fresh)} reused: same binary, effort and seed)" if fresh else ""
    print(f"running {len(waiting)} cells{reused}, {min(jobs, max(len(waiting), 1))} at a time; "
          f"effort {budget.effort}: {budget.seconds:g} s a check, hung after {budget.limit:g} s; seed {budget.seed}",
          file=sys.stderr, flush=True)


def work(waiting: list[Cell], budget: Budget, jobs: int, interrupted: Any, outcome: Outcome) -> None:
    """The loop: start, look, collect. Whatever happens, no process of a cell outlives it."""
    running: list[tuple[Cell, Run]] = []
    queue, progress = list(waiting), Progress("checking")
    try:
        while (queue or running) and not interrupted:
            while queue and len(running) < jobs:
                running.append((queue[0], begin(queue[0], budget)))
                queue.pop(0)
            for cell, run in list(running):
                if child.poll(run):
                    running.remove((cell, run))
                    save(cell, run, outcome)
            progress.show(outcome.ran, len(waiting), [cell.name for cell, _ in running])
            time.sleep(TICK)
        progress.clear()
        for cell, run in running:
            child.stop(run, f"interrupted by {interrupted} after {elapsed(time.monotonic() - run.began)}")
        while running:
            save(*running.pop(0), outcome)
        for cell in (cell for cell in queue if not cell.result.exists()):
            save(cell, never_started(cell, budget, f"interrupted by {interrupted} before it started"), outcome)
    finally:
        progress.clear()
        for _, run in running:
            if run.process is not None:
                child.kill(run)


def begin(cell: Cell, budget: Budget) -> Run:
    """Starts a cell, and takes its old result away."""
    cell.result.unlink(missing_ok=True)
    run = make_run(cell, budget)
    if not cell.binary.is_file():
        return never_started(cell, budget, f"{relative(str(cell.binary))} isn't there; build it without --no-build")
    child.start(run)
    return run


def make_run(cell: Cell, budget: Budget) -> Run:
    """A cell that hasn't started."""
    return Run(cell.name, cell.engine, cell.binary, cell.result.parent, budget)


def never_started(cell: Cell, budget: Budget, why: str) -> Run:
    """The outcome of a cell that doesn't run."""
    run = make_run(cell, budget)
    run.began = time.monotonic()
    run.trouble.append(why)
    return run


def save(cell: Cell, run: Run, outcome: Outcome) -> None:
    """Writes a cell's result."""
    order = {name: index for index, name in enumerate(run.expected)}
    checks = sorted(run.settled.values(), key=lambda check: order.get(check["check"], len(order)))
    fold(checks)
    write_result(cell, environment(cell, run.budget, time.monotonic() - run.began), checks, run.trouble)
    outcome.ran += 1


def explain(error: OSError, results: Path, outcome: Outcome) -> str:
    """Why the runner had to give up."""
    place = f"{relative(str(results))}: {error.strerror or error}"
    kept = f"{outcome.ran} results of this run and all earlier ones are kept"
    if error.errno in OUT_OF_SPACE:
        return f"{place}; {kept}. Free some space and run it again: it goes on where it stopped"
    return f"{place}; {kept}"
