"""gauntlet-check and the compilers beside it: what is told of a program that is explored as it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from checked_programs import RACE, TOOLS, build_tools, checked, line_of, run
from reporting import results

HANDED_OVER = RACE.replace("memory_order_relaxed", "memory_order_release")

FREED = """#include <atomic>
#include <thread>
struct node { int value = 7; node* next = nullptr; };
std::atomic<node*> shared{nullptr};
int main() {
  shared.store(new node, std::memory_order_relaxed);
  std::thread reader([] {
    if (node* seen = shared.load(std::memory_order_acquire)) *const_cast<volatile int*>(&seen->value) += 1;
  });
  std::thread remover([] {
    delete shared.exchange(nullptr, std::memory_order_acq_rel);
  });
  reader.join();
  remover.join();
}
"""

CROSSED = """#include <mutex>
#include <thread>
struct bank { std::mutex left, right; };
int main() {
  bank it;
  std::thread a([&] { std::lock_guard one(it.left); std::lock_guard two(it.right); });
  std::thread b([&] { std::lock_guard one(it.right); std::lock_guard two(it.left); });
  a.join();
  b.join();
}
"""

# Who waits looks at nothing.
EARLY = """#include <condition_variable>
#include <mutex>
#include <thread>
std::mutex door;
std::condition_variable ready;
int main() {
  std::thread consumer([] { std::unique_lock hold(door); ready.wait(hold); });
  std::thread producer([] { ready.notify_one(); });
  consumer.join();
  producer.join();
}
"""

# Two threads, store buffering: x86 shows it, interleavings don't.
BUFFERED = """#include <atomic>
#include <cassert>
#include <thread>
std::atomic<int> x{0}, y{0};
int first, second;
int main() {
  std::thread a([] { x.store(1, std::memory_order_release); first = y.load(std::memory_order_acquire); });
  std::thread b([] { y.store(1, std::memory_order_release); second = x.load(std::memory_order_acquire); });
  a.join();
  b.join();
  assert(first == 1 || second == 1);
}
"""


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    build_tools()


# ---- What is told


def test_a_race_is_told_with_both_lines(tmp_path: Path) -> None:
    done = checked(tmp_path, RACE, "--results=found.json", "--dot=found.dot")
    assert done.returncode == 1, done.stderr
    written, read = line_of(RACE, "box.payload = 42"), line_of(RACE, "std::printf")
    assert f"data race at program.cpp:{read}" in done.stdout
    assert "box.payload: the read by T2 and the write by T1" in done.stdout
    assert re.search(rf"write of 4 bytes by thread T1\n +main::lambda  program.cpp:{written}\n", done.stdout)
    # What a thread is called: what it runs.
    started = line_of(RACE, "std::thread consumer")
    assert re.search(rf"#\d+ T2 lambda:{started} +read box.payload", done.stdout), done.stdout
    assert "the write is relaxed: the two do not synchronize" in done.stdout
    assert "Only weakly ordered machines, and compilers, show it." in done.stdout
    assert re.fullmatch(r"program: failed: data race; \d+ executions? in .*, rc11", done.stdout.splitlines()[-1])

    found = json.loads((tmp_path / "found.json").read_text())
    assert results.schema_problem("result", found) == ""
    violation = found["checks"][0]["violation"]
    assert violation["where"] == {"file": "program.cpp", "line": read, "function": violation["where"]["function"]}
    assert [stack["kind"] for stack in violation["stacks"]] == ["access", "access", "creation", "creation"]
    assert violation["strongest_model"] == "rc11"
    assert {event["thread"] for event in violation["trace"]} == {0, 1, 2}
    assert (tmp_path / "found.dot").read_text().startswith("digraph execution")
    assert "label=rf" in (tmp_path / "found.dot").read_text()


def test_a_failure_is_told_again_by_the_command_beside_it(tmp_path: Path) -> None:
    told = checked(tmp_path, RACE).stdout
    command = re.search(r"^ +(\S+gauntlet-check .*--replay \S+)$", told, re.MULTILINE)
    assert command, told
    again = run(tmp_path, *command[1].split())
    assert again.returncode == 1
    trace = [line for line in told.splitlines() if re.match(r" +#\d+ ", line)]
    assert trace and all(line in again.stdout for line in trace)


def test_nothing_is_wrong_with_a_hand_over(tmp_path: Path) -> None:
    done = checked(tmp_path, HANDED_OVER)
    assert done.returncode == 0, done.stdout
    assert re.fullmatch(r"program: passed, complete \(3 threads\); 2 executions in .*, rc11",
                        done.stdout.splitlines()[-1])


def test_a_bad_heap_access_is_told_with_whose_memory_it_is(tmp_path: Path) -> None:
    done = checked(tmp_path, FREED, "--results=found.json")
    assert done.returncode == 1, done.stderr
    assert "node#0" in done.stdout
    stacks = json.loads((tmp_path / "found.json").read_text())["checks"][0]["violation"]["stacks"]
    at = {stack["kind"]: stack["frames"][0]["line"] for stack in stacks if stack["frames"]}
    assert at["allocation"] == line_of(FREED, "new node")


def test_who_holds_what_is_told_of_a_deadlock(tmp_path: Path) -> None:
    done = checked(tmp_path, CROSSED)
    assert done.returncode == 1
    first, second = line_of(CROSSED, "std::thread a"), line_of(CROSSED, "std::thread b")
    assert (f"T1 waits for ever to lock it.right, which T2 holds since program.cpp:{second}; "
            f"T2 waits for ever to lock it.left, which T1 holds since program.cpp:{first}\n") in done.stdout
    assert "A circle: T1 waits for T2, T2 for T1." in done.stdout
    assert re.search(rf"holds it.left, taken in\n +main::lambda  program.cpp:{first}\n", done.stdout)
    assert "It happens on any machine" in done.stdout


def test_a_wake_that_came_too_early_is_named(tmp_path: Path) -> None:
    done = checked(tmp_path, EARLY)
    assert done.returncode == 1
    assert "T1 sleeps for ever on ready" in done.stdout
    wake = re.search(r"#(\d+) +T2 \S+ +notify_one wakes nobody at ready", done.stdout)
    sleep = re.search(r"#(\d+) +T1 \S+ +begins to wait ready", done.stdout)
    assert wake and sleep and int(wake[1]) < int(sleep[1]), done.stdout
    assert (f"why: T1 waits for a wake of ready since #{sleep[1]}; T2's at #{wake[1]} came before that, and none comes "
            "after.") in done.stdout


def test_what_a_thread_was_in_the_midst_of_is_told(tmp_path: Path) -> None:
    """The store that the other thread read is its last step, which it hadn't come back from."""
    done = checked(tmp_path, RACE.replace("mailbox box;", "mailbox box;\nstd::atomic<int> sent;").replace(
        "std::memory_order_relaxed);", "std::memory_order_relaxed);\n    ++sent;"))
    assert re.search(r"#\d+ T1 \S+ +store rlx box.full=true", done.stdout), done.stdout
    assert "T2 learns of box.full" in done.stdout


