"""Reading sanitizers' reports, on what the installed ones print."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import registry
from reporting import results
import sanitizer_text
import stacks

ROOT = Path(__file__).resolve().parent.parent
SOURCE = "tests/sanitizer/errors.cpp"


@pytest.fixture(scope="session")
def errors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with errors, compiled as the asan engine's cells are."""
    binary = tmp_path_factory.mktemp("sanitizer") / "errors"
    flags = ["-std=c++20", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-pthread"]
    subprocess.run(["clang++-19", *flags, SOURCE, "-o", binary], cwd=ROOT, check=True)
    return binary


def report(errors: Path, name: str) -> tuple[int, str]:
    """The exit status and the stderr of one error, in the environment of the asan engine."""
    asan = next(engine for engine in registry.ENGINES if engine.name == "asan")
    done = subprocess.run([errors, name], env={**os.environ, **dict(asan.environment)}, capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stderr


def violation(errors: Path, name: str) -> dict[str, Any]:
    status, text = report(errors, name)
    assert status == 66
    found = sanitizer_text.parse("Running 1 test case...\n" + text + "\nand what comes after it\n")
    assert found is not None
    assert "and what comes after it" not in found["text"] and "SUMMARY: " in found["text"]
    assert results.schema_problem("result", {
        "schema": 1, "primitive": "p", "kind": "k", "engine": "asan", "environment": {}, "checks": [{
            "check": "c", "outcome": "violated", "coverage": "sampled", "bounds": {}, "explored": 1, "unit": "runs",
            "seconds": 0, "seed": 1, "violation": found}]}) == ""
    return found


def line_of(words: str) -> int:
    """The line of errors.cpp that holds these words."""
    lines = (ROOT / SOURCE).read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if words in line)


@pytest.mark.parametrize("name, kind, message, words", [
    ("use_after_free", "use_after_free", "heap-use-after-free: read of 4 bytes by thread T1, in gauntlet::stack::pop()",
     "return old->value"),
    ("double_free", "double_free", "double-free", "    delete old;"),
    ("leak", "leak", "32 bytes leaked in 2 allocations", "new node"),
    ("undefined", "undefined", "signed integer overflow", "value + value"),
    ("heap_buffer_overflow", "undefined", "heap-buffer-overflow: write of 4 bytes", "some.top[count - 1]"),
    ("segv", "crash", "SEGV", "raise(SIGSEGV)"),
])
def test_each_error_has_class_message_and_place(errors: Path, name: str, kind: str, message: str, words: str) -> None:
    found = violation(errors, name)
    assert found["class"] == kind
    assert found["message"].startswith(message)
    assert found["where"]["file"] == SOURCE
    if name == "double_free":
        assert found["where"]["line"] == line_of("double_free") + 3
    else:
        assert found["where"]["line"] == line_of(words)


def test_a_use_after_free_has_its_three_stacks(errors: Path) -> None:
    found = violation(errors, "use_after_free")["stacks"]
    assert [stack["kind"] for stack in found[:3]] == ["access", "free", "allocation"]
    assert [stack["title"] for stack in found[:3]] == ["read of 4 bytes by thread T1", "freed by thread T1",
                                                       "previously allocated by thread T0"]
    assert found[1]["frames"][1]["function"] == "gauntlet::stack::pop()"
    assert found[1]["frames"][1]["line"] == line_of("    delete old;")
    assert not any(frame["function"] in stacks.STARTERS for stack in found for frame in stack["frames"])


def test_a_leak_has_a_stack_for_each_kind_of_it(errors: Path) -> None:
    found = violation(errors, "leak")["stacks"]
    assert {stack["kind"] for stack in found} == {"allocation"}
    assert found[0]["title"].startswith("16 bytes leaked (direct) in 1 object")


def test_undefined_behaviour_stops_the_program(errors: Path) -> None:
    found = violation(errors, "undefined")
    assert found["where"]["function"] == "gauntlet::overflow(int)"
    assert found["stacks"][0]["title"].startswith("signed integer overflow")


def test_no_report_no_violation(errors: Path) -> None:
    assert report(errors, "") == (0, "")
    assert sanitizer_text.parse("") is None
    assert sanitizer_text.parse("a.hpp:3: check failed: error: not a report\n") is None
    status, text = report(errors, "abort")
    assert status < 0 and sanitizer_text.parse(text) is None


@pytest.mark.parametrize("cut", [0.05, 0.2, 0.5, 0.9])
def test_a_report_cut_short_is_still_one(errors: Path, cut: float) -> None:
    text = report(errors, "use_after_free")[1]
    text = text[text.index("==ERROR") - 10:]
    found = sanitizer_text.parse(text[text.index("=="):][:int(200 + cut * 1000)])
    assert found is not None and found["class"] == "use_after_free"


@pytest.mark.parametrize("text, expected", [
    ("main /a/b.cpp:24:56", ("main", "/a/b.cpp", 24, 56)),
    ("f(int) const b.cpp:7", ("f(int) const", "b.cpp", 7, 0)),
    ("operator delete(void*, unsigned long) (/tmp/bad+0x10d7b2) (BuildId: b2c5)",
     ("operator delete(void*, unsigned long)", "", 0, 0)),
    ("asan_thread_start(void*) asan_interceptors.cpp.o", ("asan_thread_start(void*)", "", 0, 0)),
    ("(/lib/libstdc++.so.6+0xd44a2) (BuildId: 289e)", ("", "", 0, 0)),
    ("", ("", "", 0, 0)),
])
def test_frames(text: str, expected: tuple[str, str, int, int]) -> None:
    frame = sanitizer_text.parse_frame(text)
    assert (frame["function"], frame["file"], frame["line"], frame["column"]) == expected


def test_stacks_of_eu_stack() -> None:
    text = f"""PID 1 - process
TID 1:
#0  0x00007f2edb1c3f16 __futex_abstimed_wait_common64
    ./nptl/futex-internal.c:57:12
#1  0x000056335788a2f8 main
    {ROOT}/{SOURCE}:30:3
#2  0x00007f2edb16524a __libc_start_call_main
    ../sysdeps/nptl/libc_start_call_main.h:58:16
TID 2:
#0  0x00007f2edb4d44a3
#1  0x00007f2edb1c71f5 start_thread
    ./nptl/pthread_create.c:442:8
TID 3:
"""
    found = stacks.parse_eu_stack(text)
    assert [stack["title"] for stack in found] == ["main thread", "thread 2"]
    assert [frame["line"] for frame in found[0]["frames"]] == [57, 30]
    assert len(found[1]["frames"]) == 1
    assert stacks.own_place(found) == {"file": SOURCE, "line": 30, "function": "main"}


def test_the_seam_is_not_where_to_look_first() -> None:
    frames = [stacks.frame("load", "primitives/native.hpp", 30), stacks.frame("load", "primitives/sync.hpp", 80),
              stacks.frame("run", SOURCE, 3)]
    assert stacks.own_place([{"title": "", "kind": "thread", "frames": frames}])["file"] == SOURCE
    assert stacks.own_place([{"title": "", "kind": "thread", "frames": frames[:1]}])["file"] == "primitives/native.hpp"
    assert stacks.own_place([{"title": "", "kind": "thread", "frames": [stacks.frame("malloc")]}]) is None
    frames += [stacks.frame("lock", "primitives/mutex/ticket_lock.hpp", 30), stacks.frame("run", "harness/cell.cpp", 9)]
    assert stacks.own_place([{"title": "", "kind": "thread", "frames": frames}])["function"] == "lock"
