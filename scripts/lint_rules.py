"""The project's own rules, each a function from files to findings. How memory orders are explained: lint_orders.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import registry
from lint_source import Finding, code, line_of

LONGEST = 400  # lines in a file
WIDEST = 120  # columns in a line; of C++ clang-format sees to that

# Where the seam itself may name what it stands for, and where #if belongs.
SEAM_FILES = ("primitives/sync.hpp", "primitives/native.hpp")

# What a primitive names through the seam only, and by which of the seam's names.
SEAM = {
    r"\bstd::atomic_thread_fence\b|\batomic_signal_fence\b": "sync::fence",
    r"\bstd::atomic(?!_thread_fence)\w*|\b__atomic_\w+|\b__sync_\w+|\bvolatile\b": "sync::atomic",
    r"\bstd::(?:recursive_|shared_)?(?:timed_)?mutex\b|\bstd::condition_variable\w*"
    r"|\bstd::(?:counting|binary)_semaphore\b"
    r"|\bstd::(?:latch|barrier|once_flag|call_once|promise|future|async)\b": "sync::futex_wait and sync::futex_wake",
    r"\bstd::(?:jthread|thread|this_thread)\b|\bpthread_\w+": "sync::thread and sync::this_thread",
    r"\b\w*clock\s*::\s*now\b|\bclock_gettime\b": "sync::now or sync::deadline",
    r"\bsyscall\b": "sync::futex_wait and sync::futex_wake",
    r"\bthread_local\b": "sync::slot",
    r"\b(?:usleep|nanosleep|sched_yield)\b|(?<!\w)::sleep\b": "sync::spin_until",
    r"(?m)^[ \t]*#[ \t]*(?:if|ifdef|ifndef|elif|else)\b": "if constexpr; the project's only #if is in sync.hpp",
}

ELSEWHERE = ("a path that only one machine has", "name it relative to the repository")
# Spelled so that this file and its test don't break the rule themselves.
WORDS = {
    r"\bTO[D]O\b|\bFIX[M]E\b|\bXX[X]\b": ("an unfinished mark", "finish it, or say what the limit is"),
    r"(?i)\bthread[ -]safe(?:ty)?\b": ("a promise too vague to test", "say which calls may overlap and what they see"),
    r"(?<![\w.])/(?:home/\w+|Users/\w+|roo[t]/)": ELSEWHERE,
}


def registered(root: Path) -> Iterator[Finding]:
    """Every header stands in the registry once, and what stands there exists, under the name that it has there."""
    listing = Path("primitives/registry")
    try:
        primitives = registry.load(root / listing)
    except registry.UserError as error:
        line, what = re.fullmatch(
            r"(?:(\d+): )?(.*)", str(error).removeprefix(f"{root / listing}:"), re.DOTALL
        ).groups()
        yield Finding(listing, int(line or 1), what, "mend the registry")
        return
    names = {primitive.name for primitive in primitives}
    for primitive in primitives:
        if not (root / "primitives" / primitive.kind / "contract.hpp").is_file():
            yield Finding(
                listing,
                primitive.line,
                f'kind "{primitive.kind}" has no contract.hpp',
                f"write primitives/{primitive.kind}/contract.hpp, or use a kind that exists",
            )
        if not (root / primitive.header).is_file():
            yield Finding(
                listing, primitive.line, f"{primitive.header} does not exist", "write it, or take the line out"
            )
        elif not re.search(
            rf"\b(?:class|struct)\s+{primitive.name}\b(?!\s*;)", code((root / primitive.header).read_text())
        ):
            yield Finding(
                primitive.header, 1, f"defines no class {primitive.name}", "file, class and registry name agree"
            )
        if not primitive.holds and not twin_of(primitive.name, names):
            yield Finding(
                listing,
                primitive.line,
                f'"{primitive.name}" is no <twin>_<flaw> of a registered primitive',
                "begin its name with its twin's",
            )
    known = {primitive.header for primitive in primitives}
    # What the primitives of a kind share, such as the exception that they throw, or a contract's second file, is none.
    contracts = {Path("primitives") / primitive.kind / "contract.hpp" for primitive in primitives}
    included = {
        Path(path)
        for header in known | contracts
        if (root / header).is_file()
        for path in re.findall(r'^#include "([^"]+)"', (root / header).read_text(), re.MULTILINE)
    }
    for header in sorted((root / "primitives").glob("*/*.hpp")):
        if header.name != "contract.hpp" and header.relative_to(root) not in known | included:
            yield Finding(header.relative_to(root), 1, "is not in primitives/registry", "add `name kind expect` there")


def twin_of(name: str, names: set[str]) -> str | None:
    """The primitive that a known-bad twin is named after: the longest registered `<twin>` in `<twin>_<flaw>`."""
    starts = [name[: at.start()] for at in re.finditer("_", name)]
    return next((start for start in reversed(starts) if start in names), None)


def seam(path: Path, text: str) -> Iterator[Finding]:
    """A primitive shares nothing with other threads but through the seam: an engine can't see what goes around it."""
    spoken = code(text)
    for pattern, instead in SEAM.items():
        for found in re.finditer(pattern, spoken):
            yield Finding(path, line_of(spoken, found.start()), f"names {found.group().strip()}", f"use {instead}")


def words(root: Path, path: Path, text: str) -> Iterator[Finding]:
    """No unfinished marks, no vague promises, no paths of one machine."""
    # Where the checkout lies is this machine's business; /tmp or /opt alone may be meant.
    here = root if str(root.parent) in ("/", "/tmp", "/opt", "/srv", "/home") else root.parent
    patterns = WORDS | {rf"(?<![\w.]){re.escape(str(here))}/": ELSEWHERE}
    for pattern, (what, remedy) in patterns.items():
        for found in re.finditer(pattern, text):
            yield Finding(path, line_of(text, found.start()), f'{what}, "{found.group()}"', remedy)


def length(path: Path, text: str) -> Iterator[Finding]:
    """A file holds one idea. A kind's behaviour.cpp is one list of cases, however many there are."""
    if (lines := len(text.splitlines())) > LONGEST and path.name != "behaviour.cpp":
        yield Finding(path, LONGEST, f"is {lines} lines long, {LONGEST} are the most", "one idea a file: split it")


def width(path: Path, text: str) -> Iterator[Finding]:
    """A line fits the screen beside another."""
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > WIDEST:
            yield Finding(path, number, f"is {len(line)} columns wide, {WIDEST} are the most", "break the line")


def second_list(path: Path, text: str) -> Iterator[Finding]:
    """Tests are found, not listed: one that a second list forgets is never run."""
    for found in re.finditer(r"\btests/\w+\.(?:py|cpp)\b", text):
        yield Finding(
            path, line_of(text, found.start()), f"lists {found.group()}", "let tests be found by their pattern"
        )


def twin_says_its_flaw(path: Path, text: str) -> Iterator[Finding]:
    """Whoever reads a known-bad twin is shown where it is bad."""
    if not re.search(r"(?m)^\s*// flaw\b[^:]*:", text):
        yield Finding(path, 1, "is known to be bad and doesn't show where", "write `// flaw: …` above the flawed line")
