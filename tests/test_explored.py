"""The table of rc11's searches."""

from __future__ import annotations

import json
from pathlib import Path

import explored
import pytest


def search(threads: int, operations: int, complete: bool, **facts: object) -> dict[str, object]:
    return {"threads": threads, "operations": operations, "spurious_wakeups": 0, "complete": complete, "explored": 120,
            "seconds": 0.5, "estimate": 120.0 if complete else 34000.0, **facts}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """Results of a primitive that holds and of a twin that was caught."""
    (tmp_path / "results").mkdir()
    for name, outcome in (("lock", "clean"), ("lock_flaw", "violated")):
        check = {"check": "exclusion", "outcome": outcome, "searches": [
            search(2, 1, True), search(3, 1, False), search(3, 2, False), search(2, 1, True, spurious_wakeups=1)]}
        (tmp_path / "results" / f"{name}.rc11.json").write_text(
            json.dumps({"primitive": name, "checks": [check]}), encoding="utf-8")
    return tmp_path


def test_each_search_is_a_row(build: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explored.main(["--build", str(build)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in told[:4]] == ["lock"] * 4
    assert "2 × 1" in told[0] and "of about" not in told[0]
    assert "3 × 1" in told[1] and "of about 3.4e+04" in told[1]
    assert told[4:] == ["1 of 2 small sizes are complete with 0 spurious wake-ups",
                        "1 of 1 small sizes are complete with 1 spurious wake-ups"]


def test_only_what_is_open(build: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explored.main(["--build", str(build), "--open"]) == 0
    assert ["3 × 1" in line or "3 × 2" in line for line in capsys.readouterr().out.splitlines()[:2]] == [True, True]


def test_no_results_are_no_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explored.main(["--build", str(tmp_path)]) == 2
    assert "make check ENGINE=rc11" in capsys.readouterr().err
