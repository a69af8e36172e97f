"""What unmodified programs ask the system and the C library for (models/rc11/unmodified/): what goes through, what is
an access to the program's memory, what is refused, and what never comes to an end.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from test_unmodified_runtime import CLEAN, ROOT, built, explored

SYSTEM = ROOT / "tests/unmodified/runtime/system.cpp"
LIBRARY = ROOT / "tests/unmodified/runtime/library.cpp"

# What is wrong in each case: a class of violations.
EXPECTED = {
    "what_it_raises": CLEAN,
    "handler_with_details": CLEAN,
    "handlers_race": "data_race",
    "nothing_handles": "crash",
    "crash_with_a_handler": "crash",
    "a_file_in_each_execution": CLEAN,
    "maps_memory": CLEAN,
    "maps_a_file": CLEAN,
    "uses_what_is_unmapped": "data_race",
    "prints_past_stdio": CLEAN,
    "runs_for_ever": "hang",
    "runs_for_ever_seen": "livelock",
}

# What each case calls, and can't be explored.
REFUSED = {
    "signals_another_thread": "pthread_kill",
    "raised_while_blocked": "raise",
    "alarm_clock": "alarm",
    "timer": "setitimer",
    "waits_for_a_signal": "pause",
    "forks": "fork",
    "forks_by_number": "syscall",
    "becomes_another": "execl",
    "runs_a_command": "system",
    "opens_a_pipe": "pipe",
    "opens_a_socket": "socket",
    "counts_events": "eventfd",
    "polls": "epoll_create1",
    "shares_memory": "mmap",
    "cancels": "pthread_cancel",
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the compiled programs, and with the files that they make."""
    folder = tmp_path_factory.mktemp("programs")
    os.environ["FOLDER"] = str(folder)
    return folder


def line_of(source: Path, text: str) -> int:
    return 1 + next(number for number, line in enumerate(source.read_text().splitlines()) if text in line)


def test_each_case_comes_to_what_is_expected(programs: Path) -> None:
    path = built(programs, "system")
    wrong = {}
    for case, expected in EXPECTED.items():
        violation, found, done = explored(path, case)
        if violation != expected or done.returncode != (1 if expected else 0):
            wrong[case] = (violation, done.returncode, done.stdout[-800:] + done.stderr[-800:])
        elif not expected:
            assert found["coverage"] == "complete", case
        elif expected == "hang":
            begin = line_of(SYSTEM, "void spin()")
            assert begin <= found["violation"]["where"]["line"] < begin + 4
    assert not wrong, wrong


def test_what_cannot_be_explored_is_refused_by_name_and_place(programs: Path) -> None:
    path = built(programs, "system")
    wrong = {}
    for case, name in REFUSED.items():
        _, _, done = explored(path, case)
        said = re.search(r"system\.cpp:(\d+): (\w+)\(\) can't be explored: ", done.stderr)
        begin = line_of(SYSTEM, f"void {case}()")
        if done.returncode != 3 or said is None or said[2] != name or not 0 < int(said[1]) - begin < 5:
            wrong[case] = (done.returncode, done.stdout[-800:] + done.stderr[-800:])
    assert not wrong, wrong


@pytest.mark.parametrize("case", ["its_input", "its_input_unbuffered"])
def test_each_execution_reads_the_same_input(case: str, programs: Path) -> None:
    path = built(programs, "system")
    file = programs / "input"
    file.write_text("10\n20\n")
    with subprocess.Popen(["cat", file], stdout=subprocess.PIPE) as pipe, file.open() as whole:
        for given in (pipe.stdout, whole):
            done = subprocess.run([str(path), case], stdin=given, text=True, capture_output=True, timeout=60,
                                  check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            assert "20 executions" in done.stdout


@pytest.mark.parametrize(("case", "text"), [("waits_in_the_kernel", "flock(other"),
                                            ("waits_for_its_input", "check(read(")])
def test_the_budget_ends_a_call_that_waits(case: str, text: str, programs: Path) -> None:
    ends = os.pipe()
    environment = {**os.environ, "GAUNTLET_CHECK_OPTIONS": "--budget=1"}
    done = subprocess.run([str(built(programs, "system")), case], stdin=ends[0], env=environment, text=True,
                          capture_output=True, timeout=60, check=False)
    for end in ends:
        os.close(end)
    assert done.returncode == 4, done.stdout + done.stderr
    line = max(number for number, each in enumerate(SYSTEM.read_text().splitlines(), 1) if text in each)
    assert f"system.cpp:{line}, from where it didn't go on" in done.stdout


def test_the_library_s_accesses_to_the_program_s_memory_are_seen(programs: Path) -> None:
    path = built(programs, "library")
    names = re.findall(r"^    (?:READS|WRITES)\((\w+)|^    \{\"(qsort)", LIBRARY.read_text(), re.MULTILINE)
    assert len(names) > 40
    unseen = []
    file = programs / "input"
    file.write_text("10\n20\n")
    for name in (one or other for one, other in names[::1 if os.environ.get("LONG") else 4]):
        records = programs / f"{name}.records"
        with file.open() as given:
            done = subprocess.run([str(path), name], stdin=given, capture_output=True, timeout=60, check=False,
                                  env={**os.environ, "GAUNTLET_CHECK_OPTIONS": f"--model=sc --records={records}"})
        if done.returncode != 1 or '"data_race"' not in records.read_text():
            unseen.append(name)
    assert not unseen


def test_the_library_accesses_no_more_than_it_may(programs: Path) -> None:
    path = built(programs, "library")
    assert explored(path, "beside")[0] == CLEAN
    assert explored(path, "lost")[0] == "leak"
    _, found, done = explored(path, "prints_in_a_loop")
    assert (found["coverage"], done.returncode, done.stdout.count("line\n")) == ("complete", 0, 3)