def test_what_was_allocated_before_main_has_a_name(tmp_path: Path) -> None:
    done = checked(tmp_path, FREED.replace("shared{nullptr}", "shared{new node}").replace(
        "  shared.store(new node, std::memory_order_relaxed);\n", ""))
    assert "free node#0" in done.stdout and "load acq shared=&node#0" in done.stdout, done.stdout


def test_a_volatile_access_is_told_as_one(tmp_path: Path) -> None:
    source = ("#include <thread>\nvolatile bool ready;\nint main() {\n  std::thread other([] { ready = true; });\n"
              "  while (!ready) {}\n  other.join();\n}\n")
    done = checked(tmp_path, source)
    assert done.returncode == 1
    assert "ready: the volatile " in done.stdout and "volatile orders no threads, std::atomic does" in done.stdout
    assert re.search(r"volatile write of 1 byte by thread T1\n +main::lambda  program.cpp:4\n", done.stdout)


@pytest.mark.parametrize("model, status", [("sc", 0), ("tso", 1), ("ra", 1), ("rc11", 1)])
def test_the_memory_model_decides(tmp_path: Path, model: str, status: int) -> None:
    done = checked(tmp_path, BUFFERED, "--model", model)
    assert done.returncode == status, done.stdout + done.stderr
    assert status == 0 or "It happens on x86, whose stores may be late." in done.stdout
    assert status == 0 or "stale; newer: #" in done.stdout


