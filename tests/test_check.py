"""The runner, on cells that crash, hang, lie and get killed: each time an outcome, and never a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHECK = ROOT / "scripts" / "check.py"


class Tree:
    """A build directory with fake cells, and the registry that names them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.build = directory / "build"
        self.registry = directory / "registry"
        (self.build / "bin").mkdir(parents=True)
        self.registry.write_text("a_lock mutex holds\n")

    def cell(self, name: str, checks: dict[str, str], **how: str) -> Path:
        """A fake cell; see fake_cell.main()."""
        path = self.build / "bin" / name
        path.write_text(f"#!/usr/bin/python3\nimport sys\nsys.path.insert(0, {str(ROOT / 'tests')!r})\n"
                        f"import fake_cell\nfake_cell.main({checks!r}, **{how!r})\n")
        path.chmod(0o755)
        return path

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(CHECK), f"--build={self.build}", f"--registry={self.registry}", "--no-build",
                "--seconds=0.05", "--slack=1.0", *arguments]

    def run(self, *arguments: str, **how: Any) -> subprocess.CompletedProcess[str]:
        """Runs check.py to its end. Whatever the cells do, it doesn't print a traceback."""
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=120, check=False, **how)
        assert "Traceback" not in done.stderr + done.stdout, done.stderr + done.stdout
        return done

    def result(self, name: str) -> dict[str, Any]:
        result = json.loads((self.build / "results" / f"{name}.json").read_text())
        import results
        assert results.schema_problem("result", result) == ""
        return result

    def checks(self, name: str) -> dict[str, dict[str, Any]]:
        return {check["check"]: check for check in self.result(name)["checks"]}

    def begun(self, name: str) -> list[str]:
        """The checks that a cell began, in order, over all of its processes."""
        return beside(self.build / "bin" / name, "begun").read_text().split()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def beside(cell: Path, what: str) -> Path:
    """A file that a fake cell leaves beside itself."""
    return Path(f"{cell}.{what}")


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie doesn't."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def wait_for(condition: Any, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


# ---- Outcomes


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


def test_a_result_stands_until_something_changes(tree: Tree) -> None:
    path = tree.cell("a_lock.stress", {"first": "clean"})
    assert "running 1 cells" in tree.run("--engine=stress").stderr
    assert "running 0 cells (1 reused" in tree.run("--engine=stress").stderr
    assert "running 1 cells" in tree.run("--engine=stress", "--force").stderr
    assert "running 1 cells" in tree.run("--engine=stress", "--seed=2").stderr
    assert "running 1 cells" in tree.run("--engine=stress", "--seed=2", "--effort=quick").stderr
    assert "running 0 cells" in tree.run("--engine=stress", "--seed=2", "--effort=quick").stderr
    path.write_text(path.read_text() + "\n")
    assert "running 1 cells" in tree.run("--engine=stress", "--seed=2", "--effort=quick").stderr


def test_a_result_with_trouble_does_not_stand(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "no_record"})
    tree.run("--engine=stress")
    assert "running 1 cells" in tree.run("--engine=stress").stderr


@pytest.mark.parametrize("text", ["", "{", "[]", '{"environment": 3}', "\x00"])
def test_a_broken_result_does_not_stand(tree: Tree, text: str) -> None:
    tree.cell("a_lock.stress", {"first": "clean"})
    (tree.build / "results").mkdir()
    (tree.build / "results" / "a_lock.stress.json").write_text(text)
    assert tree.run("--engine=stress").returncode == 0
    assert tree.checks("a_lock.stress")["first"]["outcome"] == "clean"


def test_a_twin_runs_only_where_it_must_be_caught(tree: Tree) -> None:
    tree.registry.write_text("a_lock_broken mutex caught-by:stress\n")
    path = tree.cell("a_lock_broken.stress", {"first": "violated"})
    tsan = tree.cell("a_lock_broken.tsan", {"first": "violated"})
    assert tree.run().returncode == 0
    assert beside(path, "begun").exists() and not beside(tsan, "begun").exists()
    tree.cell("a_lock_broken.stress", {"first": "clean"})
    assert tree.run().returncode == 1


# ---- Arguments and the registry


