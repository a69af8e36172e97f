"""scripts/bench.py and its table, on what Google Benchmark has written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import bench
from bench_table import judged, table, time_text

ROOT = Path(__file__).parent.parent
ROW = "mutex/dense/threads:2"
OURS, STD, ABSL = "mutex", "std::mutex", "absl::Mutex"


def recorded(times: dict[str, list[float]], **changes: object) -> str:
    """What Google Benchmark 1.7.1 writes of a row; `changes` are made to its first run."""
    runs: list[dict[str, object]] = []
    for index in range(len(next(iter(times.values())))):
        for name, taken in times.items():
            full = f"mutex/dense/{name}/threads:2/manual_time"
            runs.append({"name": full, "run_name": full, "run_type": "iteration", "repetitions": len(taken),
                         "repetition_index": index, "threads": 1, "iterations": 1000000, "real_time": taken[index],
                         "cpu_time": 0.1, "time_unit": "ns"})
    runs.append({**runs[0], "name": f"{runs[0]['name']}_median", "run_type": "aggregate", "real_time": 1e9})
    runs[0] |= changes
    return json.dumps({"context": {"num_cpus": 2, "library_build_type": "debug"}, "benchmarks": runs})


def around(middle: float, width: float) -> list[float]:
    """Nine times whose median is `middle`, and their median absolute deviation `width`."""
    return [middle + step * width for step in (-9, -3, -1, -0.5, 0, 0.5, 1, 3, 9)]


def row(**times: list[float]) -> dict[str, object]:
    """A row of ours and of rivals."""
    return {"primitive": "mutex", "workload": "dense", "threads": 2,
            "nanoseconds": {"mutex": times.pop("ours"), **times}}


def test_a_row_has_every_repetition_of_each_contestant_and_no_aggregate() -> None:
    times = {OURS: around(20, 0.1), STD: around(30, 0.1), ABSL: around(70, 0.1)}
    assert bench.row_of(ROW, recorded(times)) == {
        "primitive": "mutex", "workload": "dense", "threads": 2, "nanoseconds": times}


@pytest.mark.parametrize("said, complaint", [
    ("", "not what Google Benchmark writes"),
    ("{}", "not what Google Benchmark writes"),
    ('{"benchmarks": [{"name": "x"}]}', "not what Google Benchmark writes"),
    (recorded({OURS: around(20, 1), STD: around(30, 1)}, error_occurred=True, error_message="did not do its work"),
     "mutex/dense/mutex/threads:2/manual_time: did not do its work"),
    (recorded({OURS: around(20, 1), STD: around(30, 1)}, real_time=0.0), "took 0.0 ns"),
    (recorded({OURS: around(20, 1), STD: around(30, 1)}, time_unit="ms"), "ms"),
    (recorded({OURS: around(20, 1), STD: around(30, 1)}, name="mutex/dense/2"), '"mutex/dense/2" is no benchmark'),
    (recorded({OURS: around(20, 1)}), "has mutex; mutex and a rival were expected"),
    (recorded({STD: around(20, 1), ABSL: around(20, 1)}), "mutex and a rival were expected"),
    (recorded({OURS: around(20, 1)[:8], STD: around(20, 1)[:8]}), "mutex ran 8 times, at least 9 were expected"),
])
def test_what_cannot_be_used_is_named(said: str, complaint: str) -> None:
    with pytest.raises(bench.BenchmarkError) as raised:
        bench.row_of(ROW, said)
    assert complaint in str(raised.value)
    assert "mutex/dense" in str(raised.value)


@pytest.mark.parametrize("ours, best, verdict", [
    (around(33, 0.1), around(30, 0.1), "behind"),
    (around(30, 0.1), around(33, 0.1), "ahead"),
    (around(30.6, 0.01), around(30, 0.01), "level"),  # where a loop lies
    (around(33, 2), around(30, 2), "level"),  # their spreads are 6 and 7 %
    (around(30, 2), around(33, 2), "level"),
    (around(36, 2), around(30, 2), "behind"),
])
def test_a_difference_counts_beyond_the_noise(ours: list[float], best: list[float], verdict: str) -> None:
    one = judged(row(ours=ours, rival=best, slow=around(90, 1)))
    assert (one["verdict"], one["best"]) == (verdict, "rival")
    assert one["ratio"] == pytest.approx(ours[4] / best[4])


def test_the_noise_is_both_spreads_together() -> None:
    assert judged(row(ours=around(20, 1), rival=around(10, 1)))["noise"] == pytest.approx(0.05 + 0.1)
    assert judged(row(ours=around(20, 0), rival=around(10, 0)))["noise"] == pytest.approx(0.03)


@pytest.mark.parametrize("nanoseconds, text", [
    (0.391, "0.39 ns"), (9.994, "9.99 ns"), (9.996, "10.0 ns"), (99.96, "100 ns"), (999.4, "999 ns"),
    (999.6, "1.00 µs"), (12345, "12.3 µs"), (5e6, "5.00 ms"), (2e9, "2 s"),
])
def test_a_time_has_three_digits(nanoseconds: float, text: str) -> None:
    assert time_text(nanoseconds) == text


def test_the_table_is_aligned_and_marks_what_is_behind() -> None:
    rows = [row(ours=around(5, 0.01), rival=around(10, 0.01)), row(ours=around(1700, 1), rival=around(1000, 1)),
            row(ours=around(10, 0.1), rival=around(10, 0.1), another=around(9.9, 0.1))]
    machine = {"processor": "A processor", "cores": 2, "load": 0.25, "compiler": "a compiler"}
    lines = table([{"kind": "mutex", "environment": machine, "rows": rows}])
    assert lines[0].split()[:6] == ["row", "threads", "ours", "ratio", "noise", "rivals,"]
    assert [line.split()[:6] for line in lines[1:4]] == [
        ["mutex/dense", "2", "5.00", "ns", "0.50", "±0.03"],
        ["mutex/dense", "2", "1.70", "µs", "1.70", "±0.03"],
        ["mutex/dense", "2", "10.0", "ns", "1.01", "±0.03"]]
    assert ["ahead" in line for line in lines[1:4]] == [True, False, False]
    assert ["▲ behind" in line for line in lines[1:4]] == [False, True, False]
    assert lines[3].endswith("another 9.90 ns   rival 10.0 ns")
    assert len({line.index("rival") for line in lines[:3]}) == 1
    assert "A processor, 2 cores, load 0.25 to 0.25; a compiler" in lines
    assert lines[-1] == "3 rows: 1 ahead, 1 level, 1 behind"


@pytest.mark.parametrize("options, complaint", [
    (["--repetitions=8"], "9 or more"),
    (["--repetitions=many"], '"many" is not a whole number'),
    (["--kind=mutexx"], 'Did you mean "mutex"?'),
    (["--primitive=timer"], "there are some for the kinds barrier"),
])
def test_bad_arguments_are_refused_before_anything_is_built(
    options: list[str], complaint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "build", lambda *_: pytest.fail("something was built"))
    try:
        status: object = bench.main(options)
    except SystemExit as ended:
        status = ended.code
    assert status == 2
    assert complaint in capsys.readouterr().err


def test_every_benchmark_is_of_a_kind_that_is_registered() -> None:
    kinds = {one.kind for one in bench.registry.load(ROOT / "primitives" / "registry")}
    assert {path.stem for path in (ROOT / "bench").glob("*.cpp")} <= kinds


def program(path: Path, said: str, status: int = 0) -> Path:
    """A benchmark that lists two rows, and writes `said` of any."""
    (path / "said").write_text(said, encoding="utf-8")
    made = path / "mutex"
    made.write_text(f"""#!/bin/bash
