"""The data of the page's viewers: interleavings, histories of operations, stacks, and what changed between runs."""

from __future__ import annotations

import copy
import json
import re

import pytest

from handmade import event, message_passing, violation
from report_build import ROOT, result, violated_check
from reporting import evidence, history, page, past, viewer, wording

RECORDED = ROOT / "tests" / "recorded"


def test_the_viewer_gets_every_event_and_what_it_implies() -> None:
    made = viewer.data(violation("data_race", *message_passing("relaxed", "acquire")))
    assert made["threads"] == ["setup", "T0 worker", "T1 worker"]
    assert (made["race"], made["weak"], made["left_out"]) == ([2, 5], [3, 4], 0)
    load = made["events"][4]
    assert (load[0], load[1], made["operations"][load[2]], made["variables"][load[3]]) == (4, 2, "load", "flag")
    assert (load[4], load[5], load[6], load[7], made["places"][load[9]]) == ("1", "acq", 3, 0, "primitives/sync.hpp:5")
    synchronized = viewer.data(violation("assertion", *message_passing("release", "acquire")))
    assert synchronized["events"][4][7] == viewer.SYNCHRONIZES


def test_a_loop_of_several_steps_is_marked_as_repeated_until_something_is_written() -> None:
    trace = [event(0, -1, "initialise", "flag", "0"), event(1, 0, "load", "flag", "0", "acquire", reads=0)]
    for step in range(2, 8, 2):
        trace += [event(step, 1, "load", "flag", "0", "acquire", reads=0), event(step + 1, 1, "waits")]
        trace[-1]["where"] = trace[-2]["where"] = trace[1]["where"]
    made = viewer.data(violation("livelock", *trace))
    assert [one[10] for one in made["events"]] == [-1, -1, -1, -1, 2, 3, 2, 3]


def test_a_long_interleaving_keeps_its_end() -> None:
    trace = [event(step, 0, "load", "x", str(step)) for step in range(viewer.LONGEST + 5)]
    made = viewer.data(violation("assertion", *trace))
    assert (len(made["events"]), made["left_out"], made["events"][0][0]) == (viewer.LONGEST, 5, 5)


HISTORY = """no order explains this history:
[0, 30] thread 2: push(3) = 0   #1
[5, 10] thread 0: push(2) = 0   #2
[12, 14] thread 0: try_pop(0) = 3   fits nowhere after #2
[20, …] thread 1: pop(0) waits
"""


def test_a_history_is_laid_out_in_lanes_by_the_order_of_its_events() -> None:
    made = history.picture(HISTORY)
    boxes = {one["call"]: one for one in made["boxes"]}
    assert [lane["name"] for lane in made["lanes"]] == ["thread 0", "thread 1", "thread 2"]
    assert [one["call"] for one in made["order"]] == ["push(3)", "push(2)"]
    assert made["misfit"]["words"] == "try_pop(0) → 3"
    def end(one):
        return one["x"] + one["width"]
    assert boxes["push(3)"]["x"] < boxes["push(2)"]["x"] < end(boxes["push(2)"]) < boxes["try_pop(0)"]["x"]
    assert end(boxes["try_pop(0)"]) < boxes["pop(0)"]["x"] < end(boxes["push(3)"]) <= end(boxes["pop(0)"])
    assert all(one["width"] >= len(one["words"]) * history.LETTER for one in made["boxes"])


def test_what_is_no_history_is_no_picture() -> None:
    assert history.picture("no order explains this history:\n  T0 acquire() = true    1..4") is None


def recorded(name: str, check: str) -> dict:
    """A violation of a real run."""
    found = json.loads((RECORDED / f"{name}.json").read_text())["checks"]
    return next(one["violation"] for one in found if one["check"] == check)


def test_a_lock_order_inversion_is_its_circle_and_a_card_for_each_edge() -> None:
    made = evidence.evidence(recorded("lock_set_argument_order.tsan", "circle"))
    assert [one["title"] for one in made["stack_groups"]] == [
        "Edge 1 of 4: M0 → M1", "Edge 2 of 4: M1 → M2", "Edge 3 of 4: M2 → M3", "Edge 4 of 4: M3 → M0"]
    assert all(one["own"][0]["short"] == "mutex::lock" for group in made["stack_groups"] for one in group["stacks"])
    assert [one["words"] for one in made["graph"]["boxes"]] == ["M0", "M1", "M2", "M3"]
    assert len(made["graph"]["arrows"]) == len(made["graph"]["labels"]) == 4
    assert "philosopher (role 2) takes M1 while it holds M0" in made["graph"]["words"]
    assert made["headline"].endswith("philosopher (role 1) takes M0 while it holds M3: 4 locks in a circle.")