@pytest.mark.parametrize("arguments, said", [
    (["--primitive=a_lok"], 'Did you mean "a_lock"?'),
    (["--engine=tsn"], 'Did you mean "tsan"?'),
    (["--kind=mutx"], 'Did you mean "mutex"?'),
    (["--effort=quik"], 'Did you mean "quick"?'),
    (["--seed=-1"], "whole number"),
    (["--seed=18446744073709551616"], "whole number"),
    (["--jobs=0"], "whole number"),
    (["--seconds=nan"], "seconds"),
    (["--primitive=,"], "matches nothing"),
    (["replay", "a_lock"], "one looks like"),
    (["replay", "a_lok.stress.first"], 'Did you mean "a_lock"?'),
    (["replay", "a_lock.stres.first"], 'Did you mean "stress"?'),
    (["validate", "--header=/none", "--kind=mutex", "--type=x"], "is no file"),
    (["validate", f"--header={__file__}", "--kind=mutx", "--type=x"], "there are"),
    (["frobnicate"], "frobnicate"),
])
def test_bad_arguments_are_named(tree: Tree, arguments: list[str], said: str) -> None:
    done = tree.run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tree.build / "results").exists()


@pytest.mark.parametrize("line, said", [
    ("b_lock mutex", "2 words"), ("b_lock mutex holds now", "4 words"),
    ("b_lock mutex caught-by:tsn", 'Did you mean "tsan"?'),
    ("a_lock mutex holds", "on line 1 already"), ("b_lock mutex hold", "expect"), ("B-lock mutex holds", "snake_case"),
    ("b_lock mutex caught-by:", "is no engine"), ("b_lock mutex caught-by:tsan,tsan", "twice"),
    ("../../b mutex holds", "snake_case"),
])
def test_registry_errors_name_file_and_line(tree: Tree, line: str, said: str) -> None:
    tree.registry.write_text(f"a_lock mutex holds\n{line}  # a comment\n")
    done = tree.run()
    assert done.returncode == 2
    assert f"{tree.registry}:2: " in done.stderr and said in done.stderr


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_registry_is_an_error(tree: Tree, text: str) -> None:
    tree.registry.write_text(text)
    assert tree.run().returncode == 2


def test_a_missing_registry_is_an_error(tree: Tree) -> None:
    tree.registry.unlink()
    done = tree.run()
    assert done.returncode == 2 and str(tree.registry) in done.stderr


# ---- Replay


def test_replay_runs_one_check_again(tree: Tree) -> None:
    path = tree.cell("a_lock.stress", {"first": "clean", "second": "violated"})
    done = tree.run("replay", "a_lock.stress.second.4x50.1.12")
    assert done.returncode == 1
    assert "reproduced" in done.stdout and "two threads inside" in done.stdout
    assert tree.begun("a_lock.stress") == ["second"]
    beside(path, "begun").unlink()
    done = tree.run("replay", "a_lock.stress.first")
    assert done.returncode == 0
    assert "not reproduced in 7 iterations" in done.stdout
    assert tree.begun("a_lock.stress") == ["first"]
    assert not (tree.build / "results").exists()


def test_replay_of_a_crash_reproduces_it(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "segv"})
    done = tree.run("replay", "a_lock.stress.first")
    assert done.returncode == 1 and "SIGSEGV" in done.stdout


def test_replay_of_a_check_that_is_not_there_is_trouble(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "clean"})
    assert tree.run("replay", "a_lock.stress.third").returncode == 3


# ---- What is shown


def test_a_terminal_gets_one_line_that_is_taken_away(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "loop"})
    ours, theirs = os.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "CI"} | {"TERM": "xterm"}
    done = subprocess.run(tree.command("--engine=stress"), stderr=theirs, stdout=subprocess.PIPE, env=environment,
                          timeout=60, check=False)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert done.returncode == 1
    assert "checking 0/1, 0 s: a_lock.stress" in shown
    assert shown.endswith("\r\x1b[K")


def test_without_a_terminal_nothing_is_rewritten(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "clean"})
    done = tree.run("--engine=stress", env={**os.environ, "NO_COLOR": "1"})
    assert "\x1b" not in done.stderr + done.stdout and "\r" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
