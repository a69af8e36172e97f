"""Headers from outside the tree: what is said about the arguments, the seam, and what a compiler refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import registry
import seam

ROOT = Path(__file__).resolve().parent.parent

PORTED = """#pragma once
#include <atomic>
#include "primitives/sync.hpp"
// std::mutex is named in a comment,
/* as is std::thread */
namespace mine {
namespace sync = gauntlet::sync;
class my_lock {
 public:
  void lock() {
    sync::spin_until([this] { return !held_.exchange(true, std::memory_order_acquire); });
  }
  const char* what() { return "std::mutex // not a comment"; }
 private:
  sync::atomic<bool> held_{false};
};
}
"""


def header(directory: Path, text: str, name: str = "my_lock.hpp") -> Path:
    path = directory / name
    path.write_text(text)
    return path


# ---- The seam


def test_a_header_on_the_seam_may_be_modelled(tmp_path: Path) -> None:
    assert seam.reason(header(tmp_path, PORTED), ROOT) == ""


@pytest.mark.parametrize("primitive", registry.load(ROOT / "primitives" / "registry"), ids=lambda one: one.name)
def test_every_primitive_of_the_tree_is_on_the_seam(primitive: registry.Primitive) -> None:
    assert seam.reason(ROOT / primitive.header, ROOT) == ""


@pytest.mark.parametrize("line, name, instead", [
    ("std::atomic<int> x;", "std::atomic", "sync::atomic<T>"),
    ("std::atomic_flag x;", "std::atomic_flag", "sync::atomic<T>"),
    ("std::atomic_thread_fence(std::memory_order_acquire);", "atomic_thread_fence", "sync::fence"),
    ("atomic_thread_fence(std::memory_order_acquire);", "atomic_thread_fence", "sync::fence"),
    ("std::mutex m;", "std::mutex", "mutex"), ("std::shared_timed_mutex m;", "std::shared_timed_mutex", "mutex"),
    ("std::recursive_mutex m;", "std::recursive_mutex", "mutex"),
    ("std::condition_variable_any c;", "std::condition_variable_any", "futex"),
    ("std::jthread t;", "std::jthread", "sync::thread"),
    ("std::this_thread::yield();", "std::this_thread::yield", "spin"),
    ("__atomic_store_n(&x, 1, 0);", "__atomic_store_n", "sync::atomic"),
    ("__sync_synchronize();", "__sync_synchronize", "sync::atomic"),
    ("pthread_mutex_t m;", "pthread_mutex_t", "sync"), ("syscall(SYS_futex, &x);", "SYS_futex", "futex"),
    ("thread_local int x;", "thread_local", "sync::slot"),
])
def test_what_a_model_cannot_see_is_named(tmp_path: Path, line: str, name: str, instead: str) -> None:
    reason = seam.reason(header(tmp_path, PORTED + line + "\n"), ROOT)
    assert f"my_lock.hpp:{PORTED.count(chr(10)) + 1} uses {name}," in reason
    assert instead in reason and "To port it" in reason


def test_an_included_header_counts(tmp_path: Path) -> None:
    header(tmp_path, "#pragma once\nstd::mutex m;\n", "inner.hpp")
    header(tmp_path, '#pragma once\n#include "inner.hpp"\n#include "my_lock.hpp"\n', "middle.hpp")
    assert "inner.hpp:2 uses std::mutex" in seam.reason(header(tmp_path, PORTED + '#include "middle.hpp"\n'), ROOT)
    assert seam.reason(header(tmp_path, PORTED + '// #include "middle.hpp"\n'), ROOT) == ""


def test_using_nothing_of_the_seam_is_named(tmp_path: Path) -> None:
    assert "uses nothing of primitives/sync.hpp" in seam.reason(header(tmp_path, "class my_lock {};\n"), ROOT)


@pytest.mark.parametrize("text", ["", "/*", '"', 'R"x(', "'", "\x00\xff",
                                  '#include "my_lock.hpp"\n', 'R"(std::mutex)"'])
def test_odd_sources_are_read(tmp_path: Path, text: str) -> None:
    seam.reason(header(tmp_path, text), ROOT)


# ---- make and the compiler


def run(tmp_path: Path, make: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """check.py with a make of our own, a shell script; its arguments are kept in `make.arguments`."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "make").write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/make.arguments\n{make}\n')
    (tools / "make").chmod(0o755)
    done = subprocess.run([sys.executable, ROOT / "scripts" / "check.py", f"--build={tmp_path / 'build'}", *arguments],
                          env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}, capture_output=True, text=True,
                          timeout=60, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def fake_binaries(directory: Path, *names: str) -> str:
    """Shell commands that make clean cells."""
    program = (f"#!/usr/bin/python3\nimport sys\nsys.path.insert(0, {str(ROOT / 'tests')!r})\nimport fake_cell\n"
               "fake_cell.main({'first': 'clean'})\n")
    source = directory / "program"
    source.write_text(program)
    return "\n".join(f"install -D {source} {directory}/build/{name}" for name in names)


