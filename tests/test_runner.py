"""Cells that crash, hang, lie and die: each becomes an outcome."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest
from fake_tree import beside, is_alive, ROOT, Tree, wait_for


def test_all_clean_passes(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "clean", "second": "clean"})
    done = tree.run("--engine=stress")
    assert done.returncode == 0
    assert done.stdout.rstrip().endswith("1 passed, 0 failed, 0 skipped")
    result = tree.result("a_lock.stress")
    assert [check["outcome"] for check in result["checks"]] == ["clean", "clean"]
    assert "trouble" not in result
    assert result["environment"]["seconds_per_check"] == 0.05
    assert len(result["environment"]["binary"]) == 64


def test_a_violation_fails_and_gets_a_token(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "clean", "second": "violated"})
    assert tree.run("--engine=stress").returncode == 1
    found = tree.checks("a_lock.stress")["second"]["violation"]
    assert found["replay"] == "a_lock.stress.second"
    assert found["where"]["file"] == "primitives/sync.hpp"


def test_a_crash_costs_one_check(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "clean", "second": "segv", "third": "clean", "fourth": "segv"})
    assert tree.run("--engine=stress").returncode == 1
    checks = tree.checks("a_lock.stress")
    assert [check["outcome"] for check in checks.values()] == ["clean", "violated", "clean", "violated"]
    found = checks["second"]["violation"]
    assert found["class"] == "crash"
    assert "SIGSEGV" in found["message"] and "last words" in found["message"]
    assert tree.begun("a_lock.stress") == ["first", "second", "third", "fourth"]
    assert "trouble" not in tree.result("a_lock.stress")


def test_an_unexpected_exit_is_a_crash(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "exit_5", "second": "clean"})
    assert tree.run("--engine=stress").returncode == 1
    checks = tree.checks("a_lock.stress")
    assert "exit status 5" in checks["first"]["violation"]["message"]
    assert "no such device" in checks["first"]["violation"]["message"]
    assert checks["second"]["outcome"] == "clean"


def test_a_violation_survives_the_crash_after_it(tree: Tree) -> None:
    tree.cell("a_lock.tsan", {"first": "seen_then_crash"})
    assert tree.run("--engine=tsan").returncode == 1
    found = tree.checks("a_lock.tsan")["first"]["violation"]
    assert (found["class"], found["message"]) == ("data_race", "first")


def test_a_cell_killed_from_outside_says_nothing_of_the_primitive(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "clean", "second": "killed", "third": "clean"})
    assert tree.run("--engine=stress").returncode == 3
    checks = tree.checks("a_lock.stress")
    assert [check["outcome"] for check in checks.values()] == ["clean", "unknown", "clean"]
    assert "SIGKILL" in tree.result("a_lock.stress")["trouble"]


def test_an_endless_loop_is_a_hang_with_stacks(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "loop", "second": "clean"})
    done = tree.run("--engine=stress")
    assert done.returncode == 1
    assert "hung after 1.2 s" in done.stderr
    checks = tree.checks("a_lock.stress")
    assert checks["first"]["violation"]["class"] == "hang"
    stack = checks["first"]["violation"]["stacks"][0]
    assert stack["kind"] == "thread" and len(stack["frames"]) > 1
    assert checks["second"]["outcome"] == "clean"


def test_a_stalled_cell_gets_stacks_and_is_killed(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "stalled", "second": "clean"})
    began = time.monotonic()
    assert tree.run("--engine=stress", "--slack=15").returncode == 1
    assert time.monotonic() - began < 15
    check = tree.checks("a_lock.stress")["first"]
    assert check["violation"]["class"] == "lost_wakeup"
    assert check["violation"]["stacks"][0]["kind"] == "thread"
    assert check["bounds"] == {"threads": 4, "operations": 50} and check["explored"] == 12
    assert tree.checks("a_lock.stress")["second"]["outcome"] == "clean"


def test_half_a_record_is_no_result(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "half_a_record", "second": "clean"})
    assert tree.run("--engine=stress").returncode == 3
    checks = tree.checks("a_lock.stress")
    assert checks["first"]["outcome"] == "unknown"
    assert checks["second"]["outcome"] == "clean"


@pytest.mark.parametrize("action, quoted", [("garbage", "Segmentation fault"), ("wrong_fields", "splendid")])
def test_garbage_among_the_records_is_trouble(tree: Tree, action: str, quoted: str) -> None:
    tree.cell("a_lock.stress", {"first": action, "second": "clean"})
    assert tree.run("--engine=stress").returncode == 3
    assert quoted in tree.result("a_lock.stress")["trouble"]
    assert tree.checks("a_lock.stress")["second"]["outcome"] == "clean"


def test_a_check_that_ends_without_a_record_is_unknown(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "no_record", "second": "clean", "third": "no_record"})
    assert tree.run("--engine=stress").returncode == 3
    checks = tree.checks("a_lock.stress")
    assert [check["outcome"] for check in checks.values()] == ["unknown", "clean", "unknown"]
    assert "first" in tree.result("a_lock.stress")["trouble"]


def test_exit_0_without_any_record_is_trouble(tree: Tree) -> None:
    path = tree.cell("a_lock.stress", {})
    path.write_text('#!/bin/sh\n[ "$1" = --list_content ] && echo "first*"\nexit 0\n')
    assert tree.run("--engine=stress").returncode == 3
    assert tree.checks("a_lock.stress")["first"]["outcome"] == "unknown"
    assert "without running it" in tree.result("a_lock.stress")["trouble"]


def test_exit_201_without_a_violation_is_trouble(tree: Tree) -> None:
    path = tree.cell("a_lock.stress", {"first": "clean"})
    path.write_text(path.read_text().replace("fake_cell.main", "fake_cell.CLEAN = 201\nfake_cell.main"))
    assert tree.run("--engine=stress").returncode == 3
    assert "no record does" in tree.result("a_lock.stress")["trouble"]


@pytest.mark.parametrize("program", ["#!/bin/sh\nexit 0\n", "#!/nonexistent/interpreter\n", "not a program"])
def test_a_binary_that_is_no_cell_is_trouble(tree: Tree, program: str) -> None:
    tree.cell("a_lock.stress", {}).write_text(program)
    assert tree.run("--engine=stress").returncode == 3
    assert tree.result("a_lock.stress")["trouble"]


def test_a_missing_binary_is_trouble_and_costs_one_cell(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "clean"})
    assert tree.run("--engine=stress,tsan").returncode == 3
    assert "isn't there" in tree.result("a_lock.tsan")["trouble"]
    assert tree.checks("a_lock.stress")["first"]["outcome"] == "clean"


def test_a_cell_that_dies_before_its_first_check_is_not_started_for_ever(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "clean"}, start="segv")
    assert tree.run("--engine=stress").returncode == 3
    assert "SIGSEGV" in tree.result("a_lock.stress")["trouble"]
    assert tree.checks("a_lock.stress")["first"]["outcome"] == "unknown"


def test_a_cell_that_hangs_before_its_first_check_is_killed(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "clean"}, start="loop")
    assert tree.run("--engine=stress").returncode == 3
    assert tree.checks("a_lock.stress")["first"]["outcome"] == "unknown"


@pytest.mark.parametrize("end, kind", [("segv", "crash"), ("loop", "hang")])
def test_what_happens_after_the_last_check_is_not_lost(tree: Tree, end: str, kind: str) -> None:
    tree.cell("a_lock.stress", {"first": "clean"}, end=end)
    assert tree.run("--engine=stress").returncode == 1
    checks = tree.checks("a_lock.stress")
    assert checks["first"]["outcome"] == "clean"
    assert checks["at_exit"]["violation"]["class"] == kind


@pytest.mark.parametrize("engine", ["tsan", "asan"])
def test_a_sanitizers_exit_status_without_its_report_is_no_race(tree: Tree, engine: str) -> None:
    tree.cell(f"a_lock.{engine}", {"first": "clean"}, end="exit_66")
    assert tree.run(f"--engine={engine}").returncode == 1
    found = tree.checks(f"a_lock.{engine}")["at_exit"]["violation"]
    assert (found["class"], found["message"]) == ("crash", "exit status 66")


def test_records_that_the_cell_could_not_write_are_trouble(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "records_full"})
    assert tree.run("--engine=stress").returncode == 3
    assert tree.checks("a_lock.stress")["first"]["outcome"] == "unknown"
    assert "No space left" in tree.result("a_lock.stress")["trouble"]


def test_a_cell_that_writes_without_end_is_killed(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "flood"})
    assert tree.run("--engine=stress", "--slack=30").returncode == 3
    assert "64 MiB" in tree.result("a_lock.stress")["trouble"]
    assert not list((tree.build / "results").glob("*.records"))


def test_a_sanitizers_report_is_the_violation(tree: Tree) -> None:
    text = tree.directory / "asan.txt"
    text.write_text(f"""==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x502 at pc 0x55 bp 0x7e sp 0x7e
