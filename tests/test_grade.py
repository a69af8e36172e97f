"""Grades, amounts, and records that are none."""

from __future__ import annotations

import json

import pytest

from reporting import wording
from report_build import clean_check, result, violated_check


@pytest.mark.parametrize("primitive, changes, expected, status", [
    ("lock", {}, "pass", 0),
    ("lock", {"checks": [clean_check("other"), violated_check("lost_wakeup")]}, "fail", 1),
    ("lock", {"checks": [violated_check("hang")]}, "hang", 1),
    ("lock", {"checks": [violated_check("crash")]}, "crash", 1),
    ("lock", {"checks": [violated_check("crash"), {**violated_check("leak"), "check": "other"}]}, "fail", 1),
    ("lock", {"checks": [clean_check(outcome="unknown")]}, "inconclusive", 4),
    ("lock", {"checks": [clean_check(explored=0)]}, "inconclusive", 4),
    ("lock", {"checks": []}, "inconclusive", 4),
    ("lock", {"trouble": "could not start"}, "inconclusive", 3),
    ("lock", {"checks": [violated_check()], "trouble": "disk full"}, "fail", 1),
    ("lock", {"checks": [], "not_applicable": "no such processor"}, "n/a", 0),
    ("lock", {"kind": "event"}, "inconclusive", 4),
    ("twin", {"checks": [violated_check(), clean_check("other")]}, "expected failure", 0),
    ("twin", {"checks": [violated_check("crash")]}, "expected failure", 0),
    ("twin", {}, "missed", 1),
    ("twin", {"checks": [clean_check(), clean_check("other", outcome="unknown")]}, "inconclusive", 4),
    ("twin", {"checks": [clean_check(explored=0)]}, "inconclusive", 4),
    ("twin", {"checks": [], "trouble": "died of signal 9"}, "inconclusive", 3),
    ("twin", {"trouble": "died of signal 9"}, "inconclusive", 3),
    ("twin", {"checks": [], "not_applicable": "not here"}, "inconclusive", 4),
])
def test_a_cell_gets_its_grade_and_the_run_its_status(build, primitive, changes, expected, status) -> None:
    build.put_green().put(result(primitive, "stress", **changes))
    assert build.main() == status
    assert build.cell(primitive, "stress")["grade"] == expected


def test_all_as_expected_is_status_0_and_says_what_it_counted(build, capsys) -> None:
    assert build.put_green().main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "7 passed, 0 failed, 5 skipped"
    assert "counted in cells" in lines[-2]


def test_the_verdict_names_what_was_seen_broken_before_what_is_missing(build) -> None:
    build.put(result("lock", "relacy", [violated_check("hang")])).main()
    assert build.graded()["verdict"]["sentence"] == "1 cell failed: lock on relacy. 6 cells without a result."


def test_a_cell_without_a_result_is_missing_and_fails(build, capsys) -> None:
    build.put_green()
    (build.results / "lock.asan.json").unlink()
    assert build.main() == 1
    assert build.cell("lock", "asan")["grade"] == "missing"
    assert "make check PRIMITIVE=lock ENGINE=asan" in capsys.readouterr().out


def test_no_results_at_all_is_failure_not_silence(build) -> None:
    assert build.main() == 1
    assert build.graded()["verdict"]["failed"] == 7


def test_a_twin_is_not_applicable_where_the_registry_does_not_name_the_engine(build) -> None:
    build.put_green().put(result("twin", "tsan", [violated_check("hang")]))
    assert build.main() == 0
    assert build.cell("twin", "tsan")["reason"].startswith("not required")


def test_a_missed_twin_stands_above_everything(full, capsys) -> None:
    assert full.main() == 1
    assert capsys.readouterr().out.startswith(" MISSED: tsan did not catch spin_lock_relaxed_unlock.")
    assert full.graded()["verdict"]["grade"] == "missed"


def test_a_failure_outranks_trouble_and_inconclusive(build) -> None:
    build.put_green().put(result("lock", "asan", [clean_check(outcome="unknown")]))
    build.put(result("lock", "tsan", trouble="died"))
    assert build.main() == 3
    build.put(result("lock", "relacy", [violated_check()]))
    assert build.main() == 1


def test_the_golden_results_show_every_grade(full) -> None:
    full.main()
    assert {cell["grade"] for cell in full.graded()["cells"]} == set(wording.GRADE_MEANINGS)


def test_a_selection_that_has_nothing_to_run_is_not_green(build) -> None:
    build.put_green()
    assert build.main("--primitive=twin", "--engine=asan") == 4


def test_a_selection_grades_only_its_cells_and_says_so(build) -> None:
    assert build.put(result("lock", "stress")).main("--primitive=lock", "--engine=stress") == 0
    assert len(build.graded()["cells"]) == 1
    assert "Only a part was graded" in build.form("index.html")


@pytest.mark.parametrize("options, named", [
    (["--engine=tsn"], 'Did you mean "tsan"'), (["--primitive=nothing"], '"nothing" matches nothing'),
    (["--registry=/nowhere"], "/nowhere"),
])
def test_bad_arguments_are_status_2_and_named(build, capsys, options, named) -> None:
    assert build.main(*options) == 2
    assert named in capsys.readouterr().err