def test_a_budget_that_is_too_small_is_no_pass(tmp_path: Path) -> None:
    body = "".join("x.fetch_add(1);" for _ in range(6))
    source = ("#include <atomic>\n#include <thread>\nstd::atomic<int> x;\nint main() {\n"
              f"  auto f = [] {{ {body} }};\n  std::thread a(f), b(f), c(f), d(f);\n"
              "  a.join(); b.join(); c.join(); d.join();\n}\n")
    done = checked(tmp_path, source, "--budget=0.2")
    assert done.returncode == 4, done.stdout
    assert re.search(r"inconclusive, sampled \(.*\): the budget was used up after about \d+ % of the search",
                     done.stdout)


# Two threads' heaps, which belong to one execution; and what the engine hears nothing of.
ALLOCATES = """#include <cstring>
#include <thread>
int main() {
  auto hoards = [] {
    for (int i = 0; i < 60; ++i) {
      char* storage = new char[1 << 20];
      std::memset(storage, i, 1 << 20);
      asm volatile("" : : "r"(storage) : "memory");
    }
  };
  std::thread a(hoards), b(hoards);
  a.join();
  b.join();
}
"""
MAPS = """#include <sys/mman.h>
constexpr long size = 1 << 24;
int main() {
  for (;;) {
    char* storage = (char*)mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (long i = 0; i < size; i += 4096) static_cast<volatile char*>(storage)[i] = 1;
  }
}
"""


@pytest.mark.parametrize("source", [ALLOCATES, MAPS])
def test_a_search_keeps_within_its_memory(tmp_path: Path, source: str) -> None:
    done = checked(tmp_path, source, "--memory=200M", "--leaks=off")
    assert done.returncode == 4, done.stdout + done.stderr
    assert "the memory budget of 200 MiB was used up" in done.stdout


def test_a_memory_budget_has_a_unit(tmp_path: Path) -> None:
    for wrong in ("200", "0M", "4T", "much"):
        done = checked(tmp_path, HANDED_OVER, "--memory", wrong)
        assert done.returncode == 2
        assert f"--memory {wrong}: expected a number and M or G" in done.stderr


def test_how_much_there_is_is_estimated(tmp_path: Path) -> None:
    body = "".join("x.fetch_add(1);" for _ in range(4))
    source = ("#include <atomic>\n#include <thread>\nstd::atomic<int> x;\nint main() {\n"
              f"  auto f = [] {{ {body} }};\n  std::thread a(f), b(f), c(f), d(f);\n"
              "  a.join(); b.join(); c.join(); d.join();\n}\n")
    # 16! / 4!^4 of them: 63 million.
    done = checked(tmp_path, source, "--budget=2", f"--results={tmp_path / 'found.json'}")
    assert re.search(r"inconclusive, sampled \(.* of about \d+M\)", done.stdout), done.stdout
    check = json.loads((tmp_path / "found.json").read_text())["checks"][0]
    assert 6.3e6 < check["searches"][0]["estimate"] < 6.3e8


def test_a_loop_that_nobody_knows_the_end_of_is_named(tmp_path: Path) -> None:
    source = ("#include <atomic>\n#include <thread>\nstd::atomic<int> x;\nint main() {\n"
              "  std::thread a([] { x.store(1); });\n  int sum = 0;\n"
              "  for (int i = 0; x.load() == 0 || i < 30; ++i) sum += x.exchange(2) + i;\n  a.join();\n"
              "  return sum < 0;\n}\n")
    done = checked(tmp_path, source, "--bound=3")
    assert "bounded (" in done.stdout and "loop at program.cpp:7" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


# ---- Arguments, and the compilers


@pytest.mark.parametrize("options, named", [
    (("--model=pso",), "--model pso: expected sc"), (("--budget", "0"), "--budget 0: expected seconds, above 0"),
    (("--bound=x",), "--bound x: expected"), (("--replay=1",), "--replay 1: expected what a failure was told with"),
    (("--workers=0",), "--workers 0: expected"), (("--colour",), "`--colour` is no option"),
    (("--budget",), "--budget: expected SECONDS after it"), (("gone.cpp",), "`gone.cpp` is not there"),
    (("--results=gone/found.json",), "--results gone/found.json: No such file or directory; give a file"),
    (("--suppressions=gone",), "gone: No such file"),
])
def test_bad_arguments_are_named(tmp_path: Path, options: tuple[str, ...], named: str) -> None:
    done = checked(tmp_path, RACE, *options)
    assert done.returncode == 2 and named in done.stderr, done.stderr


