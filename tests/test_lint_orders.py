"""The rule of memory-order lines, seen red on each way to break it and green on its mended form."""

from __future__ import annotations

from pathlib import Path

import lint_orders
import pytest

LOCK = Path("primitives/mutex/a_lock.hpp")
TWIN = Path("primitives/broken/a_lock_flawed.hpp")

GOOD = """\
void lock() {
  // acquire [handoff]: pairs with unlock()'s release of held_.
  // relaxed: on failure the value is dropped, and revalidated by the next attempt.
  while (!held_.compare_exchange_weak(expected, true, std::memory_order_acquire,
                                      std::memory_order_relaxed)) expected = false;
}
void unlock() {
  // release [handoff]: pairs with lock()'s acquire of held_; carries the critical section.
  held_.store(false, std::memory_order_release);
}
"""


def orders(text: str, path: Path = LOCK) -> list[str]:
    """What the memory-order rule says, each with its line."""
    return [f"{finding.line}: {finding.what}" for finding in lint_orders.check(path, text)]


def test_a_pairing_that_is_explained_at_both_ends_is_fine() -> None:
    assert orders(GOOD) == []


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        # a line is missing, is another order's, or is cut off from its operation
        (
            "  // release [handoff]: pairs with lock()'s acquire of held_; carries the critical section.\n",
            "",
            "8: no line above store() explains release",
        ),
        (
            "  // relaxed: on failure the value is dropped, and revalidated by the next attempt.\n",
            "",
            "3: no line above compare_exchange_weak() explains relaxed",
        ),
        ("  held_.store(false", "\n  held_.store(false", "10: no line above store() explains release"),
        ("  held_.store(false", "  other();\n  held_.store(false", "10: no line above store() explains release"),
        ("// release [handoff]", "// seq_cst [handoff]", "9: no line above store() explains release"),
        ("memory_order_release", "memory_order_relaxed", "8: no operation below this line uses release"),
        ("memory_order_release", "memory_order_relaxed", "2: [handoff] has no release end in this file"),
        # a tag that is missing, or stands at one end
        ("// release [handoff]:", "// release:", "8: release has no [tag]"),
        ("// release [handoff]:", "// release:", "2: [handoff] has no release end in this file"),
        ("// acquire [handoff]:", "// acquire [handof]:", "2: [handof] has no release end in this file"),
        ("// acquire [handoff]:", "// acquire [handof]:", "8: [handoff] has no acquire end in this file"),
        # a reason that is missing, or none
        (
            "// release [handoff]: pairs with lock()'s acquire of held_; carries the critical section.",
            "// release [handoff]:",
            "8: release has no text",
        ),
        (
            "on failure the value is dropped, and revalidated by the next attempt",
            "it is fast",
            "3: this is no reason for relaxed",
        ),
        (
            "on failure the value is dropped, and revalidated by the next attempt",
            "after [gone]",
            "3: [gone] has no release end in this file",
        ),
        ("// release [handoff]:", "// flaw: no\n  // release [handoff]:", "8: a flaw outside of primitives/broken/"),
        ("std::memory_order_release", "order", "9: store() spells no memory order"),
        ("std::memory_order_acquire", "std::memory_order_consume", "4: memory_order_consume has no use"),
    ],
)
def test_a_bad_line_is_found(good: str, bad: str, says: str) -> None:
    assert good in GOOD
    assert says in orders(GOOD.replace(good, bad))


@pytest.mark.parametrize(
    "reason",
    [
        "only the owner writes next_.",
        "a single writer, this thread.",
        "nobody else sees the node before it is pushed.",
        "revalidated by the compare-exchange below.",
        "a guess that the CAS checks.",
        "ordered by [handoff].",
        "a statistic.",
        "an id carries no data.",
    ],
)
def test_the_four_reasons_for_relaxed(reason: str) -> None:
    assert orders(GOOD + f"// relaxed: {reason}\nx_.load(std::memory_order_relaxed);\n") == []


def test_likewise_needs_a_reason_before_it() -> None:
    call = "x_.compare_exchange_strong(a, b, std::memory_order_relaxed, std::memory_order_relaxed);\n"
    assert orders(f"// relaxed: only the owner writes x_.\n// relaxed: on failure likewise.\n{call}") == []
    assert "2: this is no reason for relaxed" in orders(
        f"// relaxed: it is fast.\n// relaxed: on failure likewise.\n{call}"
    )
    assert "1: this is no reason for relaxed" in orders(f"// relaxed: likewise.\n{call}")


@pytest.mark.parametrize(
    "spelling", ["std::memory_order_release", "std::memory_order::release", "memory_order_release", "release"]
)
def test_every_spelling_of_an_order_is_read(spelling: str) -> None:
    assert orders(GOOD.replace("std::memory_order_release", spelling)) == []
    assert "8: no line above store() explains release" in orders(
        GOOD.replace("std::memory_order_release", spelling).replace(
            "  // release [handoff]: pairs with lock()'s acquire of held_; " "carries the critical section.\n", ""
        )
    )


def test_a_comment_may_stand_above_the_statement_or_the_call() -> None:
    above_statement = (
        GOOD
        + """\
// relaxed: a statistic.
const auto sum = first_.load(std::memory_order_relaxed) +
                 second_.load(std::memory_order_relaxed);
"""
    )
    above_call = (
        GOOD
        + """\
sync::spin_until([&] {
  // relaxed: a statistic.
  return first_.load(std::memory_order_relaxed) > 0;
});
"""
    )
    assert orders(above_statement) == []
    assert orders(above_call) == []
    assert "13: no line above load() explains relaxed" in orders(
        above_call.replace("  // relaxed: a statistic.\n", "\n")
    )


def test_an_order_belongs_to_the_innermost_call() -> None:
    nested = "// relaxed: a statistic.\nfirst_.store(second_.load(std::memory_order_relaxed), order(release));\n"
    assert orders(nested) == ["2: store() spells no memory order"]


def test_seq_cst_counts_for_what_its_operation_can_do() -> None:
    pair = """\
// seq_cst [dekker]: store mine_, then load theirs_.
mine_.store(1, std::memory_order_seq_cst);
// seq_cst [dekker]: as the peer does; forbids that both read 0.
theirs_.load(std::memory_order_seq_cst);
"""
    assert orders(pair) == []
    assert orders(pair.replace("theirs_.load(", "theirs_.store(2, ")) == ["1: [dekker] has no acquire end in this file"]
    fences = "// seq_cst [dekker]: between store and load.\nsync::fence(std::memory_order_seq_cst);\n"
    assert orders(fences) == []
    assert orders(fences.replace("// seq_cst [dekker]: between store and load.\n", "")) == [
        "1: no line above fence() explains seq_cst"
    ]


def test_orders_in_comments_and_strings_are_no_operations() -> None:
    assert orders('/* x.store(1, release); */ const char* s = "x.store(1, release);";\n') == []


def test_a_twin_is_excused_at_its_flaw_only() -> None:
    flawed = GOOD.replace(
        "  // release [handoff]: pairs with lock()'s acquire of held_; carries the critical section.",
        "  // flaw: relaxed, where a release is needed.",
    ).replace("memory_order_release", "memory_order_relaxed")
    assert orders(flawed, TWIN) == []
    assert orders(flawed, LOCK) != []
    elsewhere = flawed.replace(
        "  // relaxed: on failure the value is dropped, and revalidated by the next attempt.\n", ""
    )
    assert orders(elsewhere, TWIN) == ["3: no line above compare_exchange_weak() explains relaxed"]