for option; do case $option in
  --benchmark_list_tests=true)
    printf '%s\\n' mutex/dense/{{mutex,std::mutex}}/threads:{{1,2}}/manual_time
    exit {status};;
  --benchmark_out=*) cat '{path}/said' > "${{option#*=}}";;
esac; done
echo "it broke" >&2
exit {status}
""", encoding="utf-8")
    made.chmod(0o755)
    return made


def test_a_program_runs_row_by_row(tmp_path: Path) -> None:
    made = program(tmp_path, recorded({OURS: around(20, 1), STD: around(30, 1)}))
    assert bench.rows_of(made, {"mutex"}) == ["mutex/dense/threads:1", ROW]
    assert bench.rows_of(made, {"spin_lock"}) == []
    asked = bench.parser().parse_args([])
    assert bench.run_row(made, ROW, asked)["nanoseconds"][STD] == around(30, 1)


def test_a_program_that_fails_is_quoted(tmp_path: Path) -> None:
    made = program(tmp_path, "{}", status=7)
    with pytest.raises(bench.BenchmarkError, match="status 7: it broke"):
        bench.run_row(made, ROW, bench.parser().parse_args([]))
    with pytest.raises(bench.BenchmarkError, match="can't list its rows: status 7"):
        bench.rows_of(made, {"mutex"})
