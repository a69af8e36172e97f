"""Why a race is one and why a thread waits for ever, on interleavings worked out by hand."""

from __future__ import annotations

import pytest

from handmade import event, message_passing, sleeper, violation
from reporting import explanation, interleaving, standing, viewer


@pytest.mark.parametrize("store, load, blamed", [
    ("relaxed", "acquire", "the write is relaxed"),
    ("release", "relaxed", "the read is relaxed"),
    ("relaxed", "relaxed", "the write is relaxed and the read is relaxed"),
])
def test_a_race_blames_the_weak_order(store, load, blamed) -> None:
    sentence, where = explanation.explain(violation("data_race", *message_passing(store, load)))
    assert sentence == (f"T1 learns of flag at #4, from T0's #3, but {blamed}: the two do not synchronize, so #2 is "
                        "not ordered before #5.")
    assert where["line"] == (4 if store == "relaxed" else 5)


def test_release_and_acquire_leave_nothing_to_explain() -> None:
    assert explanation.explain(violation("data_race", *message_passing("release", "acquire"))) == ("", None)


def test_a_read_modify_write_carries_a_release_on() -> None:
    trace = message_passing("release", "acquire")
    trace[4:] = [event(4, 2, "fetch_add", "flag", "2", "relaxed", reads=3),
                 event(5, 1, "load", "flag", "2", "acquire", reads=4), event(6, 1, "read", "data", "1", reads=2)]
    assert explanation.missing_edge(violation("data_race", *trace)) is None


def test_a_trace_with_fences_is_not_explained() -> None:
    trace = message_passing("relaxed", "acquire")
    trace.insert(5, event(9, 1, "fence", order="acquire"))
    assert explanation.explain(violation("data_race", *trace)) == ("", None)


def threads_started(data: list, how: str = "T1") -> list:
    """T0 writes, starts T1, and reads what T1 may have written by then."""
    return [event(0, 0, "write", "data", "1"), event(1, 0, "starts a thread", how), *data]


def test_a_thread_knows_what_was_done_before_it_was_started() -> None:
    trace = threads_started([event(2, 1, "write", "data", "2")])
    assert explanation.missing_edge(violation("data_race", *trace)) is None
    trace = threads_started([event(2, 0, "write", "data", "3"), event(3, 1, "read", "data", "3", reads=2)])
    assert explanation.explain(violation("data_race", *trace))[0] == (
        "Between #2 and #3, T1 reads nothing that T0 wrote after #2, so nothing orders the two.")


def test_who_joined_a_thread_knows_what_it_did() -> None:
    trace = threads_started([event(2, 1, "write", "data", "2"), event(3, 0, "joins a thread", "T1"),
                             event(4, 0, "read", "data", "2", reads=2)])
    assert explanation.missing_edge(violation("data_race", *trace)) is None
    del trace[3]
    assert explanation.missing_edge(violation("data_race", *trace)) is not None


def test_threads_that_are_not_named_are_not_explained() -> None:
    trace = threads_started([event(2, 0, "write", "data", "3"), event(3, 1, "read", "data", "3", reads=2)], how="")
    assert explanation.explain(violation("data_race", *trace)) == ("", None)


def test_a_lock_that_was_given_back_orders_its_holders() -> None:
    trace = threads_started([event(2, 0, "lock", "mutex", "", "acquire"), event(3, 0, "write", "data", "3"),
                             event(4, 0, "unlock", "mutex", "", "release"),
                             event(5, 1, "lock", "mutex", "", "acquire", reads=4),
                             event(6, 1, "read", "data", "3", reads=3)])
    assert explanation.missing_edge(violation("data_race", *trace)) is None
    trace[5] = event(5, 1, "lock", "other", "", "acquire")
    assert explanation.missing_edge(violation("data_race", *trace)) is not None


def test_a_stale_read_is_explained_but_not_blamed() -> None:
    late = event(5, 1, "load", "data", "0", "relaxed", reads=0, stale=True)
    trace = [*message_passing("relaxed", "relaxed")[:5], late]
    assert explanation.explain(violation("assertion", *trace)) == ("", None)
    made = viewer.data(violation("assertion", *trace))
    assert made["notes"] == {5: "T1 learns of flag at #4, from T0's #3, but the write is relaxed and the read is "
                                "relaxed: the two do not synchronize, so #2 is not ordered before #5."}
    assert made["events"][5][8] == 2


@pytest.mark.parametrize("after, said", [
    ([], "T0 sleeps since #1 on word=2, and nobody wrote word after that."),
    ([event(2, 1, "exchange", "word", "0", "release", reads=0)],
     "T0 sleeps since #1 on word=2. T1 wrote 0 at #2, and nobody woke it after that."),
    ([event(2, 1, "futex_wake one", "word"), event(3, 1, "store", "word", "0", "release")],
     "T0 sleeps since #1 on word=2. T1 wrote 0 at #3, and nobody woke it after that."),
    ([event(2, 1, "store", "word", "0", "release"), event(3, 1, "futex_wake one", "word")],
     "T0 sleeps since #1 on word=2. T1 wrote 0 at #2, and the wake at #3 did not reach it."),
    ([event(2, 0, "wakes", "word", "2")], ""),
])
def test_why_a_sleeper_sleeps_for_ever(after, said) -> None:
    assert explanation.explain(violation("lost_wakeup", *sleeper(*after)))[0] == said


def test_where_threads_stand() -> None:
    trace = sleeper(event(2, 1, "load", "word", "2", "acquire", reads=0), event(3, 1, "waits"),
                    event(4, 2, "write", "other", "1"))
    ends = standing.ends(interleaving.rows(trace))
    assert [(one["who"], one["state"], one["variable"]) for one in ends] == [
        ("T0 worker", "sleeps", "word"), ("T1 worker", "spins", "word"), ("T2 worker", "ended", "")]
    assert standing.table(violation("assertion", *trace), interleaving.rows(trace)) == []


def test_the_native_watchdogs_words_are_read() -> None:
    message = ("nobody is left to wake a thread whose word has changed\n"
               "waiter (role 2) sleeps in futex_wait in lock (primitives/sync.hpp:31): expected 2, the word is 0\n"
               "notifier (role 0) spins in notify_and_destroy (primitives/sync.hpp:288)")
    sleeps, spins = standing.table(violation("lost_wakeup", message=message), [])
    assert (sleeps["who"], sleeps["held"], sleeps["holds"], sleeps["place"]) == (
        "waiter (role 2)", "2", "0", "primitives/sync.hpp:31")
    assert (spins["state"], spins["function"], spins["held"]) == ("spins", "notify_and_destroy", "")
    assert explanation.explain(violation("lost_wakeup", message=message))[0] == (
        "waiter (role 2) sleeps in lock on a word that held 2 and holds 0 now. "
        "notifier (role 0) spins in notify_and_destroy.")