def test_a_failing_build_names_the_file(tmp_path: Path) -> None:
    make = ('echo "primitives/mutex/ticket_lock.hpp:12:3: error: unknown type name \'serving\'" >&2; '
            'echo "make: *** [Makefile:9: x.o] Error 1" >&2; exit 2')
    done = run(tmp_path, make, "--primitive=ticket_lock", "--engine=behaviour")
    assert done.returncode == 2
    assert "ticket_lock.hpp:12 doesn't compile: unknown type name 'serving'" in done.stderr
    assert "Error 1" in done.stderr


def test_a_make_that_fails_without_a_compiler_is_shown(tmp_path: Path) -> None:
    done = run(tmp_path, 'echo "make: *** No rule" >&2; exit 2', "--primitive=ticket_lock", "--engine=behaviour")
    assert done.returncode == 2 and "No rule" in done.stderr and "nothing was run" in done.stderr


def test_make_is_asked_for_the_selected_cells(tmp_path: Path) -> None:
    cells = fake_binaries(tmp_path, "bin/ticket_lock.behaviour", "bin/ticket_lock.tsan")
    assert run(tmp_path, cells, "--primitive=ticket_lock", "--engine=behaviour,tsan").returncode == 0
    asked = (tmp_path / "make.arguments").read_text().split()
    assert [word for word in asked if "/bin/" in word] == [f"{tmp_path}/build/bin/ticket_lock.behaviour",
                                                           f"{tmp_path}/build/bin/ticket_lock.tsan"]
    assert f"BUILD={tmp_path}/build" in asked


def test_validate_builds_and_runs_in_its_own_directory(tmp_path: Path) -> None:
    path = header(tmp_path, PORTED)
    cells = fake_binaries(tmp_path, "validate/mine_my_lock/bin/mine_my_lock.behaviour",
                          "validate/mine_my_lock/bin/mine_my_lock.relacy")
    done = run(tmp_path, cells, "validate", f"--header={path}", "--kind=mutex", "--type=mine::my_lock",
               "--engine=behaviour,relacy", "--effort=quick")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "2 passed, 0 failed, 0 skipped"
    asked = (tmp_path / "make.arguments").read_text()
    assert f"HEADER={path}" in asked and "TYPE=mine::my_lock" in asked
    assert (tmp_path / "build/validate/mine_my_lock/report/index.html").is_file()
    # The token of a validated type finds its way back.
    (tmp_path / "tools" / "make").unlink()
    (tmp_path / "tools").rmdir()
    again = run(tmp_path, "exit 0", "replay", "mine_my_lock.relacy.first.2x1.1.1")
    assert again.returncode == 0 and "not reproduced in 7 iterations" in again.stdout


def test_a_header_off_the_seam_is_not_modelled(tmp_path: Path) -> None:
    path = header(tmp_path, "#include <atomic>\nnamespace mine { class my_lock { std::atomic<int> x; }; }\n")
    cells = fake_binaries(tmp_path, "validate/mine_my_lock/bin/mine_my_lock.behaviour")
    done = run(tmp_path, cells, "validate", f"--header={path}", "--kind=mutex", "--type=mine::my_lock",
               "--engine=behaviour,relacy", "--effort=quick")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "1 passed, 0 failed, 1 skipped"
    assert "my_lock.hpp:2 uses std::atomic" in done.stderr
    result = json.loads((tmp_path / "build/validate/mine_my_lock/results/mine_my_lock.relacy.json").read_text())
    assert "std::atomic" in result["not_applicable"] and result["checks"] == []


