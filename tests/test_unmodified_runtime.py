"""The runtime under unmodified programs (models/rc11/unmodified/): what it says of each way to use memory, the heap,
threads and locks. A program of tests/unmodified/runtime/ has many cases, and runs the one that it is given the name of.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CLEAN = ""

# What is wrong in each case: a class of violations.
EXPECTED = {
    "bytes": {
        "same_byte": "data_race",
        "neighbours": CLEAN,
        "across_a_granule": "data_race",
        "copy_of_what_is_written": "data_race",
        "divided_later": "data_race",
        "readers_only": CLEAN,
        "plain_against_atomic": "data_race",
        "plain_read_against_atomic_read": CLEAN,
        "plain_write_against_atomic_read": "data_race",
        "late_initialisation": "data_race",
        "one_object_after_another": CLEAN,
        "overlapping_atomics": "undefined",
        "sixteen_bytes": CLEAN,
        "all_operations": CLEAN,
        "fences": CLEAN,
    },
    "heap": {
        "use_after_free": "use_after_free",
        "double_free": "double_free",
        "free_of_no_block": "undefined",
        "beyond_the_end": "undefined",
        "mismatched": "undefined",
        "freed_while_used": "use_after_free",
        "lost": "leak",
        "lost_in_a_circle": "leak",
        "kept_by_a_global": CLEAN,
        "written_in_part": CLEAN,
        "all_forms": CLEAN,
        "restored": CLEAN,
        "handed_out_again": CLEAN,
    },
    "threads": {
        "guarded": CLEAN,
        "unlocked_by_another": "lock_misuse",
        "destroyed_while_held": "lock_misuse",
        "waits_without_its_mutex": "lock_misuse",
        "in_two_orders": "deadlock",
        "locked_twice": "deadlock",
        "notified_before": "lost_wakeup",
        "waits_for_a_predicate": CLEAN,
        "times_out": CLEAN,
        "kinds_of_mutexes": CLEAN,
        "readers_and_a_writer": CLEAN,
        "others": CLEAN,
        "of_each_thread": CLEAN,
        "leaves_in_the_midst": CLEAN,
        "joined_twice": "undefined",
        "detached_after_it_was_joined": "undefined",
        "joins_nobody": "undefined",
        "joinable_when_destroyed": "assertion",
        "locked_when_destroyed_before": "lock_misuse",
        "notified_when_destroyed_before": "lock_misuse",
        "barrier_after_its_life": "lock_misuse",
        "notifies_what_is_gone": "data_race",
        "notifies_under_the_lock": CLEAN,
        "nobody_catches": "assertion",
        "aborts": "assertion",
        "exits_with_3": "assertion",
        "exits": CLEAN,
        "a_daemon_waits": CLEAN,
        "dereferences_null": "crash",
        "uses_up_its_stack": "crash",
    },
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """The folder with the program of the module's group, compiled."""
    del request
    return tmp_path_factory.mktemp("programs")


def built(folder: Path, program: str) -> Path:
    """Compiles it, the first time."""
    path = folder / program
    if not path.exists():
        subprocess.run(["make", "-s", "-C", str(ROOT), "tools"], check=True, capture_output=True)
        subprocess.run([str(ROOT / "build/bin/gauntlet-c++"), "-std=c++20", "-mcx16", f"-I{ROOT}", "-Wno-everything",
                        str(ROOT / f"tests/unmodified/runtime/{program}.cpp"), "-o", str(path)], check=True)
    return path


def explored(path: Path, case: str, *options: str) -> tuple[str, dict, subprocess.CompletedProcess]:
    """@return the class of the violation, the whole record, what was printed"""
    results = path.with_suffix(f".{case}.json")
    words = " ".join(["--budget=20", f"--results={results}", *options])
    done = subprocess.run([str(path), case], env={**os.environ, "GAUNTLET_CHECK_OPTIONS": words}, text=True,
                          capture_output=True, timeout=60, check=False)
    if not results.exists():
        return "", {}, done
    (found,) = json.loads(results.read_text())["checks"]
    return (found["violation"] or {"class": CLEAN})["class"], found, done


@pytest.mark.parametrize("program", EXPECTED)
def test_each_case_comes_to_what_is_expected(program: str, programs: Path) -> None:
    path = built(programs, program)
    wrong = {}
    for case, expected in EXPECTED[program].items():
        violation, found, done = explored(path, case)
        as_expected = violation == expected and done.returncode == (1 if expected else 0)
        if not as_expected or (not expected and found["coverage"] == "sampled"):
            wrong[case] = (violation, done.returncode, found.get("coverage"), done.stdout[-800:] + done.stderr[-800:])
    assert not wrong, wrong


def test_reads_of_what_was_never_written_are_told_if_asked_for(programs: Path) -> None:
    path = built(programs, "heap")
    assert explored(path, "never_written")[0] == CLEAN
    assert explored(path, "never_written", "--uninitialised=on")[0] == "undefined"
    assert explored(path, "written_in_part", "--uninitialised=on")[0] == CLEAN


def test_a_program_that_is_no_function_of_what_it_reads_is_told_as_such(programs: Path) -> None:
    _, _, done = explored(built(programs, "threads"), "does_something_else")
    assert done.returncode == 3
    assert "did something else" in done.stdout + done.stderr


def test_both_sites_of_a_race_are_told(programs: Path) -> None:
    _, found, done = explored(built(programs, "bytes"), "same_byte")
    source = (ROOT / "tests/unmodified/runtime/bytes.cpp").read_text().splitlines()
    line = 1 + next(i for i, text in enumerate(source) if "= 1; }, [] { sink = as<std::uint8_t>(7)" in text)
    stacks = found["violation"]["stacks"]
    assert len([each for each in stacks if f"bytes.cpp:{line}" in json.dumps(each) or
                f'"line": {line}' in json.dumps(each)]) >= 2, done.stdout