def test_a_circle_of_two_locks_stays_within_its_picture() -> None:
    drawn = evidence.evidence(recorded("lock_set_argument_order.tsan", "opposite_orders"))["graph"]
    for one in drawn["boxes"]:
        assert 0 <= one["x"] and one["x"] + one["width"] <= drawn["width"]
        assert 0 <= one["y"] and one["y"] + one["height"] <= drawn["height"]
    assert len({(one["x"], one["y"]) for one in drawn["labels"]}) == 2


def test_an_inversion_without_its_locks_is_only_stacks() -> None:
    found = copy.deepcopy(recorded("lock_set_argument_order.tsan", "circle"))
    for stack in found["stacks"]:
        stack.pop("lock"), stack.pop("holding", None)
    made = evidence.evidence(found)
    assert made["graph"] is None and [one["title"] for one in made["stack_groups"]] == ["Where"]


def test_a_race_shows_the_locks_that_were_held_and_where_they_were_taken() -> None:
    made = evidence.evidence(recorded("locked_counter_unlocked_value.tsan", "publication"))
    write, read = made["stack_groups"][0]["stacks"]
    assert [lock["lock"] for lock in write["held"]] == ["M0"] and read["held"] == []
    assert [frame["short"] for frame in write["held"][0]["own"]] == [
        "mutex::lock", "locked_counter_unlocked_value::add", "locked_counter_unlocked_value::increment",
        "publication::thread"]
    assert made["explanation"] == "Only one of the two holds M0; the other holds no lock."
    assert made["headline"].startswith("locked_counter_unlocked_value::add writes 8 bytes in T")
    assert "while locked_counter_unlocked_value::value reads them in T" in made["headline"]


@pytest.mark.parametrize("first, second, words", [
    ([], [], "Neither thread holds a lock."),
    (["M0"], ["M1"], "The one holds M0 and the other M1: no lock is held at both accesses."),
    (["M0", "M2"], ["M2"], "Both threads hold M2, and the accesses race all the same: M2 does not order its holders."),
    (None, [], ""),
])
def test_what_two_accesses_hold_is_compared(first, second, words) -> None:
    found = copy.deepcopy(recorded("locked_counter_unlocked_value.tsan", "publication"))
    for stack, held in zip(found["stacks"], (first, second)):
        stack.pop("held")
        if held is not None:
            stack["held"] = [{"lock": name, "frames": []} for name in held]
    assert evidence.evidence(found)["explanation"] == words


def test_who_waits_for_whom_is_drawn_from_a_trace() -> None:
    trace = [event(0, -1, "initialise", "word", "0"), event(1, 1, "store", "word", "2", "release"),
             event(2, 0, "futex_wait sleeps", "word", "2", reads=1), event(3, 1, "load", "other", "0", "acquire"),
             event(4, 1, "waits")]
    made = evidence.evidence(violation("deadlock", *trace))["graph"]
    assert [(one["words"], one["aside"]) for one in made["boxes"]] == [
        ("T0 worker", "sleeps since #2"), ("T1 worker", "spins since #4"),
        ("word = 2", "last written by T1 at #1"), ("other = 0", "never written")]
    assert [one["sort"] for one in made["arrows"]] == ["waits", "waits", "held"]


def test_who_waits_for_whose_lock_is_drawn_from_the_watchdogs_words() -> None:
    made = evidence.evidence(recorded("guarded_map_self_deadlock.stress", "highest_bid_stays"))
    threads = [one for one in made["graph"]["boxes"] if one["sort"].startswith("thread")]
    locks = [one for one in made["graph"]["boxes"] if one["sort"] == "thing"]
    assert len(threads) == 4 and len(locks) == 1
    assert re.fullmatch(r"held by worker \(role \d\)", locks[0]["aside"])
    assert [one["sort"] for one in made["graph"]["arrows"]] == ["waits"] * 4 + ["held"]


def test_words_of_the_watchdog_that_name_no_lock_are_each_threads_own() -> None:
    message = ("nobody does anything\nworker (role 0) sleeps in futex_wait in f (primitives/sync.hpp:5): expected 2, "
               "the word is gone\nworker (role 1) joins a thread in g (primitives/sync.hpp:9)\nworker (role 2) runs\n"
               "started thread 0 sleeps in futex_wait in f (primitives/sync.hpp:5): expected 2, the word is 2")
    made = evidence.evidence(violation("hang", message=message))
    assert [one["state"] for one in made["standing"]] == ["sleeps", "joins", "runs", "sleeps"]
    assert [one["words"] for one in made["graph"]["boxes"]][4:] == ["the futex word in f"] * 2