WRAPPED = """#pragma once
#include <mutex>
namespace mine {
class wrapped_mutex {
 public:
  void lock() { it_.lock(); }
  bool try_lock() { return it_.try_lock(); }
  void unlock() { it_.unlock(); }
 private:
  std::mutex it_;
};
}
"""
SPINNING = """#pragma once
#include <atomic>
namespace mine {
class spinning_lock {
 public:
  void lock() { while (held_.exchange(true, std::memory_order_acquire)) {} }
  bool try_lock() { return !held_.exchange(true, std::memory_order_acquire); }
  void unlock() { held_.store(false, std::memory_order_relaxed); }
 private:
  std::atomic<bool> held_{false};
};
}
"""
FORGETFUL = """#pragma once
#include <atomic>
#include <cstdint>
namespace mine {
class forgetful_counter {
 public:
  explicit forgetful_counter(std::int64_t first = 0) : value_(first) {}
  std::int64_t increment() { return add(1); }
  std::int64_t add(std::int64_t amount) {
    const std::int64_t sum = value_.load() + amount;
    value_.store(sum);
    return sum;
  }
  std::int64_t value() const { return value_.load(); }
 private:
  std::atomic<std::int64_t> value_;
};
}
"""


def test_a_header_off_the_seam_is_explored_as_it_is(tmp_path: Path) -> None:
    """With the real make and compiler. Not in two tests: they would build the same objects at the same time."""
    found = {}
    for name, kind, text in (("wrapped_mutex", "mutex", WRAPPED), ("spinning_lock", "mutex", SPINNING),
                             ("forgetful_counter", "counter", FORGETFUL)):
        done = check(tmp_path, "validate", f"--header={header(tmp_path, text, f'{name}.hpp')}", f"--kind={kind}",
                     f"--type=mine::{name}", "--engine=rc11", "--effort=quick")
        results = tmp_path / "build" / "validate" / f"mine_{name}" / "results" / f"mine_{name}.rc11.json"
        assert results.is_file(), done.stderr
        found[name] = {one["check"]: one for one in json.loads(results.read_text())["checks"]}
        assert done.returncode == (0 if name == "wrapped_mutex" else 1), done.stdout + done.stderr
    assert {one["outcome"] for one in found["wrapped_mutex"].values()} == {"clean"}
    # What calls that meet may come to is judged, too.
    forgotten = found["forgetful_counter"]["two_increments"]["violation"]
    assert forgotten["class"] == "assertion" and "is not allowed" in forgotten["message"]
    exclusion = found["spinning_lock"]["mutual_exclusion"]["violation"]
    assert exclusion["class"] == "data_race" and exclusion["strongest_model"] == "rc11"
    assert exclusion["where"]["file"] == "primitives/mutex/contest.hpp"
    assert any(step["variable"].endswith("lock_.held_") and step["order"] == "relaxed" for step in exclusion["trace"])
    again = check(tmp_path, "replay", exclusion["replay"])
    assert again.returncode == 1 and "data race at primitives/mutex/contest.hpp" in again.stdout, again.stderr


def check(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """check.py as it is, in an environment without what a make around this hands on."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run([sys.executable, ROOT / "scripts" / "check.py", f"--build={tmp_path / 'build'}", *arguments],
                          capture_output=True, text=True, timeout=600, check=False, env=environment)


def test_a_header_that_does_not_compile(tmp_path: Path) -> None:
    path = header(tmp_path, PORTED)
    make = f'echo "{path}:3:1: error: expected unqualified-id" >&2; exit 2'
    done = run(tmp_path, make, "validate", f"--header={path}", "--kind=mutex", "--type=my_lock")
    assert done.returncode == 2
    assert "the header doesn't compile as mutex my_lock" in done.stderr and "expected unqualified-id" in done.stderr


def test_a_type_that_lacks_an_operation_is_told_which(tmp_path: Path) -> None:
    """With the real make and compiler, of which only the contract is compiled."""
    path = header(tmp_path, PORTED)
    real = subprocess.run(["which", "make"], capture_output=True, text=True, check=True).stdout.strip()
    make = (f'case "$*" in *cells/*) exec {real} "$@";; esac\n'
            f'echo "primitives/mutex/behaviour.cpp:1:1: error: no member named try_lock" >&2; exit 2')
    done = run(tmp_path, make, "validate", f"--header={path}", "--kind=mutex", "--type=mine::my_lock")
    assert done.returncode == 2
    assert "type mine::my_lock lacks: kind mutex needs `bool try_lock()`" in done.stderr
    assert "needs `void lock()`" not in done.stderr


@pytest.mark.parametrize("wrong", ["", "my lock", "my_lock;", "$(touch x)", "`x`", "a'b", "lock<", "-lock", "1lock"])
def test_what_is_no_type_is_refused(tmp_path: Path, wrong: str) -> None:
    path = header(tmp_path, PORTED)
    done = run(tmp_path, "exit 0", "validate", f"--header={path}", "--kind=mutex", f"--type={wrong}")
    assert done.returncode == 2 and "is no type" in done.stderr
    assert not (tmp_path / "make.arguments").exists()
