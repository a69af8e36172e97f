"""Outcomes, fairness, benchmarks and trends, as the page draws them."""

from __future__ import annotations

import json

import pytest

from report_build import clean_check, result
from reporting import benchmarks, charts, grade, past, results, trend, wording

OUTCOMES = [{"outcome": "0 1", "count": 10, "grade": "allowed"}, {"outcome": "1 0", "count": 0, "grade": "interesting"},
            {"outcome": "0 0", "count": 2, "grade": "forbidden"},
            {"outcome": "1 1", "count": 1_000_000, "grade": "allowed"}]
FAIRNESS = {"bypass_max": 70, "bypass_p99": 5, "jain": 0.97,
            "histogram": [{"bypasses": 0, "count": 900}, {"bypasses": 1, "count": 90}, {"bypasses": 2, "count": 0},
                          {"bypasses": 64, "count": 1}]}


def test_outcomes_are_listed_forbidden_first_with_bars_on_a_logarithmic_scale() -> None:
    made = charts.outcomes(clean_check(outcomes=OUTCOMES, unseen=[{"outcome": "2 2", "rate_below": 3e-6}]))
    assert [one["outcome"] for one in made["rows"]] == ["0 0", "1 0", "1 1", "0 1"]
    assert [one["bar"] for one in made["rows"]][1:3] == [0, charts.LONGEST]
    assert 3 <= made["rows"][0]["bar"] < made["rows"][3]["bar"] < charts.LONGEST / 4
    assert made["total"] == 1_000_012 and made["rows"][0]["share"] == "2.0e-04 %"
    assert made["unseen"][0]["words"] == "never seen: below 1 in 333,333, with 95 % confidence"
    assert made["warning"].startswith("No interesting outcome was seen")
    seen = [{**one, "count": one["count"] + 1} for one in OUTCOMES]
    assert charts.outcomes(clean_check(outcomes=seen))["warning"] == ""
    assert charts.outcomes(clean_check()) is None


def test_fairness_has_a_bar_for_each_bin() -> None:
    made = charts.fairness(clean_check(fairness=FAIRNESS))
    assert [one["words"] for one in made["bars"]] == ["0", "1", "2 to 63", "64 and more"]
    assert [one["bar"] > 0 for one in made["bars"]] == [True, True, False, True]
    assert charts.fairness(clean_check()) is None


def test_outcomes_and_fairness_are_in_the_page_and_the_schemas(build) -> None:
    build.put_green().put(result(checks=[clean_check(outcomes=OUTCOMES, fairness=FAIRNESS,
                                                     unseen=[{"outcome": "<b>", "rate_below": 0.001}])]))
    build.main()
    page = build.form("index.html")
    assert "<b>forbidden</b>" in page and "never seen: below 1 in 1,000, with 95 % confidence" in page
    assert "&lt;b&gt;" in page and "0.97 on Jain" in page
    assert results.schema_problem("report", build.graded()) == ""


@pytest.mark.parametrize("changes", [
    {"outcomes": [{"outcome": "x", "count": 1, "grade": "good"}]}, {"unseen": [{"outcome": "x", "rate_below": 2}]},
    {"fairness": {**FAIRNESS, "jain": 1.5}}, {"bounds": {"threads": 1, "fences": 2}},
])
def test_the_schema_refuses_what_is_none(changes) -> None:
    assert results.schema_problem("result", result(checks=[clean_check(**changes)])) != ""


def test_the_bounds_of_waits_are_told_in_words() -> None:
    check = clean_check(coverage="complete",
                        bounds={"threads": 2, "operations": 2, "time_outs": 1, "spurious_wakeups": 1})
    assert wording.amount(check) == "complete (2 threads × 2 operations, 1 time-out, 1 spurious wake-up)"
    assert results.schema_problem("result", result(checks=[check])) == ""


def bench_record(ours: float, rival: float) -> dict:
    return {"schema": 1, "kind": "mutex", "environment": {"processor": "P", "cores": 2, "load": 0.5, "compiler": "C"},
            "rows": [{"primitive": "mutex", "workload": "dense", "threads": 2,
                      "nanoseconds": {"mutex": [ours] * 9, "std::mutex": [rival] * 9, "slow": [rival * 9] * 9}}]}


