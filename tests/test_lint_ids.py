"""The rule that every promised behaviour is tested, seen red on lists and tests that don't agree."""

from __future__ import annotations

from pathlib import Path

import lint_ids
import pytest

LISTING = lint_ids.LISTING
TESTS = Path("primitives/mutex/behaviour.cpp")
LIST = "# Locks\nL1  It is made free.\n\nL2  Whether it is locked is told.\nL12  n/a: PY, weak references\n"
GOOD = "BOOST_AUTO_TEST_CASE(L1_is_free) {}\nBOOST_AUTO_TEST_CASE_TEMPLATE(STD5_L2_is_told, L, some) {}\n"


def said(listing: str, tests: str) -> list[str]:
    """What the rule says of a list and a file of tests."""
    return [str(finding) for finding in lint_ids.check({LISTING: listing, TESTS: tests})]


def test_a_list_whose_behaviours_are_tested_is_fine() -> None:
    assert said(LIST + "STD5  Deadlines are kept.\n", GOOD) == []


@pytest.mark.parametrize(
    ("listing", "tests", "says"),
    [
        (LIST, "BOOST_AUTO_TEST_CASE(L1_is_free) {}\n", "behaviours:4: no test carries L2, Whether it is locked"),
        # Neither a comment nor a string nor the middle of a name is a test.
        (LIST, "// BOOST_AUTO_TEST_CASE(L2_told)\nBOOST_AUTO_TEST_CASE(L1_L22_x_L2_y) {}\n", "no test carries L2"),
        (LIST, GOOD, "mutex/behaviour.cpp:2: tests STD5, which primitives/behaviours doesn't list"),
        (LIST, GOOD + "BOOST_AUTO_TEST_CASE(L12_weak) {}\n", "behaviours:5: L12 is n/a, and primitives/mutex"),
        (LIST + "L1  Twice.\n", GOOD, "behaviours:6: L1 is on line 2 already"),
        (LIST + "L3\n", GOOD, 'behaviours:6: "L3" is no behaviour'),
        (LIST + "L3 n/a:\n", GOOD, "behaviours:6: no test carries L3, n/a:"),
    ],
)
def test_a_list_that_does_not_agree_is_found(listing: str, tests: str, says: str) -> None:
    assert any(says in finding for finding in said(listing, tests)), said(listing, tests)


def test_a_list_that_is_missing_is_found() -> None:
    assert "does not exist" in str(*lint_ids.check({TESTS: GOOD}))


def test_other_files_carry_no_ids() -> None:
    assert lint_ids.carried({Path("tests/names.cpp"): "BOOST_AUTO_TEST_CASE(L1_x) {}"}) == {}
    assert lint_ids.carried({TESTS: GOOD})["L2"] == (TESTS, 2)
