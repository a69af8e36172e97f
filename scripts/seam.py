"""Whether a header is written on the seam, so that a model can explore it; and what to change where it isn't."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

# What threads share and no model sees, and what to write instead. The first that matches a line is named.
OFF_SEAM: tuple[tuple[str, str], ...] = (
    (r"\batomic_(?:thread|signal)_fence\b", "sync::fence(order)"),
    (r"std::atomic\w*", "sync::atomic<T>, each call with its memory order spelled"),
    (r"std::(?:recursive_|shared_)?(?:timed_)?mutex\b", "gauntlet::mutex, or sync::atomic<T>"),
    (r"std::condition_variable\w*", "sync::futex_wait and sync::futex_wake"),
    (r"std::(?:counting_semaphore|binary_semaphore|latch|barrier|once_flag|call_once)\b",
     "sync::futex_wait and sync::futex_wake"),
    (r"std::this_thread::\w+", "sync::spin_until(predicate)"),
    (r"std::j?thread\b", "sync::thread"),
    (r"\bthread_local\b", "sync::slot<T>"),
    (r"__atomic_\w+|__sync_\w+", "sync::atomic<T>"),
    (r"\bpthread_\w+", "sync::thread, sync::futex_wait and sync::futex_wake"),
    (r"\bSYS_futex\b|\b__NR_futex\b", "sync::futex_wait and sync::futex_wake"),
    (r"std::chrono::\w+_clock::now\b", "sync::now() and sync::deadline"),
)
PORTING = ("To port it: include primitives/sync.hpp; std::atomic<T> becomes sync::atomic<T> with spelled memory "
           "orders; plain data that threads share becomes sync::var<T>; a loop that waits becomes "
           "sync::spin_until(predicate)")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"\n]+)"', re.MULTILINE)
USES_SEAM = re.compile(r"\bsync::\w+")


@dataclass(frozen=True)
class Finding:
    """Why a header is not on the seam: a name, where it stands, and what to write instead."""

    file: Path
    line: int
    name: str
    instead: str


def reason(header: Path, root: Path) -> str:
    """Why a model can't explore this header, with how to port it; "" if it is written on the seam.

    Looks into the header and the headers that it includes with quotes, `root`'s own sync.hpp excepted.
    """
    files = closure(header, root)
    found = next((finding for file in files for finding in off_seam(file)), None)
    if found:
        return (f"{found.file.name}:{found.line} uses {found.name}, which a model can't see; write {found.instead}. "
                f"{PORTING}.")
    # Who includes it and needs none of it is made of parts that a model sees.
    if not any(USES_SEAM.search(code(file)) or "primitives/sync.hpp" in includes(file) for file in files):
        return f"{header.name} uses nothing of primitives/sync.hpp, so a model would see no operation of it. {PORTING}."
    return ""


def closure(header: Path, root: Path) -> list[Path]:
    """The header and what it includes with quotes, directly or not, without the seam itself."""
    seam = {root / "primitives" / "sync.hpp", root / "primitives" / "native.hpp"}
    files: list[Path] = []
    waiting = [header.resolve()]
    while waiting:
        file = waiting.pop(0)
        if file in files or file in seam:
            continue
        files.append(file)
        for name in includes(file):
            for directory in (file.parent, root):
                if (directory / name).is_file():
                    waiting.append((directory / name).resolve())
                    break
    return files


def includes(file: Path) -> list[str]:
    """What a file includes with quotes."""
    return INCLUDE.findall(without_comments(text(file)))


def off_seam(file: Path) -> list[Finding]:
    """The names in a file that a model can't see, one for each line."""
    findings = []
    for number, line in enumerate(code(file).split("\n"), start=1):
        for pattern, instead in OFF_SEAM:
            if found := re.search(pattern, line):
                findings.append(Finding(file, number, found[0], instead))
                break
    return findings


def text(file: Path) -> str:
    """A file's text; bytes that are no UTF-8 don't matter here."""
    return file.read_text(encoding="utf-8", errors="replace")


def code(file: Path) -> str:
    """A file's text without comments, with empty strings, and with its line numbers."""
    stripped = without_comments(text(file))
    return re.sub(r'"(?:\\.|[^"\\\n])*"', '""', stripped)


def without_comments(source: str) -> str:
    """C++ source without comments, with its line numbers. Strings stay, raw ones too."""
    pattern = re.compile(
        r'R"(?P<tag>[^()\s\\]{0,16})\((?:.|\n)*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|//(?:\\\n|[^\n])*'
        r"|/\*(?:.|\n)*?\*/")

    def keep(found: re.Match[str]) -> str:
        whole = found[0]
        if whole.startswith(("//", "/*")):
            return " " + "\n" * whole.count("\n")
        return '""' + "\n" * whole.count("\n") if whole.startswith("R") else whole

    return pattern.sub(keep, source)
