"""Loops of unmodified programs (models/rc11/unmodified/loops/): which iterations are explored, and that none is missed.

tests/unmodified/loops/cases.cpp has a program for each kind of loop. What is right comes out the same at every level of
optimisation. Of those under `lasting` each has a violation that only an iteration shows which looks as if in vain. And
of random programs (loop_programs.py) no outcome is lost: SEED and PROGRAMS say which ones, and how many.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import tempfile
from pathlib import Path

import loop_programs
import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "tests" / "unmodified" / "loops"
PROGRAMS = ROOT / "build" / "tests" / "loops"
LEVELS = ("-O0", "-O1", "-O2")
SEED = int(os.environ.get("SEED", "1"))
RANDOM = int(os.environ.get("PROGRAMS", "30"))

EXECUTIONS = {"test_and_set": 6, "test_and_test_and_set": 6, "compare_and_set": 6, "back_off": 6, "ticket": 24,
              "recursive": 2, "in_c": 6, "increments": 6, "stack": 38, "helping": 6, "sequence_lock": 9,
              "leaves_by_exception": 1, "leaves_by_jump": 1, "nested": 1, "bounded_retry": 2, "meets_in_the_middle": 6,
              "waits_at_the_end": 1, "increments_from_nothing": 6, "load_into_node": 6, "load_by_failing": 6,
              "forgets_what_it_found": 2, "polls_a_mutex": 2, "polls_a_shared_mutex": 6}
VIOLATIONS = {"forever": "livelock", "polls_for_ever": "livelock", "lasting/learns_less_by_failing": "data_race",
              "lasting/publishes_too_little": "assertion", "lasting/sees_a_change": "assertion",
              "lasting/counts_in_memory": "assertion",
              "lasting/counts_for_later": "assertion", "lasting/writes_before_it_retries": "assertion",
              "lasting/announces": "assertion", "lasting/writes_what_is_there": "data_race",
              "lasting/reads_what_it_left": "assertion", "lasting/leaves_it_for_later": "assertion",
              "lasting/leaves_it_to_the_outer_loop": "assertion", "lasting/fails_and_stops": "assertion",
              "lasting/fails_for_no_reason": "assertion", "lasting/counts_attempts": "assertion",
              "lasting/counts_under_the_lock": "assertion"}
# Loops without a known end, of which each iteration counts: where they begin, and their executions within the bound.
BOUNDED = {"polling": ("cases.cpp", "// polls here", 8), "polls_what_is_tried": ("polling.hpp", "// waits here", 117)}


def run(command: list[str | Path], **more: str) -> subprocess.CompletedProcess[str]:
    """With its output, and `more` in its environment."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(command, cwd=ROOT, env=inherited | more, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    """The programs, once for all who run these tests at the same time."""
    (ROOT / "build" / "tests").mkdir(parents=True, exist_ok=True)
    with (ROOT / "build" / "unmodified.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = run(["make", "--silent", "tools"])
        assert made.returncode == 0, made.stdout + made.stderr
        used = [*SOURCES.iterdir(), *(ROOT / "build" / "lib").glob("gauntlet*")]
        newest = max(each.stat().st_mtime for each in used)
        for level in LEVELS:
            program = PROGRAMS / f"cases{level}"
            if not program.exists() or program.stat().st_mtime < newest:
                build(level, program)


def build(level: str, program: Path) -> None:
    """cases.cpp, with the part of it that is C."""
    PROGRAMS.mkdir(exist_ok=True)
    in_c = program.with_suffix(".o")
    for command in (["gauntlet-cc", "-std=gnu17", "-c", SOURCES / "in_c.c", "-o", in_c],
                    ["gauntlet-c++", "-std=c++20", SOURCES / "cases.cpp", in_c, "-o", program]):
        made = run([ROOT / "build" / "bin" / command[0], f"-I{ROOT}", level, *command[1:]])
        assert made.returncode == 0, made.stderr


def explored(case: str, level: str) -> tuple[dict, str]:
    """What the result says of a case, and what was printed."""
    with tempfile.NamedTemporaryFile(suffix=".json") as results:
        options = f"--budget=120\n--results={results.name}\n"
        done = run([PROGRAMS / f"cases{level}", case], GAUNTLET_CHECK_OPTIONS=options)
        return json.loads(Path(results.name).read_text())["checks"][0], done.stdout + done.stderr


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("case", EXECUTIONS)
def test_each_way_out_is_explored_once(case: str, level: str) -> None:
    found, printed = explored(case, level)
    assert (found["outcome"], found["coverage"], found["explored"]) == ("clean", "complete", EXECUTIONS[case]), printed


@pytest.mark.parametrize("case", VIOLATIONS)
def test_what_an_iteration_leaves_is_not_lost(case: str) -> None:
    found, printed = explored(case, "-O1")
    assert found["outcome"] == "violated", printed
    assert found["violation"]["class"] == VIOLATIONS[case]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("case", BOUNDED)
def test_a_loop_that_nobody_knows_the_end_of_is_held_and_named(case: str, level: str) -> None:
    found, printed = explored(case, level)
    name, comment, executions = BOUNDED[case]
    line = next(number for number, text in enumerate((SOURCES / name).read_text().splitlines(), 1) if comment in text)
    assert (found["outcome"], found["coverage"], found["explored"]) == ("clean", "bounded", executions), printed
    assert f"the loop at {(SOURCES / name).relative_to(ROOT)}:{line} was cut" in printed


def outcomes(program: Path, name: str) -> tuple[set[str], int, bool]:
    """Of executions in which nothing was cut short; how many executions there were, and whether those are all."""
    with tempfile.TemporaryFile("w+") as written:
        inherited = os.environ | {"GAUNTLET_CHECK_OPTIONS": "--budget=5"}
        done = subprocess.run([program, name, str(written.fileno())], pass_fds=[written.fileno()], env=inherited,
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"seed {SEED}, {name}: {done.stdout}{done.stderr}"
        written.seek(0)
        lines = written.read().splitlines()
    seen = {line for line in lines if not line.startswith("cut")}
    return seen, len(lines), "passed, complete" in done.stdout or "passed, bounded" in done.stdout


def test_no_outcome_of_random_loops_is_lost() -> None:
    source, names = loop_programs.write(SEED, RANDOM)
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "random.cpp"
        written.write_text(source)
        program = written.with_suffix("")
        made = run([ROOT / "build" / "bin" / "gauntlet-c++", "-std=c++20", written, "-o", program])
        assert made.returncode == 0, made.stderr
        fewer = compared = 0
        for name in names:
            left, executions, ended = outcomes(program, f"{name}_loops")
            if not ended:
                continue
            all_of_them, rounds, _ = outcomes(program, f"{name}_rounds")
            assert all_of_them <= left, f"seed {SEED}, {name}: lost {sorted(all_of_them - left)}"
            compared += 1
            fewer += executions < rounds
        assert compared > RANDOM * 0.9, f"seed {SEED}: only {compared} of {RANDOM} programs came to their end"
        assert fewer > RANDOM / 3, f"seed {SEED}: only {fewer} of {RANDOM} programs have fewer executions as loops"