def test_a_benchmark_is_a_bar_to_the_left_if_we_are_faster(build) -> None:
    (build.directory / "bench").mkdir()
    (build.directory / "bench" / "mutex.json").write_text(json.dumps(bench_record(5.0, 20.0)))
    (row,), problems = benchmarks.read(build.directory / "bench")
    assert (row["best"], row["ours"], row["rival"], row["ratio"], row["verdict"], problems) == (
        "std::mutex", "5.00 ns", "20.0 ns", 0.25, "ahead", [])
    drawn = benchmarks.bar(row)
    assert drawn["x"] == benchmarks.HALF / 2 and drawn["x"] + drawn["width"] == benchmarks.HALF
    assert drawn["low"] < benchmarks.HALF < drawn["low"] + drawn["band"]
    slow = benchmarks.bar({**row, "ratio": 1000.0})
    assert slow["x"] == benchmarks.HALF and slow["width"] == benchmarks.HALF
    build.put_green().main()
    assert build.graded()["benchmarks"] == [row]
    assert "mutex/dense" in build.form("index.html")
    assert past.read(build.directory / "history")[-1]["ratios"] == {"mutex/dense/2": 0.25}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rows": [{}]}', '{"rows": 7}', json.dumps(bench_record(0.0, 1.0)),
                                  json.dumps(bench_record(1.0, 1.0)).replace('"processor"', '"x"'), "[" * 5000, "NaN"])
def test_a_benchmark_file_that_is_none_is_told_and_left_out(build, text) -> None:
    (build.directory / "bench").mkdir()
    (build.directory / "bench" / "mutex.json").write_text(text)
    assert build.put_green().main() == 0
    assert build.graded()["benchmarks"] == []
    assert build.graded()["notes"][-1].startswith(
        "A benchmark's file was left out: mutex.json: not what bench.py writes")


def points(*values: float) -> list[dict]:
    return [{"value": value, "label": str(index)} for index, value in enumerate(values)]


def test_a_trend_tells_what_is_outside_of_the_noise() -> None:
    before = (100.0, 102.0, 98.0, 101.0, 99.0)
    assert "within the noise of the 5 runs before it" in trend.plot(points(*before, 101.0), "a second")["sentence"]
    assert "below the noise" in trend.plot(points(*before, 60.0), "a second")["sentence"]
    assert "above the noise" in trend.plot(points(*before, 160.0), "a second")["sentence"]
    assert "too few runs" in trend.plot(points(1.0, 2.0), "")["sentence"]
    assert trend.plot(points(1.0), "") is None


def test_a_trend_begins_at_zero_and_its_band_lies_around_the_runs_before() -> None:
    drawn = trend.plot(points(10.0, 12.0, 8.0, 10.0, 20.0), "")
    assert drawn["dots"][-1]["y"] == trend.TOP and drawn["dots"][-1]["newest"]
    assert drawn["dots"][0]["y"] == trend.TOP + trend.HEIGHT / 2
    low, high = trend.noise([10.0, 12.0, 8.0, 10.0])
    assert low < 10 < high and drawn["band"]["height"] > 0


def test_only_runs_under_the_same_conditions_are_compared() -> None:
    def run(newest: str, conditions: str, seconds: float) -> dict:
        return {"newest": newest, "commit": "", "grades": {}, "conditions": conditions, "ratios": {},
                "engines": {"stress": {"explored": 1000, "seconds": seconds}}}
    found = trend.pace([run("1", "P, quick", 1), run("2", "P, standard", 2), run("3", "P, quick", 4),
                        run("4", "P, quick", 0)])
    assert [point["value"] for point in found["stress"]] == [1000.0, 250.0]


def test_a_history_of_an_earlier_form_is_read_and_hostile_numbers_are_left_out(build) -> None:
    (build.directory / "history").mkdir()
    (build.directory / "history" / "runs.jsonl").write_text(
        '{"newest": "a", "commit": "", "grades": {}}\n{"newest": "b", "commit": "", "grades": {}, "conditions": 7, '
        '"ratios": {"x": -1, "y": 1e999, "z": true, "w": 2}, "engines": {"stress": {"explored": "many", "seconds": 1}, '
        '"tsan": {"explored": 3, "seconds": 1}}}\n')
    build.put_green()
    assert build.main() == 0
    read = past.read(build.directory / "history")
    assert [one["newest"] for one in read][:2] == ["a", "b"]
    assert (read[1]["conditions"], read[1]["ratios"], list(read[1]["engines"])) == ("", {"w": 2}, ["tsan"])


def test_the_history_keeps_what_passing_checks_explored(build) -> None:
    build.put_green().main()
    engines = past.read(build.directory / "history")[-1]["engines"]
    assert engines["stress"] == {"explored": 1000, "seconds": 0.1}


def test_a_run_keeps_no_amounts_of_failed_cells() -> None:
    report = grade.grade_all([], ["stress"], [])
    assert past.run_of(report)["engines"] == {"stress": {"explored": 0, "seconds": 0}}
