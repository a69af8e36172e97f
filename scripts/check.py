#!/usr/bin/python3
"""Runs primitives on engines: builds the cells, runs them, writes build/results/, and has the report made.

  check.py [options]                                       every selected cell (make check)
  check.py replay TOKEN                                    one recorded failure again (make replay)
  check.py validate --header PATH --kind KIND --type TYPE  a header from outside the tree (make validate)

Exit status: 0 all as expected, 1 a verdict failed (replay: it failed again), 2 bad arguments or set-up, 3 the harness
itself failed, 4 nothing failed but something is inconclusive, an interrupted run among it.
"""

from __future__ import annotations

import argparse
import functools
import os
import re
import signal
import sys
import traceback
from pathlib import Path
from typing import NamedTuple

import registry
from build import BuildError, build, explain
from cells import Cell, cells
from registry import ENGINE_NAMES, UserError
from runner import Outcome, run_cells
from settling import Budget
from stacks import ROOT, relative



class Effort(NamedTuple):
    """What the whole registry's checks may take together on two cores, and each of them, in seconds."""

    whole: float
    least: float
    most: float


EFFORTS = {"quick": Effort(30, 0.1, 0.2), "standard": Effort(140, 0.2, 2.0), "thorough": Effort(3400, 5.0, 30.0)}
CHECKS_PER_CELL = 10  # of those that spend their budget, on average
FAILED, INCONCLUSIVE = 1, 4