def test_a_race_from_stacks_is_told_in_one_sentence() -> None:
    def access(what: str, line: int) -> dict:
        return {"title": what, "kind": "access", "frames": [
            {"function": "gauntlet::sync::var<int>::get() const", "file": "primitives/sync.hpp", "line": 9},
            {"function": "void gauntlet::contracts::contest<gauntlet::a<int>>::visit(unsigned int)",
             "file": "primitives/mutex/contract.hpp", "line": line}]}
    found = violation("data_race", stacks=[access("read of 4 bytes by thread T4", 56),
                                           access("write of 4 bytes by thread T3", 59)])
    assert evidence.evidence(found)["headline"] == (
        "read of 4 bytes by thread T4 in contest::visit (primitives/mutex/contract.hpp:56) against write of 4 bytes by "
        "thread T3 in contest::visit (primitives/mutex/contract.hpp:59); nothing orders the two.")


@pytest.mark.parametrize("name, short", [
    ("void gauntlet::contracts::contest<gauntlet::a<int>>::visit(unsigned int)", "contest::visit"),
    ("gauntlet::stack<int>::try_pop()::'lambda'()::operator()() const", "stack::try_pop::'lambda'::call"),
    ("visit", "visit"), ("", ""), ("main", "main"), ("(((", "((("),
])
def test_functions_are_named_shortly(name, short) -> None:
    assert wording.short_function(name) == short


def test_interleavings_beyond_the_pages_size_are_files_beside_it(full, monkeypatch) -> None:
    monkeypatch.setattr(page, "LIMITS", (page.Limits(2000, 3, 10, 100),))
    full.main()
    made = {path.name for path in (full.directory / "report" / "traces").iterdir()}
    assert made == {"ticket_lock.relacy.mutual_exclusion.json", "spin_lock_relaxed_unlock.relacy.mutual_exclusion.json"}
    text = full.form("index.html")
    assert "traces/spin_lock_relaxed_unlock.relacy.mutual_exclusion.json" in text
    # The failure's is in the page, the twin's is not.
    assert text.count('<script type="application/json"') == 1 and "traces/ticket_lock" not in text
    monkeypatch.undo()
    full.main()
    assert [path.name for path in (full.directory / "report" / "traces").iterdir()] == [
        "ticket_lock.relacy.mutual_exclusion.json"]


def broken_tree(build, cells: int, checks: int) -> None:
    """Primitives of which every check fails, each with the longest real trace and with every stack of a real race."""
    trace = recorded("barrier_reused_too_early.relacy", "lock_step")["trace"]
    stacks = recorded("locked_counter_unlocked_value.tsan", "publication")["stacks"]
    build.registry.write_text("".join(f"lock_{number} mutex holds\n" for number in range(cells)))
    for number in range(cells):
        build.put(result(f"lock_{number}", "relacy", [
            {**violated_check("deadlock", trace=trace, stacks=stacks), "check": f"check_{check}"}
            for check in range(checks)]))


def test_a_tree_in_which_all_is_broken_still_fits_into_the_page(build, monkeypatch) -> None:
    monkeypatch.setattr(page, "ROOM", 700_000)
    broken_tree(build, 20, 4)
    build.main()
    text = build.form("index.html")
    assert 200_000 < len(text.encode()) <= page.ROOM
    # Each cell has its page, with what was left out by name; and each interleaving is in the page or beside it.
    assert text.count('<article class="page"') == 20
    assert "Violated, too:" in text and "in <code>results.json</code> to keep this page small: check_" in text
    assert text.count('<script type="application/json"') + text.count("the whole interleaving is in <code>traces/") == (
        text.count('<section class="violation"'))
    assert len(build.graded()["cells"][4]["checks"]) == 4


def test_a_page_that_nobody_could_open_is_refused_with_what_to_do(build, capsys, monkeypatch) -> None:
    monkeypatch.setattr(page, "LARGEST", 50_000)
    monkeypatch.setattr(page, "ROOM", 40_000)
    broken_tree(build, 3, 2)
    assert build.main() == 3
    assert "--primitive" in capsys.readouterr().err


def test_the_page_of_the_whole_tree_is_small() -> None:
    """Of the last `make check` here, if there was one: CI runs it before this."""
    made = ROOT / "build" / "report" / "index.html"
    if not made.is_file():
        pytest.skip("no report was written here; `make check` writes one")
    assert made.stat().st_size <= page.ROOM


