"""Stacks as results hold them: frames innermost first, paths relative to the repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

Frame = dict[str, Any]
Stack = dict[str, Any]

# How a thread gets started: the same in every stack, and nobody's bug.
STARTERS = {"_start", "__libc_start_main", "__libc_start_main_impl", "__libc_start_call_main", "start_thread", "clone3",
            "__clone3", "clone", "__clone", "asan_thread_start(void*)", "__tsan_thread_start_func"}
# Frames of these are between a primitive's own line and what happened: true, and not where the error is.
SEAM = ("primitives/sync.hpp", "primitives/native.hpp")
ENGINES = ("stress/", "models/", "harness/", "lock_order/")


def relative(path: str) -> str:
    """`path` from the repository's root if it lies inside; otherwise as it is."""
    shortened = path.removeprefix(f"{ROOT}/")
    return shortened.removeprefix("./")


def frame(function: str, file: str = "", line: int = 0, column: int = 0) -> Frame:
    """One frame. `file` is "" and `line` 0 where they are unknown."""
    return {"function": function, "file": relative(file), "line": line, "column": column}


def is_inside(file: str) -> bool:
    """Whether a frame's file is a source of this repository."""
    return bool(file) and not file.startswith("/") and (ROOT / file).is_file()


def own_place(stacks: list[Stack]) -> dict[str, Any] | None:
    """Where to look first: the innermost frame inside the repository, in a primitive or its contract if it can be."""
    inside = [one for stack in stacks for one in stack["frames"] if is_inside(one["file"])]
    inside.sort(key=lambda one: distance(one["file"]))
    return {key: inside[0][key] for key in ("file", "line", "function")} if inside else None


def distance(file: str) -> int:
    """How far a file of the repository is from where errors are made: 0 for a primitive or its contract."""
    if file.startswith(SEAM + ENGINES):
        return 2
    return 0 if file.startswith("primitives/") else 1


def without_starters(frames: list[Frame]) -> list[Frame]:
    """The frames without those that start every thread; at least one stays."""
    kept = list(frames)
    while len(kept) > 1 and is_starter(kept[-1]):
        kept.pop()
    return kept


def is_starter(one: Frame) -> bool:
    """Whether a frame only starts a thread, or is nameless library code."""
    function = one["function"]
    return not function or function in STARTERS or bool(re.match(r"(\S+ )?std::(thread::|__invoke)", function))


def of_process(pid: int, seconds: float = 15.0) -> tuple[list[Stack], str]:
    """The stacks of a living process's threads, by eu-stack; and why there are none, or "".

    Takes at most `seconds`. The process must be a descendant of the caller or have allowed tracing.
    """
    command = ["eu-stack", "-i", "-s", "-p", str(pid)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=seconds, check=False)
    except FileNotFoundError:
        return [], "no stacks: eu-stack is not installed (Debian package elfutils)"
    except subprocess.TimeoutExpired:
        return [], f"no stacks: eu-stack took more than {seconds:g} s"
    # The thread that found something first: it says more than those that were stopped for it.
    stacks = sorted(parse_eu_stack(done.stdout), key=lambda stack: not any(
        "stress::violated" in one["function"] for one in stack["frames"]))
    complaint = done.stderr.strip().splitlines()
    return stacks, "" if stacks else f"no stacks: eu-stack says {complaint[-1] if complaint else 'nothing'}"


def parse_eu_stack(text: str) -> list[Stack]:
    """eu-stack's output, a stack for each thread, the main thread first."""
    stacks: list[Stack] = []
    for line in text.splitlines():
        if re.match(r"TID \d+:", line):
            title = "main thread" if not stacks else f"thread {len(stacks) + 1}"
            stacks.append({"title": title, "kind": "thread", "frames": []})
        elif not stacks:
            continue
        elif found := re.match(r"#\d+\s+0x[0-9a-f]+ *(.*)$", line):
            stacks[-1]["frames"].append(frame(found[1].strip()))
        elif stacks[-1]["frames"] and (found := re.match(r"\s+(\S.*?):(\d+)(?::(\d+))?$", line)):
            name = stacks[-1]["frames"][-1]["function"]
            stacks[-1]["frames"][-1] = frame(name, found[1], int(found[2]), int(found[3] or 0))
    for stack in stacks:
        stack["frames"] = without_starters(stack["frames"])
    return [stack for stack in stacks if stack["frames"]]