def parser() -> argparse.ArgumentParser:
    """The command line. Options may stand before the command or behind it."""
    made = argparse.ArgumentParser(prog="check.py", description=__doc__,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(made)
    made.add_argument("--primitive", metavar="GLOBS", help="only these primitives, a comma list of globs")
    made.add_argument("--kind", metavar="GLOBS", help="only primitives of these kinds")
    commands = made.add_subparsers(dest="command", metavar="command")
    again = commands.add_parser("replay", help="run one recorded failure again", argument_default=argparse.SUPPRESS)
    again.add_argument("token", metavar="TOKEN")
    outside = commands.add_parser("validate", help="check a header from outside the tree",
                                  argument_default=argparse.SUPPRESS)
    for option, help_text in (("--header", "the file"), ("--kind", "what it promises to be"), ("--type", "its class")):
        outside.add_argument(option, required=True, help=help_text)
    for command in (again, outside):
        add_common(command)
    made.set_defaults(effort="standard", seed=1, engine=None, jobs=len(os.sched_getaffinity(0)), force=False,
                      build=ROOT / "build", no_build=False, seconds=None, slack=20.0, registry=None)
    return made


def add_common(made: argparse.ArgumentParser) -> None:
    """The options of every command. Their defaults are the main parser's alone: a command must not undo an option."""
    add = functools.partial(made.add_argument, default=argparse.SUPPRESS)
    add("--effort", metavar="|".join(EFFORTS), help="2, 5 or 60 minutes for all that is registered (default: standard)")
    add("--seed", type=whole, metavar="N", help="what random choices start from (default: 1)")
    add("--engine", metavar="GLOBS", help="only these engines")
    add("--jobs", type=positive, metavar="N", help="cells at a time (default: the number of cores)")
    add("--force", action="store_true", help="run cells again whose results still stand")
    add("--build", type=Path, metavar="DIR", help="default: build")
    add("--no-build", action="store_true", help="take the binaries as they are")
    add("--seconds", type=seconds, metavar="S", help="for each check, instead of the effort's")
    add("--slack", type=seconds, metavar="S", help="a check is hung after 4 times its seconds and this (default: 20)")
    add("--registry", type=Path, metavar="PATH", help="default: primitives/registry")


def whole(text: str) -> int:
    """A seed."""
    if not re.fullmatch(r"\d{1,20}", text) or int(text) >= 2**64:
        raise argparse.ArgumentTypeError(f'"{text}" is not a whole number from 0 to 2^64-1')
    return int(text)


def positive(text: str) -> int:
    """A number of jobs."""
    if not re.fullmatch(r"[1-9]\d{0,3}", text):
        raise argparse.ArgumentTypeError(f'"{text}" is not a whole number from 1 to 9999')
    return int(text)


def seconds(text: str) -> float:
    """A time in seconds."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number of seconds above 0')
    return value


def budget(asked: argparse.Namespace) -> Budget:
    """What each check may use."""
    if asked.effort not in EFFORTS:
        raise UserError(f'--effort: "{asked.effort}" is none; there are {", ".join(EFFORTS)}.'
                        + registry.did_you_mean(asked.effort, EFFORTS))
    return Budget(asked.effort, asked.seconds or seconds_per_check(asked), asked.seed, asked.slack)


def seconds_per_check(asked: argparse.Namespace) -> float:
    """The effort's share of one check.

    It depends on all that is registered and not on what is selected: a cell is explored as much alone as among all.
    """
    effort = EFFORTS[asked.effort]
    spending = sum(len(ENGINE_NAMES) - 1 for primitive in registry.load(registry_of(asked)) if primitive.holds)
    share = 2 * effort.whole / (max(spending, 1) * CHECKS_PER_CELL)
    return round(min(max(share, effort.least), effort.most), 2)


def registry_of(asked: argparse.Namespace) -> Path:
    """Where the registry is."""
    return asked.registry or ROOT / "primitives" / "registry"


def check(asked: argparse.Namespace, interrupt: "Interrupt") -> int:
    """`make check`."""
    how, path = budget(asked), registry_of(asked)
    primitives, engines = registry.select(registry.load(path), asked.primitive, asked.kind, asked.engine)
    chosen = cells(primitives, engines, asked.build.resolve())
    if not asked.no_build and chosen:
        require_headers(chosen, path)
        build_cells(chosen, asked, interrupt)
    outcome = run_cells(chosen, how, asked.jobs, asked.force, interrupt)
    selection = [f"--{name}={value}" for name in ("primitive", "kind", "engine") if (value := getattr(asked, name))]
    return conclude(outcome, [f"--build={shown(asked.build)}", f"--registry={shown(path)}", *selection], interrupt)


def require_headers(chosen: list[Cell], path: Path) -> None:
    """Every primitive that the registry lists has a header. Raises UserError for the first that has none."""
    for primitive in {cell.primitive.name: cell.primitive for cell in chosen}.values():
        for needed in (primitive.header, Path("primitives") / primitive.kind / "contract.hpp"):
            if not (ROOT / needed).is_file():
                raise UserError(f"{shown(path)}:{primitive.line}: {primitive.name} needs {needed}, which isn't there")


def build_cells(chosen: list[Cell], asked: argparse.Namespace, interrupt: "Interrupt") -> None:
    """Builds the cells' binaries. Raises UserError if one doesn't compile."""
    variables = {"BUILD": shown(asked.build)} | ({"REGISTRY": shown(asked.registry)} if asked.registry else {})
    try:
        build([cell.binary for cell in chosen], variables, lambda: bool(interrupt))
    except BuildError as error:
        raise UserError(explain(error)) from error


def conclude(outcome: Outcome, report_arguments: list[str], interrupt: "Interrupt") -> int:
    """Has the report made, and says how the run ended."""
    import report
    status = report.main(report_arguments)
    if outcome.trouble:
        print(f"check.py: {outcome.trouble}", file=sys.stderr)
        return 3
    # What an interrupt left undone is inconclusive, and no fault of the harness.
    return INCONCLUSIVE if interrupt and status != FAILED else status


def shown(path: Path) -> str:
    """A path as its reader would type it at the repository's root."""
    return relative(str(path.resolve()))


class Interrupt:
    """Becomes true when somebody asks the runner to stop. The second time the runner dies at once."""

    def __init__(self) -> None:
        self._name = ""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, number: int, _frame: object) -> None:
        self._name = signal.Signals(number).name
        signal.signal(number, signal.SIG_DFL)

    def __bool__(self) -> bool:
        return bool(self._name)

    def __str__(self) -> str:
        return self._name


def main(argv: list[str] | None = None) -> int:
    """Runs the command line and returns its exit status."""
    asked = parser().parse_args(argv)
    interrupt = Interrupt()
    try:
        if asked.command == "replay":
            from replay import replay
            return replay(asked, budget(asked), interrupt)
        if asked.command == "validate":
            from validate import validate
            return validate(asked, budget(asked), interrupt)
        return check(asked, interrupt)
    except UserError as error:
        print(f"check.py: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"check.py: {error}", file=sys.stderr)
        return 3
    except Exception:  # A mistake of these scripts: 1 would be a verdict.
        traceback.print_exc()
        return 3


if __name__ == "__main__":
    sys.exit(main())
