"""The project's own rules but the one of memory orders, each seen red on something bad and green on its mended form."""

from __future__ import annotations

from pathlib import Path

import lint_rules
import pytest

ROOT = Path(__file__).parent.parent
LOCK = Path("primitives/mutex/a_lock.hpp")
TWIN = Path("primitives/broken/a_lock_flawed.hpp")


def named(text: str) -> list[str]:
    """What the seam's rule says."""
    return [str(finding) for finding in lint_rules.seam(LOCK, text)]


@pytest.mark.parametrize(
    "bad",
    [
        "std::atomic<int> x;",
        "std::atomic_thread_fence(o);",
        "std::atomic_ref r(x);",
        "std::mutex m;",
        "std::shared_timed_mutex m;",
        "std::thread t;",
        "std::jthread t;",
        "std::this_thread::yield();",
        "std::condition_variable_any c;",
        "syscall(1);",
        "std::chrono::steady_clock::now();",
        "std::chrono::system_clock::now();",
        "__atomic_load_n(p, 0);",
        "__sync_synchronize();",
        "pthread_mutex_lock(&m);",
        "volatile int x;",
        "thread_local int x;",
        "usleep(1);",
        "std::binary_semaphore s;",
        "#if 1",
        "#ifdef NDEBUG",
        "  #  ifndef X",
    ],
)
def test_going_around_the_seam_is_found(bad: str) -> None:
    assert len(named(f"int first;\n{bad}\n")) == 1
    assert named(f"int first;\n{bad}\n")[0].startswith(f"{LOCK}:2: names ")
    assert named(f'int first;\n// {bad}\nconst char* s = "{bad}";\n') == []


def test_what_the_seam_offers_is_not_found() -> None:
    assert (
        named(
            "#pragma once\n#include <mutex>\nsync::atomic<int> x; sync::fence(o); sync::now(); std::lock_guard g(m);\n"
            "std::chrono::steady_clock::duration d; sync::thread t; std::memory_order_relaxed;"
        )
        == []
    )


@pytest.mark.parametrize(
    "bad",
    [
        "TO" + "DO: later",
        "FIX" + "ME",
        "a thread" + "-safe queue",
        "Thread" + "-Safety",
        "see /home/" + "somebody/notes",
        "in /ro" + "ot/x",
        f"in {ROOT}/x",
    ],
)
def test_words_that_do_not_belong_are_found(bad: str) -> None:
    assert {finding.line for finding in lint_rules.words(ROOT, Path("a"), f"fine\n{bad}\n")} == {2}
    assert (
        list(lint_rules.words(ROOT, Path("a"), "todo lists, a thread is safe, build/home/x, /tmp/x, /usr/bin\n")) == []
    )


def test_a_long_file_is_found() -> None:
    assert list(lint_rules.length(LOCK, "\n" * lint_rules.LONGEST)) == []
    assert "401 lines" in str(*lint_rules.length(LOCK, "\n" * (lint_rules.LONGEST + 1)))


def test_a_wide_line_is_found() -> None:
    assert list(lint_rules.width(LOCK, "…" * lint_rules.WIDEST)) == []
    assert "a_lock.hpp:2: is 121 columns" in str(*lint_rules.width(LOCK, "\n" + "." * (lint_rules.WIDEST + 1)))


def test_a_list_of_tests_is_found() -> None:
    assert list(lint_rules.second_list(Path("Makefile"), "pytest tests\n$(wildcard tests/*.cpp)\n")) == []
    assert len(list(lint_rules.second_list(Path("Makefile"), "pytest tests/test" + "_lint.py\n"))) == 1


def test_a_twin_without_its_flaw_is_found() -> None:
    assert list(lint_rules.twin_says_its_flaw(TWIN, "  // flaw: looks once only.\n")) == []
    assert len(list(lint_rules.twin_says_its_flaw(TWIN, "/// flawed\n"))) == 1


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree that is in order."""
    for path, text in (
        ("registry", "a_lock  mutex  holds\na_lock_flawed  mutex  caught-by:relacy\n"),
        ("mutex/contract.hpp", ""),
        ("mutex/a_lock.hpp", "class a_lock {};\n"),
        ("broken/a_lock_flawed.hpp", "class a_lock_flawed {};\n"),
    ):
        (tmp_path / "primitives" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "primitives" / path).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_registry_in_order_is_fine(tree: Path) -> None:
    assert list(lint_rules.registered(tree)) == []


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        ("registry", "a_lock  mutex  holds\n", "broken/a_lock_flawed.hpp:1: is not in primitives/registry"),
        (
            "registry",
            "a_lock mutex holds\na_lock_flawed mutex caught-by:relacy\na_lock mutex holds\n",
            'registry:3: "a_lock"',
        ),
        (
            "registry",
            "a_lock mutex holds\na_lock_flawed mutex caught-by:relacy\nother mutex holds\n",
            "registry:3: primitives/mutex/other.hpp does not exist",
        ),
        (
            "registry",
            "a_lock lock holds\na_lock_flawed mutex caught-by:relacy\n",
            'registry:1: kind "lock" has no contract.hpp',
        ),
        ("registry", "a_lock mutex perhaps\n", "registry:1: "),
        ("mutex/second.hpp", "class second {};", "mutex/second.hpp:1: is not in primitives/registry"),
        ("mutex/a_lock.hpp", "class ALock {};\n", "mutex/a_lock.hpp:1: defines no class a_lock"),
        ("mutex/a_lock.hpp", "class a_lock;\n// class a_lock {};\n", "mutex/a_lock.hpp:1: defines no class a_lock"),
    ],
)
def test_a_registry_out_of_order_is_found(tree: Path, path: str, text: str, says: str) -> None:
    (tree / "primitives" / path).write_text(text, encoding="utf-8")
    assert any(says in str(finding) for finding in lint_rules.registered(tree))


def test_a_twin_is_named_after_its_twin(tree: Path) -> None:
    (tree / "primitives/broken/b_lock_flawed.hpp").write_text("class b_lock_flawed {};\n", encoding="utf-8")
    with (tree / "primitives/registry").open("a", encoding="utf-8") as listing:
        listing.write("b_lock_flawed  mutex  caught-by:relacy\n")
    assert ["b_lock_flawed" in finding.what for finding in lint_rules.registered(tree)] == [True]
    assert lint_rules.twin_of("a_b_c_d", {"a", "a_b"}) == "a_b"