READ of size 4 at 0x502 thread T1
    #0 0x55 in pop() {ROOT}/primitives/mutex/ticket_lock.hpp:12:91

freed by thread T2 here:
    #0 0x55 in operator delete(void*, unsigned long) (/tmp/bad+0x10) (BuildId: b2)
SUMMARY: AddressSanitizer: heap-use-after-free
""")
    tree.cell("a_lock.asan", {"first": "asan", "second": "clean"}, asan_text=str(text))
    assert tree.run("--engine=asan").returncode == 1
    checks = tree.checks("a_lock.asan")
    found = checks["first"]["violation"]
    assert found["class"] == "use_after_free"
    assert found["where"] == {"file": "primitives/mutex/ticket_lock.hpp", "line": 12, "function": "pop()"}
    assert found["replay"] == "a_lock.asan.first"
    assert [stack["kind"] for stack in found["stacks"]] == ["access", "free"]
    assert checks["second"]["outcome"] == "clean"


# ---- Processes


@pytest.mark.parametrize("action", ["loop_with_child", "child_left_behind"])
def test_children_of_a_cell_die_with_it(tree: Tree, action: str) -> None:
    path = tree.cell("a_lock.stress", {"first": action})
    tree.run("--engine=stress")
    assert not is_alive(int(beside(path, "child").read_text()))


def test_cells_run_at_the_same_time(tree: Tree) -> None:
    for engine in ("stress", "tsan"):
        tree.cell(f"a_lock.{engine}", {"first": "loop"})
    began = time.monotonic()
    tree.run("--engine=stress,tsan", "--jobs=2", "--slack=4")
    together = time.monotonic() - began
    assert together < 2 * 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_what_was_found(tree: Tree, number: signal.Signals) -> None:
    tree.cell("a_lock.behaviour", {"first": "clean"})
    path = tree.cell("a_lock.stress", {"first": "clean", "second": "loop_with_child", "third": "clean"})
    tree.cell("a_lock.tsan", {"first": "clean"})
    runner = subprocess.Popen(tree.command("--engine=behaviour,stress,tsan", "--jobs=1", "--slack=60"),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(beside(path, "child").exists)
    time.sleep(0.1)
    runner.send_signal(number)
    out, err = runner.communicate(timeout=30)
    assert runner.returncode == 4
    assert "Traceback" not in err
    assert tree.checks("a_lock.behaviour")["first"]["outcome"] == "clean"
    checks = tree.checks("a_lock.stress")
    assert [check["outcome"] for check in checks.values()] == ["clean", "unknown", "unknown"]
    assert f"interrupted by {number.name}" in tree.result("a_lock.stress")["trouble"]
    assert "before it started" in tree.result("a_lock.tsan")["trouble"]
    assert not is_alive(int(beside(path, "child").read_text()))
    assert "passed" in out.splitlines()[-1]
    # Only what is missing runs again.
    tree.cell("a_lock.stress", {"first": "clean"})
    done = tree.run("--engine=behaviour,stress,tsan")
    assert done.returncode == 0 and "running 2 cells (1 reused" in done.stderr


def test_a_killed_runner_takes_its_cells_with_it(tree: Tree) -> None:
    path = tree.cell("a_lock.stress", {"first": "loop"})
    note = "import os, sys\nopen(sys.argv[0] + '.pid', 'a').write(f'{os.getpid()} ')\n"
    path.write_text(path.read_text().replace("import sys\n", note))
    runner = subprocess.Popen(tree.command("--engine=stress", "--slack=60"), stderr=subprocess.DEVNULL)
    wait_for(beside(path, "begun").exists)
    runner.kill()
    runner.wait()
    pids = [int(pid) for pid in Path(f"{path}.pid").read_text().split()]
    wait_for(lambda: not any(is_alive(pid) for pid in pids))


# ---- The disk


def test_a_full_disk_stops_the_run_and_keeps_results(tree: Tree) -> None:
    tree.cell("a_lock.behaviour", {"first": "clean"})
    tree.cell("a_lock.stress", {"first": "clean"})
    (tree.build / "results").mkdir()
    # Writing to /dev/full fails as writing to a full disk does.
    (tree.build / "results" / "a_lock.stress.json.new").symlink_to("/dev/full")
    done = tree.run("--engine=behaviour,stress", "--jobs=1")
    assert done.returncode == 3
    assert "No space left on device" in done.stderr and "1 results of this run" in done.stderr
    assert tree.checks("a_lock.behaviour")["first"]["outcome"] == "clean"
    assert not (tree.build / "results" / "a_lock.stress.json").exists()
    assert tree.run("--engine=behaviour,stress").returncode == 0


def test_two_runs_do_not_share_a_directory(tree: Tree) -> None:
    path = tree.cell("a_lock.stress", {"first": "loop"})
    first = subprocess.Popen(tree.command("--engine=stress", "--slack=60"), stderr=subprocess.DEVNULL)
    try:
        wait_for(beside(path, "begun").exists)
        second = tree.run("--engine=stress")
        assert second.returncode == 2 and "another run" in second.stderr
    finally:
        first.terminate()
        first.wait()


# ---- What is run again
