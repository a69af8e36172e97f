"""What other programs say about the sources, as findings: compilers, clang-tidy, clang-format, shellcheck, pyflakes."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from lint_source import Finding
from registry import Primitive, UserError

COMPILERS = ("clang++-19", "g++")

# The form that all of these programs share: file:line:column: severity: message. clang-tidy says it of its command line
# without a file.
SAID = re.compile(
    r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+):(?:\d+:)? (?:(?P<severity>[a-z ]+): )?(?P<what>.+)", re.MULTILINE
)

# What of a compile command is about the language and its warnings. The rest is outputs, libraries, instrumentation.
KEPT = re.compile(r"-std=.*|-W(?!l,).*|-[DUI].*|-isystem.*|-f(?!(?:no-)?sanitize|use-ld).*|-pthread")
# What must be as it was when a precompiled header was made.
PRECOMPILED = re.compile(r"-O.*|-f(?:no-)?sanitize.*|-include-pch .*")
# Those that the compiler's own record of a command has as two words.
PREPROCESSOR = ("-D", "-U", "-I", "-isystem")

SEAM = Path("primitives/sync.hpp")

# The check for clang-tidy that confines the others to our code. The Makefile builds it.
OWN_CODE = Path(__file__).resolve().parent.parent / "build" / "lint" / "own_code.so"


class Unit(NamedTuple):
    """A translation unit, relative to the root, and the flags that give it its meaning.

    `precompiled`: those that have clang take its precompiled header, if it has one.
    """

    file: Path
    flags: tuple[str, ...]
    precompiled: tuple[str, ...] = ()


def run(command: list[str], root: Path, remedy: str, most: int = 3, source: str | None = None) -> list[Finding]:
    """What a program that checks says of its `source`, or of the files that the command names.

    `most` findings a file: the rest tends to follow from them. Raises UserError if it fails and says nothing of a file.
    """
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, errors="replace", check=False, input=source or ""
    )
    said = done.stdout + done.stderr
    program = Path(command[0]).name
    found: dict[Path, list[Finding]] = {}
    for match in SAID.finditer(said):
        path = Path(match["file"])
        path = path.relative_to(root) if path.is_relative_to(root) else path
        finding = Finding(path, int(match["line"]), f"{program}: {match['what'].strip()}", remedy)
        aside = match["severity"] == "note" and program != "shellcheck"  # whose mildest findings are called notes
        if not aside and finding not in found.setdefault(path, []):
            found[path].append(finding)
    if done.returncode != 0 and not any(found.values()):
        last = (said.strip().splitlines() or ["nothing"])[-1]
        raise UserError(f"`{' '.join(command)}` ended with status {done.returncode} and said: {last}")
    return [finding for one in found.values() for finding in one[:most]]


def units(root: Path) -> list[Unit]:
    """Each source of the build once, as compile_commands.json has it; with the seam's native meaning if it is there.

    Raises UserError when it can't be read: only the Makefile knows how a source is compiled.
    """
    database = root / "compile_commands.json"
    try:
        made = [unit_of(root, command) for command in json.loads(database.read_text(encoding="utf-8"))]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{database}: no compile commands: {error}; `make compile_commands.json` writes them"
        ) from error
    if not made:
        raise UserError(f"{database}: holds no compile command; `make compile_commands.json` writes it anew")
    first: dict[Path, Unit] = {}
    for unit in sorted(made, key=lambda unit: unit.flags != native(unit)):
        if (root / unit.file).is_file():
            first.setdefault(unit.file, unit)
    return list(first.values())


def unit_of(root: Path, command: dict[str, object]) -> Unit:
    """An entry of compile_commands.json, without what is about outputs and instrumentation."""
    arguments = command["arguments"]
    if not isinstance(arguments, list):
        raise TypeError(f"`arguments` is {arguments!r}, a list was expected")
    file = Path(str(command["file"]))
    file = file.relative_to(root) if file.is_absolute() else file
    words = iter([str(word) for word in arguments])
    flags = []
    for word in words:
        if word in PREPROCESSOR:
            word += next(words, "")
        elif word == "-include-pch":
            word += " " + next(words, "")
        flags.append(word)
    header = [flag for flag in flags if flag.startswith("-include-pch ") and (root / flag.split(" ", 1)[1]).is_file()]
    return Unit(
        file,
        tuple(flag for flag in flags if KEPT.fullmatch(flag)),
        tuple(word for flag in flags if header and PRECOMPILED.fullmatch(flag) for word in flag.split(" ", 1)),
    )


def native(unit: Unit) -> tuple[str, ...]:
    """The flags that any source has: the seam keeps its native meaning."""
    return tuple(flag for flag in unit.flags if not flag.startswith("-DGAUNTLET_SYNC=") and flag != "-U_FORTIFY_SOURCE")


def seam(root: Path, flags: Iterable[str]) -> Path | None:
    """The precompiled seam, for headers that include it anyway: most of the time goes to it. None if there is none."""
    made = root / "build" / "lint" / "sync.pch"
    made.parent.mkdir(parents=True, exist_ok=True)
    command = [COMPILERS[0], *flags, "-Wno-everything", "-fpch-instantiate-templates", "-x", "c++-header"]
    done = subprocess.run([*command, str(SEAM), "-o", str(made)], cwd=root, capture_output=True, check=False)
    return made if done.returncode == 0 else None  # without it, each header tells what is wrong with the seam


def alone(root: Path, header: Path, flags: Iterable[str], precompiled: Path | None) -> list[Finding]:
    """Whether a header compiles with nothing before it, natively and without warnings."""
    included = f'#include "{SEAM}"' in (root / header).read_text(encoding="utf-8")
    return run(
        [
            *(COMPILERS[0], *flags, "-fsyntax-only"),
            *(("-include-pch", str(precompiled)) if included and precompiled else ()),
            *("-x", "c++", "-"),
        ],
        root,
        "it must compile alone and without warnings",
        source=f'#include "{header}"\n',
    )


def kind_units(root: Path, primitives: Iterable[Primitive], like: Unit) -> list[Unit]:
    """For each kind a unit with all of its primitives and its contract for each, written to build/lint/.

    One for a kind rather than one for a cell: most of the time goes to what they share. Compiled `like` that unit, but
    for the seam, which has its native meaning.
    """
    made = []
    for kind, some in groupby(
        sorted(primitives, key=lambda primitive: primitive.kind), key=lambda primitive: primitive.kind
    ):
        contract = Path("primitives") / kind / "contract.hpp"
        there = [primitive for primitive in some if (root / primitive.header).is_file() and (root / contract).is_file()]
        if not there:
            continue  # the rule `registry` says so
        unit = Path("build/lint") / f"{kind}.cpp"
        text = [
            *(f'#include "{header}"' for header in (*(primitive.header for primitive in there), contract)),
            "gauntlet::harness::contract gauntlet::harness::cell_contract() {",
            "  contract made;",
            *(f"  contracts::describe<gauntlet::{primitive.name}>(made);" for primitive in there),
            "  return made;",
            "}",
            "",
        ]
        (root / unit).parent.mkdir(parents=True, exist_ok=True)
        (root / unit).write_text("\n".join(text), encoding="utf-8")
        flags = native(like)
        made.append(Unit(unit, flags, like.precompiled if flags == like.flags else ()))
    return made


def instantiated(root: Path, unit: Unit, compiler: str) -> list[Finding]:
    """Whether a kind's primitives please a compiler with every template that the contract uses."""
    return run(
        [compiler, *unit.flags, "-fsyntax-only", str(unit.file)],
        root,
        f"it must compile without warnings with {compiler}",
    )


def tidy(root: Path, unit: Unit) -> list[Finding]:
    """What clang-tidy says of a unit, and of our headers in it."""
    ours = [f"--load={OWN_CODE}", "--checks=gauntlet-own-code"]  # which is added to those of .clang-tidy
    return run(
        ["clang-tidy-19", "--quiet", "--use-color=false", *ours, str(unit.file), "--", *unit.flags, *unit.precompiled],
        root,
        "clang-tidy's page of that check says why",
    )