def test_a_graph_of_an_execution_is_a_file_beside_the_page(build) -> None:
    build.put_green().put(result("lock", "relacy", [violated_check("data_race", dot="digraph { a -> b }")]))
    build.main()
    assert build.form("graphs/lock.relacy.mutual_exclusion.dot") == "digraph { a -> b }"
    assert '<a href="graphs/lock.relacy.mutual_exclusion.dot">' in build.form("index.html")
    build.put(result("lock", "relacy", [violated_check("data_race", dot="digraph {" + " a -> b" * 5000 + "}")]))
    build.main()
    assert not list((build.directory / "report" / "graphs").iterdir())
    assert ".dot" not in build.form("index.html")


@pytest.mark.parametrize("engine, found, words", [
    ("stress", {"reproduced": {"failed": 7, "attempts": 20}}, "failed again in 7 of 20 attempts"),
    ("relacy", {}, "Fails every time"), ("tsan", {}, "was not measured"),
])
def test_every_failure_says_how_often_it_fails_again(build, engine, found, words) -> None:
    build.put_green().put(result("lock", engine, [violated_check("assertion", **found)]))
    build.main()
    assert words in build.form("index.html")


def test_a_caught_twin_shows_its_first_checks_and_names_the_others(build) -> None:
    names = [f"check_{number}" for number in range(5)]
    build.put_green().put(result("twin", "stress", [{**violated_check(), "check": name} for name in names]))
    build.main()
    text = build.form("index.html")
    assert [name for name in names if f'id="twin.stress.{name}"' in text] == names[:page.LIMITS[0].of_twin]
    assert "Caught by 2 more checks, in <code>results.json</code> to keep this page small: check_3, check_4." in text
    build.put(result("lock", "stress", [{**violated_check(), "check": name} for name in names]))
    build.main()
    assert [name for name in names if f'id="lock.stress.{name}"' in build.form("index.html")] == names


def test_memory_that_was_freed_is_told_in_one_sentence() -> None:
    def stack(kind: str, title: str, line: int) -> dict:
        return {"title": title, "kind": kind, "frames": [
            {"function": "gauntlet::a<int>::pop()", "file": "primitives/mutex/contract.hpp", "line": line}]}
    found = violation("use_after_free", stacks=[stack("access", "read of 8 bytes by thread T1", 5),
                                                stack("free", "freed by thread T2", 9)])
    assert evidence.evidence(found)["headline"] == (
        "read of 8 bytes by thread T1 in a::pop (primitives/mutex/contract.hpp:5), of memory freed by thread T2 in "
        "a::pop (primitives/mutex/contract.hpp:9).")


def test_data_cannot_end_its_script() -> None:
    assert "<" not in page.script_data('["</script><!--"]')


def run(newest: str, **grades: str) -> dict:
    return {"newest": newest, "commit": "", "grades": grades}


def test_what_changed_is_told_the_newly_failing_first() -> None:
    found = past.difference({"a": "fail", "b": "pass", "c": "pass", "d": "pass", "gone": "pass"},
                            {"a": "pass", "b": "inconclusive", "c": "missed", "d": "pass", "e": "fail", "f": "missing",
                             "g": "pass", "h": "n/a"})
    assert [(one["cell"], one["sort"]) for one in found] == [
        ("c", "newly failing"), ("e", "newly failing"), ("a", "fixed"), ("b", "changed")]


def test_the_same_run_graded_again_is_one_run_of_the_history() -> None:
    text = past.text_of(past.with_run([run("1", a="pass"), run("2", a="fail")], run("2", a="pass")))
    assert [line.count('"pass"') for line in text.splitlines()] == [1, 1]
    assert len(past.with_run([run(str(number)) for number in range(100)], run("x"))) == past.RUNS


def test_a_run_is_compared_with_the_one_before_it(build) -> None:
    build.put_green()
    build.main()
    assert build.graded()["changes"] is None
    (build.directory / "history" / "runs.jsonl").write_text(
        'not JSON\n{"newest": "then", "commit": "abc", "grades": {"lock.stress": "fail", "twin.stress": 7}}\n'
        '{"newest": "then", "commit": "abc", "grades": {"lock.stress": "fail"}}\n')
    build.main()
    changes = build.graded()["changes"]
    assert changes["before"] == "then, abc"
    assert {"cell": "lock.stress", "was": "fail", "is": "pass", "sort": "fixed",
            "link": "explored.lock"} in changes["items"]
    assert "fixed" in build.form("index.html")
