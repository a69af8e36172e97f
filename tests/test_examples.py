"""The examples print what stands beside them, and the tools find what is wrong with those that are broken."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.cpp"))
# Each mistake, and the form that is right.
RACE = ("counter_race", "counter")
INVERSION = ("deadlock", "ordered_locks")
PATIENCE = 60  # seconds for a program that takes a few hundredths


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """All that this file runs, built at once."""
    names = [f"build/examples/{path.stem}" for path in EXAMPLES]
    names += [f"build/examples/{name}.tsan" for name in RACE + INVERSION]
    names += [f"build/examples/{name}.lock_order" for name in INVERSION]
    # A make of its own: it may run below `make test`, whose job server it has no part in.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    # One at a time: the tests may be spread over several processes.
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "examples.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = subprocess.run(["make", "--silent", f"--jobs={os.cpu_count()}", *names], cwd=ROOT, env=environment,
                              capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr


def run(name: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a program of build/examples/ from the root."""
    return subprocess.run([f"build/examples/{name}"], cwd=ROOT, env=os.environ | environment, capture_output=True,
                          text=True, timeout=PATIENCE, check=False)


def groups(expected: str) -> list[list[str]]:
    """Lines that may come in any order together, each that has its place by itself."""
    made: list[list[str]] = []
    loose = False
    for line in expected.splitlines():
        if line.startswith("* ") and loose:
            made[-1].append(line[2:])
        else:
            made.append([line.removeprefix("* ")])
        loose = line.startswith("* ")
    return made


def differs(expected: str, said: str) -> str:
    """What is wrong with an example's output, or "".

    Expected lines that begin with "* " may come in any order with those beside them that do, too; {any} is any text.
    """
    lines = said.splitlines()
    for group in groups(expected):
        came, lines = lines[:len(group)], lines[len(group):]
        for wanted in group:
            pattern = re.escape(wanted).replace(re.escape("{any}"), ".*")
            found = next((line for line in came if re.fullmatch(pattern, line)), None)
            if found is None:
                return f"{wanted!r} is not among {came}"
            came.remove(found)
    return f"{lines} are too many" if lines else ""


@pytest.mark.parametrize(
    ("expected", "said", "wrong"),
    [
        ("a\nb\n", "a\nb\n", ""),
        ("a\nb\n", "b\na\n", "'a' is not among ['b']"),
        ("* a\n* b\nc\n", "b\na\nc\n", ""),
        ("* a\n* b\nc\n", "b\nc\na\n", "'a' is not among ['b', 'c']"),
        ("* a\n* a\n", "a\nb\n", "'a' is not among ['b']"),
        ("a\n", "a\nb\n", "['b'] are too many"),
        ("a\nb\n", "a\n", "'b' is not among []"),
        ("count: {any}\n", "count: 7\n", ""),
        ("count: {any}.\n", "count: 7\n", "'count: {any}.' is not among ['count: 7']"),
    ],
)
def test_output_is_compared_line_by_line(expected: str, said: str, wrong: str) -> None:
    assert differs(expected, said) == wrong


@pytest.mark.parametrize("source", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_prints_what_stands_beside_it(source: Path) -> None:
    ended = run(source.stem)
    assert ended.returncode == 0 and ended.stderr == "", ended
    assert differs(source.with_suffix(".expected").read_text(), ended.stdout) == ""


def line_of(name: str, text: str) -> int:
    """The number of the example's only line that has `text`."""
    source = (ROOT / "examples" / f"{name}.cpp").read_text().splitlines()
    (number,) = [number for number, line in enumerate(source, start=1) if text in line]
    return number


def test_thread_sanitizer_names_the_variable_of_the_race_and_its_line() -> None:
    told = run("counter_race.tsan")
    assert told.returncode == 66, told
    assert "WARNING: ThreadSanitizer: data race" in told.stderr
    assert re.search(r"Location is global '.*\bvisits' of size 8", told.stderr), told.stderr
    assert f"counter_race.cpp:{line_of('counter_race', '++visits')}" in told.stderr


def test_thread_sanitizer_tells_the_inversion_and_all_four_acquisitions() -> None:
    told = run("deadlock.tsan", TSAN_OPTIONS="second_deadlock_stack=1")
    assert told.returncode == 66, told
    assert "WARNING: ThreadSanitizer: lock-order-inversion (potential deadlock)" in told.stderr
    # It names no variables: the lines say which lock it is.
    for taken in ("outer(left)", "inner(right)", "outer(right)", "inner(left)"):
        line = line_of("deadlock", taken)
        assert f"deadlock.cpp:{line}" in told.stderr, told.stderr


def test_the_lock_order_checker_names_the_locks_and_the_lines() -> None:
    told = run("deadlock.lock_order")
    assert told.returncode == -6, told  # SIGABRT, before the second thread waits
    first = line_of("deadlock", "inner(right)")
    second = line_of("deadlock", "inner(left)")
    here = "(anonymous namespace)::"
    assert told.stderr.startswith(
        f"lock-order inversion: {here}left → {here}right at examples/deadlock.cpp:{first} (left_then_right), "
        f"{here}right → {here}left at examples/deadlock.cpp:{second} (right_then_left)\n"
    )
    assert "right, then left" not in told.stdout


@pytest.mark.parametrize("name", [f"{RACE[1]}.tsan", f"{INVERSION[1]}.tsan", f"{INVERSION[1]}.lock_order"])
def test_the_right_forms_are_silent(name: str) -> None:
    ended = run(name)
    assert ended.returncode == 0 and ended.stderr == "", ended
    assert ended.stdout == (ROOT / "examples" / f"{name.split('.')[0]}.expected").read_text()
