"""The registry: which primitives there are, which engines there are, and which of the two meet in a cell.

A line of the file is `name kind expect`; `#` starts a comment. `expect` is `holds`, or `caught-by:<engine>[,<engine>…]`
for a known-bad twin. A primitive that holds runs on every engine; a twin runs on the engines that must catch it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path


@dataclass(frozen=True)
class Engine:
    """How a contract is explored.

    `unit` is what it counts; `environment` is set for its processes; `shares` is the Makefile's flavour of its cells,
    where those are compiled for several engines at once.
    """

    name: str
    meaning: str
    unit: str
    environment: tuple[tuple[str, str], ...] = ()
    shares: str = ""

    @property
    def flavour(self) -> str:
        """What its cells' translation units are called by."""
        return self.shares or self.name

    def __str__(self) -> str:
        return self.name


# Why these options, and what each default would hide: a short trace history loses races silently, one stack per lock
# doesn't explain an inversion, and a pause at exit is paid by every cell.
TSAN_OPTIONS = "halt_on_error=0:exitcode=66:history_size=7:second_deadlock_stack=1:atexit_sleep_ms=0"
ASAN_OPTIONS = "halt_on_error=1:exitcode=66:detect_leaks=1:detect_stack_use_after_return=1:strict_init_order=1"
UBSAN_OPTIONS = "halt_on_error=1:print_stacktrace=1"

# An engine is one line here, in the order of the report's columns.
ENGINES: tuple[Engine, ...] = (
    Engine("behaviour", "the API's promises, case by case, on real threads", "runs"),
    Engine("stress", "randomized native threads, histories checked against a specification", "iterations"),
    Engine("tsan", "stress under ThreadSanitizer: data races, lock order, lock misuse", "iterations",
           (("TSAN_OPTIONS", TSAN_OPTIONS),)),
    Engine("asan", "stress under AddressSanitizer and UBSan: use after free, leaks, undefined behaviour", "iterations",
           (("ASAN_OPTIONS", ASAN_OPTIONS), ("UBSAN_OPTIONS", UBSAN_OPTIONS))),
    Engine("relacy", "the contract's scenarios on simulated threads and C++11 memory", "executions", shares="model"),
    Engine("rc11", "the same, exhaustively: every execution that the RC11 memory model allows", "executions",
           shares="model"),
)
ENGINE_NAMES: tuple[str, ...] = tuple(engine.name for engine in ENGINES)


class UserError(Exception):
    """Bad arguments or a bad set-up. The message names the value, what was expected and what to do; exit status 2."""


@dataclass(frozen=True)
class Primitive:
    """One registry line. `engines_that_must_catch` is empty for a primitive that holds."""

    name: str
    kind: str
    expect: str
    engines_that_must_catch: tuple[str, ...] = ()
    line: int = 0

    @property
    def holds(self) -> bool:
        """Whether every check is expected to be clean."""
        return not self.engines_that_must_catch

    @property
    def header(self) -> Path:
        """Where its source is, relative to the repository."""
        return Path("primitives") / (self.kind if self.holds else "broken") / f"{self.name}.hpp"

    def runs_on(self, engine: str) -> bool:
        """Whether there is a cell to run; where there is none the report says n/a."""
        return self.holds or engine in self.engines_that_must_catch


def did_you_mean(value: str, known: Iterable[str]) -> str:
    """` Did you mean "…"?`, or nothing when no known name is near."""
    near = difflib.get_close_matches(value, list(known), n=1, cutoff=0.5)
    return f' Did you mean "{near[0]}"?' if near else ""


def load(path: Path) -> list[Primitive]:
    """Reads a registry.

    Raises UserError, with the file and the line, for a line that is not `name kind expect`, a name that is not
    snake_case, an unknown engine, and a name that is there twice.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: the registry can't be read: {error}") from error
    primitives: dict[str, Primitive] = {}
    for number, line in enumerate(lines, start=1):
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        place = f"{path}:{number}"
        primitive = parse_line(words, number, place)
        if earlier := primitives.get(primitive.name):
            raise UserError(f'{place}: "{primitive.name}" is on line {earlier.line} already; a name has one line')
        primitives[primitive.name] = primitive
    if not primitives:
        raise UserError(f"{path}: the registry lists no primitive; a line is `name kind expect`")
    return list(primitives.values())


def parse_line(words: list[str], number: int, place: str) -> Primitive:
    """One registry line. `place` is the file:line that an error names."""
    if len(words) != 3:
        raise UserError(f'{place}: "{" ".join(words)}" has {len(words)} words, a line is `name kind expect`')
    name, kind, expect = words
    for what, word in (("name", name), ("kind", kind)):
        if not re.fullmatch(r"[a-z][a-z0-9_]*", word):
            raise UserError(f'{place}: {what} "{word}" is not snake_case (a-z, 0-9, _; a letter first)')
    if expect == "holds":
        return Primitive(name, kind, expect, line=number)
    if not expect.startswith("caught-by:"):
        raise UserError(f'{place}: expect is "{expect}"; it is `holds` or `caught-by:<engine>[,<engine>…]`')
    engines = tuple(expect.removeprefix("caught-by:").split(","))
    for engine in engines:
        if engine not in ENGINE_NAMES:
            raise UserError(f'{place}: "{engine}" is no engine; there are {", ".join(ENGINE_NAMES)}.'
                            + did_you_mean(engine, ENGINE_NAMES))
        if engines.count(engine) > 1:
            raise UserError(f'{place}: engine "{engine}" is named twice')
    return Primitive(name, kind, expect, engines, number)


def matching(option: str, patterns: str | None, known: Iterable[str]) -> set[str]:
    """The known names that a comma list of globs selects; all of them for None or "".

    Raises UserError for a pattern that selects nothing: a typing error must not make an empty, green run.
    """
    names = list(dict.fromkeys(known))
    if not patterns:
        return set(names)
    chosen: set[str] = set()
    for pattern in (part.strip() for part in patterns.split(",")):
        found = {name for name in names if fnmatchcase(name, pattern)}
        if not found:
            raise UserError(f'--{option}: "{pattern}" matches nothing; there are {", ".join(names)}.'
                            + did_you_mean(pattern, names))
        chosen |= found
    return chosen


def select(primitives: list[Primitive], primitive: str | None = None, kind: str | None = None,
           engine: str | None = None) -> tuple[list[Primitive], list[str]]:
    """The primitives and the names of the engines that the options leave, both in the registry's order.

    Each option is a comma list of globs. Which pairs are cells is for Primitive.runs_on() to say. Raises UserError when
    a pattern selects nothing, or all of them together do.
    """
    names = matching("primitive", primitive, (one.name for one in primitives))
    kinds = matching("kind", kind, (one.kind for one in primitives))
    engines = matching("engine", engine, ENGINE_NAMES)
    left = [one for one in primitives if one.name in names and one.kind in kinds]
    if not left:
        raise UserError(f'--primitive "{primitive}" and --kind "{kind}" have no primitive in common')
    return left, [one for one in ENGINE_NAMES if one in engines]