def test_without_a_source_the_usage_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, TOOLS / "gauntlet-check")
    assert done.returncode == 2 and "usage: gauntlet-check FILE" in done.stderr


def test_a_program_that_does_not_compile_is_the_compilers_to_tell(tmp_path: Path) -> None:
    done = checked(tmp_path, "int main() { return missing; }\n")
    assert done.returncode == 2
    assert "program.cpp:1:21: error: use of undeclared identifier 'missing'" in done.stderr


def test_what_ends_before_main_is_told_as_that(tmp_path: Path) -> None:
    done = checked(tmp_path, "struct it { it() { throw 1; } } made;\nint main() {}\n")
    assert done.returncode == 3
    assert "program ended by a signal, Aborted, before anything could be said of it" in done.stderr


def test_sources_in_c_and_in_cpp_are_one_program(tmp_path: Path) -> None:
    (tmp_path / "twice.c").write_text("int twice(int class) { return 2 * class; }\n")
    source = 'extern "C" int twice(int);\nint main() { return twice(21) == 42 ? 0 : 1; }\n'
    done = checked(tmp_path, source, "twice.c")
    assert done.returncode == 0 and done.stderr == "", done.stdout + done.stderr


def test_programs_have_arguments_and_compilers_flags(tmp_path: Path) -> None:
    source = "int main(int count, char** values) { return count == 3 && values[2][0] == LETTER ? 0 : 1; }\n"
    done = checked(tmp_path, source, "--program-arguments", "one two", "--", "-DLETTER='t'")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_program_of_several_files_is_built_as_any_other(tmp_path: Path) -> None:
    """Compiled, put into a library, linked by a response file; explored when it is run."""
    (tmp_path / "box.hpp").write_text("void put();\nvoid take();\n")
    (tmp_path / "box.cpp").write_text('#include "box.hpp"\nint box;\nvoid put() { box = 1; }\n'
                                      "void take() { box = 2; }\n")
    (tmp_path / "main.cpp").write_text('#include <thread>\n#include "box.hpp"\nint main() {\n'
                                       "  std::thread a(put), b(take);\n  a.join();\n  b.join();\n}\n")
    compiler = TOOLS / "gauntlet-c++"
    (tmp_path / "link").write_text("main.o -L. -lbox -o program")
    for command in (("-fPIC", "-c", "box.cpp", "-o", "box.o"), ("-shared", "box.o", "-o", "libbox.so"),
                    ("-c", "main.cpp"), ("@link",)):
        done = run(tmp_path, compiler, *command)
        assert done.returncode == 0 and done.stderr == "", done.stderr
    done = run(tmp_path, tmp_path / "program", LD_LIBRARY_PATH=str(tmp_path),
               GAUNTLET_CHECK_OPTIONS="--model=sc --budget 5")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "box: the write by T2 and the write by T1" in done.stdout and "box.cpp:3" in done.stdout
    assert "GAUNTLET_CHECK_OPTIONS='--replay sc.0." in done.stdout


def test_the_compilers_answer_what_build_systems_ask(tmp_path: Path) -> None:
    for compiler in ("gauntlet-c++", "gauntlet-cc"):
        assert run(tmp_path, TOOLS / compiler, "--version").returncode == 0
        assert run(tmp_path, TOOLS / compiler, "-v").returncode == 0
        asked = run(tmp_path, TOOLS / compiler, "-dM", "-E", "-x", "c", "/dev/null")
        assert asked.returncode == 0 and "#define __clang__ 1" in asked.stdout


def test_a_program_in_c(tmp_path: Path) -> None:
    source = ("#include <pthread.h>\nstatic int hits;\nstatic void* hit(void* it) { ++hits; return it; }\n"
              "int main(void) {\n  pthread_t one;\n  pthread_create(&one, 0, hit, 0);\n  ++hits;\n"
              "  pthread_join(one, 0);\n  return 0;\n}\n")
    done = checked(tmp_path, source, name="program.c")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "hits: the" in done.stdout and "program.c:3" in done.stdout and "program.c:7" in done.stdout
