"""A cell: one primitive on one engine, its binary, and its result file."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import platform
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from registry import ENGINES, Engine, Primitive
from settling import Budget
from stacks import ROOT

Result = dict[str, Any]

# What a program that is explored as it is is linked with.
EXPLORER = ROOT / "build" / "lib" / "libgauntlet_check.so"


@dataclass(frozen=True)
class Cell:
    """One primitive on one engine. `build` is the build directory, absolute."""

    primitive: Primitive
    engine: Engine
    build: Path

    @property
    def name(self) -> str:
        """What its binary and its result are called."""
        return f"{self.primitive.name}.{self.engine.name}"

    @property
    def binary(self) -> Path:
        """The program that runs its checks."""
        return self.build / "bin" / self.name

    @property
    def compiled(self) -> Path:
        """How its translation unit was compiled: the fragment of a compilation database that -MJ leaves."""
        return self.build / "cells" / f"{self.primitive.name}.{self.engine.flavour}.o.json"

    @property
    def result(self) -> Path:
        """Its result file."""
        return self.build / "results" / f"{self.name}.json"


def cells(primitives: list[Primitive], engines: list[str], build: Path) -> list[Cell]:
    """The cells that are to be run, in the registry's order."""
    chosen = [engine for engine in ENGINES if engine.name in engines]
    return [Cell(primitive, engine, build) for primitive in primitives for engine in chosen
            if primitive.runs_on(engine.name)]


def is_fresh(cell: Cell, budget: Budget) -> bool:
    """Whether its result still stands: from this binary, effort and seed, about as long a look, and without trouble.

    An effort's seconds per check shrink as the registry grows; that alone makes no result stale.
    """
    try:
        result = json.loads(cell.result.read_text(encoding="utf-8"))
        was = result["environment"]
        same = {"effort": budget.effort, "seed": budget.seed, "binary": sha256(cell.binary)}
        return ("trouble" not in result and was["seconds_per_check"] >= budget.seconds / 2
                and all(was.get(key) == value for key, value in same.items()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def sha256(path: Path) -> str:
    """A program's SHA-256, in hexadecimal: with what explores it, if that is a library. Raises OSError if it can't be
    read."""
    content = path.read_bytes()
    made = hashlib.sha256(content)
    if EXPLORER.name.encode() in content:
        made.update(EXPLORER.read_bytes())
    return made.hexdigest()


def write_result(cell: Cell, environment: Result, checks: list[Result], trouble: list[str] = [],
                 not_applicable: str = "") -> None:
    """Writes a result whole. Raises OSError; the earlier one then stays."""
    result: Result = {"schema": 1, "primitive": cell.primitive.name, "kind": cell.primitive.kind,
                      "engine": cell.engine.name, "environment": environment, "checks": checks}
    if trouble:
        result["trouble"] = "; ".join(dict.fromkeys(trouble))
    if not_applicable:
        result["not_applicable"] = not_applicable
    write_whole(cell.result, result)


def write_whole(path: Path, content: Result) -> None:
    """Writes JSON into a temporary file, then renames it. Raises OSError; an earlier file then stays."""
    temporary = path.with_suffix(".json.new")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, ensure_ascii=False)
            file.write("\n")
        temporary.rename(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def environment(cell: Cell, budget: Budget, wall_seconds: float) -> Result:
    """Where and how the cell was run. `wall_seconds` is how long that took, up to now."""
    started = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=wall_seconds)
    return {**machine(), **built(cell.binary, cell.compiled), "effort": budget.effort, "seed": budget.seed,
            "seconds_per_check": budget.seconds, "started": started.isoformat(timespec="seconds"),
            "wall_seconds": round(wall_seconds, 3)}


@cache
def machine() -> Result:
    """The machine and the source, which are the same for all cells."""
    try:
        model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        model = None
    commit = output("git", "rev-parse", "HEAD")
    if commit and output("git", "status", "--porcelain", "--untracked-files=no"):
        commit += " with local changes"
    return {"host": platform.node(), "processor": model[1] if model else platform.machine(),
            "cores": len(os.sched_getaffinity(0)), "kernel": f"{platform.system()} {platform.release()}",
            "commit": commit or "unknown"}


def built(binary: Path, compiled: Path) -> Result:
    """How a binary was built: its checksum, the compiler that it names, the flags of a translation unit of its."""
    if not binary.is_file():
        return {}
    named = re.findall(r"\] +(.*)$", output("readelf", "-p", ".comment", str(binary)), re.MULTILINE)
    compilers = [name for name in named if "clang" in name] or named
    return {"compiler": compilers[0].strip() if compilers else "unknown",
            "flags": flags(compiled), "binary": sha256(binary)}


def flags(fragment: Path) -> str:
    """The flags that change what a binary does, from the fragment of a compilation database."""
    try:
        arguments = json.loads(fragment.read_text(encoding="utf-8").rstrip().rstrip(","))["arguments"]
    except (OSError, ValueError, KeyError):
        return "unknown"
    return " ".join(flag for flag in arguments if re.match(r"-(std=|O|g|f|m|pthread)", flag)) or "unknown"


def output(*command: str) -> str:
    """What a command prints, stripped; "" if it fails or isn't there."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", timeout=30,
                              check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
