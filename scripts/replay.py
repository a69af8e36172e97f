"""Runs one recorded failure again."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import child
import registry
from build import BuildError, build, explain
from cells import Cell
from registry import ENGINES, UserError
from runner import TICK
from settling import AT_EXIT, Budget, Run
from stacks import ROOT, relative

TOKEN = re.compile(r"([a-z]\w*)\.(\w+)\.([A-Za-z_]\w*)(?:\.\d+x\d+\.\d+\.\d+)?")
EXAMPLE = "ticket_lock.relacy.mutual_exclusion.3x2.7.1234"


def replay(asked: argparse.Namespace, budget: Budget, interrupted: Any) -> int:
    """`make replay`. Returns 1 if the failure came again, as one hopes; 0 if it didn't; 4 if interrupted."""
    cell, check, variables = locate(asked)
    if not asked.no_build:
        try:
            build([cell.binary], variables, lambda: bool(interrupted))
        except BuildError as error:
            raise UserError(explain(error)) from error
    if not cell.binary.is_file():
        raise UserError(f"{relative(str(cell.binary))} isn't there; build it without --no-build")
    run = run_check(cell, check, asked.token, budget, interrupted)
    if interrupted:
        return 4
    return tell(run, check)


def locate(asked: argparse.Namespace) -> tuple[Cell, str, dict[str, str]]:
    """The token's cell, its check, and the variables that build it. Raises UserError if there is no such cell."""
    found = TOKEN.fullmatch(asked.token)
    if not found:
        raise UserError(f'"{asked.token}" is no replay token; one looks like {EXAMPLE} (primitive.engine.check, then '
                        "threads x operations, seed and iteration). Copy it from the report")
    name, engine_name, check = found.groups()
    engine = next((one for one in ENGINES if one.name == engine_name), None)
    if engine is None:
        raise UserError(f'"{asked.token}": "{engine_name}" is no engine; there are {", ".join(registry.ENGINE_NAMES)}.'
                        + registry.did_you_mean(engine_name, registry.ENGINE_NAMES))
    known: list[str] = []
    for path, directory, variables in places(asked):
        for primitive in registry.load(path):
            if primitive.name == name:
                return Cell(primitive, engine, directory), check, variables
            known.append(primitive.name)
    raise UserError(f'"{asked.token}": "{name}" is no primitive of the registry, and none that was validated.'
                    + registry.did_you_mean(name, known))


def places(asked: argparse.Namespace) -> list[tuple[Path, Path, dict[str, str]]]:
    """Registries, with the build directories and the make variables that go with them."""
    main = asked.registry or ROOT / "primitives" / "registry"
    made = [(main, asked.build.resolve(), {"BUILD": relative(str(asked.build.resolve()))})]
    for path in sorted(asked.build.resolve().glob("validate/*/make.json")):
        made.append((path.with_name("registry"), path.parent, json.loads(path.read_text(encoding="utf-8"))))
    return made


def run_check(cell: Cell, check: str, token: str, budget: Budget, interrupted: Any) -> Run:
    """Runs the one check until it has an outcome."""
    directory = cell.build / "replay"
    directory.mkdir(parents=True, exist_ok=True)
    run = Run(cell.name, cell.engine, cell.binary, directory, budget)
    if check == AT_EXIT:  # The process's end needs all that came before it.
        child.start(run)
    elif token.count(".") == 2:
        run.boost_arguments = [f"--run_test={check}"]
        child.start(run, [check])
    else:
        run.arguments = [f"--replay={token}"]
        child.start(run, [check])
    while not child.poll(run):
        if interrupted:
            child.stop(run, "interrupted")
            break
        time.sleep(TICK)
    return run


def tell(run: Run, check: str) -> int:
    """Prints what came of it. Returns the exit status."""
    import report
    from reporting import results
    result = run.settled.get(check, {})
    if result.get("outcome") == "violated":
        times = result["violation"].get("reproduced")
        print(f"{check} on {run.name}: reproduced"
              + (f" in {times['failed']} of {times['attempts']} attempts" if times else ""))
        report.print_violation(results.clean(result["violation"]), sys.stdout, report.use_color("auto", sys.stdout))
        return 1
    if run.trouble:
        print(f"check.py: {run.name}: {'; '.join(run.trouble)}; see {relative(str(run.log))}", file=sys.stderr)
        return 3
    explored = result.get("explored", 1)
    print(f"{check} on {run.name}: not reproduced in {explored} {result.get('unit', 'runs').removesuffix('s')}"
          f"{'s' if explored != 1 else ''}")
    return 0
