"""gauntlet-check and memory orders: plain accesses that are taken for relaxed atomic ones, and orders made weaker."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checked_programs import RACE, build_tools, checked, line_of

# A plain counter that two threads read and write, and a flag that says when.
STATISTIC = """#include <thread>
namespace pool {
struct statistics { ATTRIBUTE int hits = 0; };
statistics seen;
void hit() { seen.hits = seen.hits + 1; }
}
int main() {
  std::thread a(pool::hit), b(pool::hit);
  a.join();
  b.join();
}
"""


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    build_tools()


# ---- What is taken for relaxed


def test_an_annotated_member_is_taken_for_relaxed(tmp_path: Path) -> None:
    assert checked(tmp_path, STATISTIC.replace("ATTRIBUTE ", "")).returncode == 1
    done = checked(tmp_path, STATISTIC.replace("ATTRIBUTE", '[[clang::annotate("gauntlet::relaxed")]]'))
    assert done.returncode == 0, done.stdout
    assert re.search(r"taken for relaxed: program.cpp:5, \d+ times \(annotated\)", done.stdout)


@pytest.mark.parametrize("rule", ["type: pool::statistics", "function: pool::h?t", "line: program.cpp:5",
                                  "line: *.cpp:*"])
def test_a_suppressed_access_is_taken_for_relaxed(tmp_path: Path, rule: str) -> None:
    (tmp_path / "known").write_text(f"# read only\n{rule}   # by two threads\nfunction: nowhere\n")
    done = checked(tmp_path, STATISTIC.replace("ATTRIBUTE ", ""), "--suppressions=known")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(rf"taken for relaxed: program.cpp:5, \d+ times \({re.escape(rule)}\)", done.stdout)
    assert "never used: known:3 (function: nowhere)" in done.stdout


def test_what_is_not_suppressed_is_still_a_race(tmp_path: Path) -> None:
    (tmp_path / "known").write_text("type: pool::other\nfunction: main\n")
    done = checked(tmp_path, STATISTIC.replace("ATTRIBUTE ", ""), "--suppressions=known")
    assert done.returncode == 1 and "never used: known:1" in done.stdout


@pytest.mark.parametrize("line", ["lin: x", "function:", "line: queue.hpp", "pool::hit"])
def test_a_bad_suppression_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "known").write_text(f"# comment\n\n{line}\n")
    done = checked(tmp_path, RACE, "--suppressions=known")
    assert done.returncode == 2
    assert f"known:3: `{line}`: expected" in done.stderr


# ---- Which orders are needed


RING = """#include <atomic>
#include <thread>
int cell;
std::atomic<int> full{0}, taken{0};
int main() {
  std::thread producer([] {
    cell = 1;
    full.store(1, std::memory_order_release);
  });
  if (full.load(std::memory_order_acquire) == 1) {
    taken.store(cell, std::memory_order_release);
  }
  producer.join();
}
"""


def test_an_order_that_is_needed_is_missed_when_it_is_weakened(tmp_path: Path) -> None:
    needed, free = line_of(RING, "full.store"), line_of(RING, "taken.store")
    done = checked(tmp_path, RING, f"--weaken=program.cpp:{needed}")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "store rlx full=1" in done.stdout and "the write is relaxed" in done.stdout
    assert re.search(rf"weakened to relaxed: program.cpp:{needed}, \d+ times? \(store release\)", done.stdout)
    assert f"--weaken=program.cpp:{needed} --replay" in done.stdout
    assert checked(tmp_path, RING, "--weaken", f"program.cpp:{free}").returncode == 0


def test_all_orders_are_weakened_one_by_one(tmp_path: Path) -> None:
    done = checked(tmp_path, RING, "--weaken=all")
    assert done.returncode == 0, done.stdout + done.stderr
    said = [re.sub(r" +", " ", line) for line in done.stdout.splitlines()]
    lines = {text: line_of(RING, text) for text in ("full.store", "full.load", "taken.store")}
    assert f" program.cpp:{lines['full.store']} store release needed: data race without it" in said
    assert f" program.cpp:{lines['full.load']} load acquire needed: data race without it" in said
    assert f" program.cpp:{lines['taken.store']} store release never needed by this program" in said
    assert "program: 3 lines order threads; 2 are needed, 1 never by this program" in said


@pytest.mark.parametrize("place, said", [
    ("program.cpp:3",
     "no atomic operation stands there that orders threads; these do:\n  program.cpp:8  store release"),
    ("program.cpp", "expected a line of the program, such as queue.hpp:57, or `all`"),
    (":8", "expected a line of the program"), ("program.cpp:x", "expected a line of the program")])
def test_what_cannot_be_weakened_is_named(tmp_path: Path, place: str, said: str) -> None:
    done = checked(tmp_path, RING, "--weaken", place)
    assert done.returncode == 2 and f"--weaken {place}: {said}" in done.stderr, done.stderr
