"""The gauntlet for a header from outside the tree: a registry and a build directory of its own."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import registry
import seam
from build import BuildError, build, explain
from cells import Cell, cells, environment, write_result
from registry import ENGINE_NAMES, ENGINES, Primitive, UserError
from runner import run_cells
from settling import Budget
from stacks import ROOT, relative

# The engines that only see what goes through the seam; rc11 has a front end for what doesn't.
MODELS = tuple(engine.name for engine in ENGINES if engine.flavour == "model")
AS_IT_IS = "rc11"
TYPE = re.compile(r"(?:::)?[A-Za-z_]\w*(?:::[A-Za-z_]\w*)*(?:<[\w:<>, *&()-]*>)?")
LACKS = re.compile(r"static assertion failed.*?gauntlet: (.*)")
COMPILER_LINES = 12


def validate(asked: argparse.Namespace, budget: Budget, interrupted: Any) -> int:
    """`make validate`. Returns check's exit statuses."""
    from check import conclude
    header, primitive = arguments(asked)
    engines = registry.matching("engine", asked.engine, ENGINE_NAMES)
    directory = asked.build.resolve() / "validate" / primitive.name
    (directory / "results").mkdir(parents=True, exist_ok=True)
    (directory / "registry").write_text(f"{primitive.name} {primitive.kind} holds\n", encoding="utf-8")
    variables = {"REGISTRY": relative(str(directory / "registry")), "BUILD": relative(str(directory)),
                 "HEADER": str(header), "TYPE": asked.type}
    off_seam = seam.reason(header, ROOT)
    if off_seam:
        variables["FRONT"] = "unmodified"
    (directory / "make.json").write_text(json.dumps(variables) + "\n", encoding="utf-8")
    chosen = cells([primitive], [name for name in ENGINE_NAMES if name in engines], directory)
    beyond = [cell for cell in chosen if off_seam and cell.engine.name in MODELS and cell.engine.name != AS_IT_IS]
    chosen = [cell for cell in chosen if cell not in beyond]
    if not asked.no_build:
        compile_cells(primitive, chosen, variables, asked, interrupted)
    for cell in beyond:
        write_result(cell, environment(cell, budget, 0.0), [], not_applicable=off_seam)
        print(f"{cell.engine} doesn't apply ({AS_IT_IS} explores the type as it is): {off_seam}", file=sys.stderr)
    outcome = run_cells(chosen, budget, asked.jobs, asked.force, interrupted)
    selection = [f"--engine={asked.engine}"] if asked.engine else []
    return conclude(outcome, [f"--build={relative(str(directory))}", f"--registry={variables['REGISTRY']}", *selection],
                    interrupted)


def arguments(asked: argparse.Namespace) -> tuple[Path, Primitive]:
    """The header and the primitive that the arguments name. Raises UserError for what isn't there."""
    header = Path(asked.header).resolve()
    if not header.is_file():
        raise UserError(f'--header: "{asked.header}" is no file; give the path of the header that defines the type')
    kinds = sorted(path.parent.name for path in (ROOT / "primitives").glob("*/contract.hpp"))
    if asked.kind not in kinds:
        raise UserError(f'--kind: "{asked.kind}" is none; there are {", ".join(kinds)}.'
                        + registry.did_you_mean(asked.kind, kinds))
    if not TYPE.fullmatch(asked.type):
        raise UserError(f'--type: "{asked.type}" is no type; give a class name, qualified and with template arguments '
                        "where it has them: my_lock, locks::my_lock, locks::ticket<4>")
    if any(character in str(header) for character in " \"'$#:%\\"):
        raise UserError(f'--header: "{header}" has a character that make can\'t take; copy the header to a plain path')
    name = re.sub(r"\W+", "_", asked.type).strip("_").lower()
    return header, Primitive(name if name[0].isalpha() else f"type_{name}", asked.kind, "holds", line=1)


def compile_cells(primitive: Primitive, chosen: list[Cell], variables: dict[str, str], asked: argparse.Namespace,
                  interrupted: Any) -> None:
    """Builds the cells, one of them first: an error is then printed once. Raises UserError in the header's terms."""
    if not chosen:
        return
    try:
        build([chosen[0].binary], variables, lambda: bool(interrupted))
        build([cell.binary for cell in chosen], variables, lambda: bool(interrupted))
    except BuildError as error:
        lacks = missing_operations(error.text) or missing_operations(contract_errors(primitive, chosen[0], variables))
        if lacks:
            raise UserError("\n".join(f"type {asked.type} lacks: {one}" for one in lacks)) from error
        raise UserError(because(asked, error)) from error


def contract_errors(primitive: Primitive, cell: Cell, variables: dict[str, str]) -> str:
    """What the compiler says of the contract alone: it asks for each operation before anything uses it."""
    try:
        build([cell.build / "cells" / f"{primitive.name}.stress.o"], variables, lambda: False)
    except BuildError as error:
        return error.text
    return ""


def missing_operations(text: str) -> list[str]:
    """What the contract's static assertions say is missing, each once."""
    return list(dict.fromkeys(found.strip().strip('"') for found in LACKS.findall(text)))


def because(asked: argparse.Namespace, error: BuildError) -> str:
    """A header that doesn't compile, with the compiler's first errors."""
    start = error.first_error
    if not start:
        return explain(error)
    lines = error.text[start.start():].splitlines()
    shown = "\n".join(f"  {line}" for line in lines[:COMPILER_LINES])
    return f"the header doesn't compile as {asked.kind} {asked.type}:\n{shown}"