def test_results_of_different_runs_are_noted(build, capsys) -> None:
    build.put_green().put(result("lock", "asan", environment={"commit": "aaa"}))
    build.put(result("lock", "tsan", environment={"commit": "bbb"}))
    build.main()
    assert "commit differs (aaa, bbb)" in capsys.readouterr().out


# Amounts


@pytest.mark.parametrize("changes, words", [
    ({"coverage": "complete", "bounds": {"threads": 3, "operations": 2}}, "complete (3 threads × 2 operations)"),
    ({"coverage": "complete", "bounds": {"threads": 1, "operations": 1}}, "complete (1 thread × 1 operation)"),
    ({"coverage": "complete", "bounds": {}, "explored": 7}, "complete (7)"),
    ({"coverage": "complete", "bounds": {"threads": 2, "operations": 2, "time_outs": 1, "spurious_wakeups": 0}},
     "complete (2 threads × 2 operations, 1 time-out, 0 spurious wake-ups)"),
    ({"coverage": "complete", "bounds": {"threads": 3, "operations": 1, "interchangeable": 2, "spurious_wakeups": 0}},
     "complete (3 threads × 1 operation, 2 interchangeable, 0 spurious wake-ups)"),
    ({"coverage": "sampled", "explored": 2_199_999}, "sampled (2.1M)"),
    ({"coverage": "sampled", "explored": 1200, "searches": [
        {"threads": 2, "operations": 1, "spurious_wakeups": 0, "complete": True, "explored": 200, "estimate": 200.0},
        {"threads": 2, "operations": 1, "spurious_wakeups": 1, "complete": True, "explored": 300, "estimate": 300.0},
        {"threads": 3, "operations": 1, "spurious_wakeups": 0, "complete": False, "explored": 900, "estimate": 2e6}]},
     "sampled (1.2k of about 2.0M)"),
    ({"coverage": "bounded", "explored": 950}, "bounded (950, 4 threads × 50 operations)"),
])
def test_a_verdict_says_how_much_was_explored(changes, words) -> None:
    assert wording.amount(clean_check(**changes)) == words


def test_a_cell_claims_no_more_than_its_weakest_check() -> None:
    complete = clean_check(coverage="complete", explored=10)
    assert wording.cell_amount([complete, clean_check("other", explored=5)]) == "sampled (15)"
    assert wording.short_amount([complete, clean_check("other", explored=5)]) == "sampled 15"
    assert wording.short_amount([complete]) == "complete 4×50"


@pytest.mark.parametrize("number, words", [(0, "0"), (999, "999"), (1000, "1.0k"), (9_999, "9.9k"), (10_000, "10k"),
                                           (999_999, "999k"), (2_100_000, "2.1M"), (10**12, "1.0T")])
def test_numbers_are_rounded_down(number, words) -> None:
    assert wording.short_number(number) == words


# Bad records


@pytest.mark.parametrize("contents, named", [
    (b"", "is not JSON"),
    (json.dumps(result()).encode()[:100], "is not JSON, or was cut off"),
    (b"[1, 2]", "is not a result"),
    (b'{"hello": "world"}', "is not a result"),
    (b"\xff\xfe\x00", "is not JSON"),
    (b"[" * 100_000, "nested too deeply"),
    (json.dumps(result(schema=2)).encode(), "schema"),
    (json.dumps(result(checks=[clean_check(outcome="fine")])).encode(), "'fine' is not one of"),
    (json.dumps(result(checks=[clean_check(outcome="violated")])).encode(), "checks[0].violation"),
    (json.dumps(result(checks=[violated_check() | {"outcome": "clean"}])).encode(), "checks[0].violation"),
    (json.dumps(result(checks=[clean_check(explored=-1)])).encode(), "explored"),
    (json.dumps(result(checks=[clean_check(seconds=float("inf"))])).encode(), "not a JSON number"),
    (json.dumps(result(checks=[clean_check(), clean_check()])).encode(), "has a check twice"),
    (json.dumps(result(primitive="other")).encode(), "holds other on stress"),
    (json.dumps(result(not_applicable="no")).encode(), "checks"),
    (json.dumps(result(checks=[violated_check("gremlin")])).encode(), "gremlin"),
])
def test_a_bad_file_is_a_bad_record_and_its_cell_inconclusive(build, capsys, contents, named) -> None:
    build.put_green()
    (build.results / "lock.stress.json").write_bytes(contents)
    assert build.main() == 4
    cell = build.cell("lock", "stress")
    assert (cell["grade"], cell["bad_record"]) == ("inconclusive", True)
    assert named in cell["reason"]
    assert named in capsys.readouterr().out
    assert "lock.stress.json" in build.form("index.html")


def test_a_directory_in_place_of_a_result_is_a_bad_record(build) -> None:
    build.put_green()
    (build.results / "lock.stress.json").unlink()
    (build.results / "lock.stress.json").mkdir()
    assert build.main() == 4
    assert "can't be read" in build.cell("lock", "stress")["reason"]


def test_a_result_that_the_registry_does_not_list_is_shown_and_not_counted(build, capsys) -> None:
    assert build.put_green().put(result("stranger")).main() == 0
    assert "stranger.stress.json no cell of the registry" in capsys.readouterr().out
    assert build.graded()["verdict"]["passed"] == 7
