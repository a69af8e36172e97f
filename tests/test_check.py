"""What runs again, bad arguments, replay, progress."""

from __future__ import annotations

import os
import subprocess

import pytest
from fake_tree import Tree, beside


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


def test_replay_says_how_often_it_failed_again(tree: Tree) -> None:
    tree.cell("a_lock.stress", {"first": "violated_at_times"})
    assert "reproduced in 7 of 20 attempts" in tree.run("replay", "a_lock.stress.first.4x50.1.12").stdout


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
