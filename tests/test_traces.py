"""Traces as people read them, and why a race is one."""

from __future__ import annotations

import copy
import sys

import pytest

import report
from reporting import explanation, grade, interleaving, results, terminal, wording
from report_build import golden


def trace_of(name: str) -> list[dict]:
    return golden(name)["checks"][0]["violation"]["trace"]


def test_a_spinning_thread_is_one_row() -> None:
    rows = interleaving.rows(trace_of("ticket_lock.relacy"))
    spinning = next(row for row in rows if row["times"] > 1)
    assert (interleaving.steps(spinning), spinning["times"]) == ("#7–12", 6)
    assert sum(row["times"] for row in rows) == 19


def test_a_stale_read_names_the_write_that_it_missed() -> None:
    rows = interleaving.rows(trace_of("ticket_lock.relacy"))
    stale = next(row for row in rows if row["stale"])
    assert interleaving.remark(stale) == "[#2] stale; newer: #16 wrote 1"


def test_the_tail_keeps_the_writes_that_it_reads() -> None:
    rows = interleaving.rows(trace_of("ticket_lock.relacy"))
    shown = [row and row["first"] for row in interleaving.tail(rows, 3)]
    assert shown == [None, 2, None, 16, 17, 18, 19]


@pytest.mark.parametrize("operation, value, expected", [
    ("store", "1", True), ("fetch_add", "0 -> 1", True), ("compare_exchange", "0 -> 1", True), ("write", "1", True),
    ("load", "1", False), ("compare_exchange failed", "1", False), ("read", "1", False), ("fence", "", False)])
def test_what_writes(operation, value, expected) -> None:
    assert interleaving.writes({"operation": operation, "value": value}) is expected


def relaxed_handoff() -> dict:
    return golden("ticket_lock.relacy")["checks"][0]["violation"]


def test_a_race_is_explained_by_the_relaxed_write_that_should_have_ordered_it() -> None:
    sentence, blamed = explanation.explain(relaxed_handoff())
    assert "from T0's #16, but the write is relaxed" in sentence
    assert "#14 is not ordered before #19" in sentence
    assert blamed["line"] == 64


def test_a_race_is_explained_by_the_relaxed_read_too() -> None:
    violation = relaxed_handoff()
    for event in violation["trace"]:
        event["order"] = {16: "release", 18: "relaxed"}.get(event["step"], event["order"])
    sentence, blamed = explanation.explain(violation)
    assert "but the read is relaxed" in sentence and blamed["line"] == 70


def test_a_race_without_any_communication_is_explained_so() -> None:
    violation = relaxed_handoff()
    violation["trace"] = [event for event in violation["trace"] if event["step"] not in (16, 17, 18)]
    assert explanation.explain(violation)[0].startswith("Between #14 and #19, T1 reads nothing that T0 wrote after #14")


@pytest.mark.parametrize("change", [
    lambda trace: trace[15].update(order="release"),
    lambda trace: trace.insert(15, {**trace[15], "operation": "fence", "variable": "", "step": 15}),
    lambda trace: trace.insert(15, {**trace[15], "operation": "starts a thread", "variable": "", "step": 15}),
    lambda trace: trace.clear(),
    lambda trace: trace.pop(),
], ids=["the two synchronize", "a fence may order them", "a thread's start may order them", "no trace", "no conflict"])
def test_nothing_is_explained_that_the_trace_does_not_settle(change) -> None:
    violation = copy.deepcopy(relaxed_handoff())
    assert violation["trace"][15]["step"] == 16
    change(violation["trace"])
    assert explanation.explain(violation) == ("", None)


def test_an_assertion_is_not_blamed_on_whatever_was_read_late() -> None:
    assert explanation.explain({**relaxed_handoff(), "class": "assertion"}) == ("", None)


def event(step: int, thread: int, operation: str, variable: str, order: str = "",
          reads_from: int | None = None) -> dict:
    return {"step": step, "thread": thread, "role": "", "operation": operation, "variable": variable, "value": "",
            "order": order, "reads_from": reads_from, "stale": False, "where": None}


def race(*trace: dict) -> str:
    return explanation.explain({"class": "data_race", "trace": list(trace)})[0]


def test_an_ordered_access_is_no_rival() -> None:
    """The release store orders T0's write before T1's destroy; T2's read is what races with it."""
    sentence = race(event(1, 0, "write", "x"), event(2, 0, "store", "flag", "release"),
                    event(3, 2, "load", "flag", "acquire", 2), event(4, 2, "read", "x", "", 1),
                    event(5, 1, "load", "flag", "acquire", 2), event(6, 1, "destroy", "x"))
    assert sentence.startswith("Between #4 and #6, T1 reads nothing that T2 wrote")


def test_a_read_modify_write_carries_a_release_sequence_on_and_a_store_ends_it() -> None:
    write, release = event(1, 0, "write", "x"), event(2, 0, "store", "n", "release")
    acquire, read = event(4, 1, "load", "n", "acquire", 3), event(5, 1, "read", "x")
    assert race(write, release, event(3, 2, "fetch_add", "n", "relaxed", 2), acquire, read) == ""
    ended = event(3, 0, "store", "n", "relaxed")
    assert race(write, release, ended, acquire, read).endswith("#1 is not ordered before #5.")


def test_a_failed_compare_exchange_has_the_order_of_its_failure() -> None:
    write, release = event(1, 0, "write", "x"), event(2, 0, "store", "n", "release")
    failed = event(3, 1, "compare_exchange fails", "n", "acquire/relaxed", 2)
    assert "the read is" in race(write, release, failed, event(4, 1, "read", "x"))
    assert race(write, release, {**failed, "order": "relaxed/acquire"}, event(4, 1, "read", "x")) == ""


def test_what_runs_alone_is_ordered_with_every_thread() -> None:
    assert race(event(1, -1, "write", "x"), event(2, 0, "read", "x")) == ""
    assert race(event(1, 0, "write", "x"), event(2, -1, "read", "x")) == ""


def test_print_violation_shows_the_whole_trace_by_default(capsys) -> None:
    report.print_violation(relaxed_handoff(), sys.stdout, False)
    out = capsys.readouterr().out
    assert "#1 " in out and "#19" in out and out.count("#7–12") == 1
    assert "make replay TOKEN=ticket_lock.relacy.mutual_exclusion.3x2.1.1234" in out


def test_every_grade_has_a_meaning_a_symbol_and_a_column_to_count_in() -> None:
    graded = set(wording.GRADE_MEANINGS)
    assert graded == set(terminal.SYMBOLS) == set(wording.PASSED + wording.FAILED + wording.SKIPPED) | {"inconclusive"}
    classes = results.validator("result").schema["$defs"]["violation"]["properties"]["class"]["enum"]
    assert set(classes) == set(wording.CLASS_MEANINGS)
    assert set(grade.VIOLATION_GRADES.values()) <= graded
