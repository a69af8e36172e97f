"""How often engines find what is known to be wrong: the counting, on cells that are shell scripts."""

from __future__ import annotations

from pathlib import Path

import detection
import pytest

REGISTRY = """lock       mutex  holds
lock_flaw  mutex  caught-by:stress,tsan
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one primitive and one twin, whose cells do what the test writes into them."""
    (tmp_path / "primitives").mkdir()
    (tmp_path / "build" / "bin").mkdir(parents=True)
    (tmp_path / "primitives" / "registry").write_text(REGISTRY, encoding="utf-8")
    monkeypatch.setattr(detection, "ROOT", tmp_path)
    monkeypatch.setattr(detection, "PROGRAMS", tmp_path / "build" / "tests")
    return tmp_path


def cell(tree: Path, name: str, script: str) -> None:
    """A cell's program: $3 is its seed's option."""
    path = tree / "build" / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def run(*arguments: str) -> int:
    return detection.main(["--runs=4", "--clean-runs=3", "--engine=stress,tsan", *arguments])


def test_a_table_of_what_was_found(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cell(tree, "lock_flaw.stress", '[ "$3" != "--seed=2" ] && exit 201; exit 0')
    cell(tree, "lock_flaw.tsan", "kill -9 $$")
    cell(tree, "lock.stress", "exit 0")
    cell(tree, "lock.tsan", "exit 0")
    assert run() == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-3].split() == ["found", "in", "runs", "stress", "tsan"]
    assert said[-2].split() == ["lock_flaw", "3/4", "4/4"]
    assert said[-1] == "6 runs of primitives that hold: 0 reported something"


def test_it_goes_on_where_it_was_and_stops_a_run_that_has_found_something(
        tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counted = 'echo >> "$0.runs"; '
    record = '{"event":"violation","violation":{"class":"data_race"}}'
    cell(tree, "lock_flaw.stress", counted + f"echo '{record}' >> ${{4#--records=}}; sleep 100")
    cell(tree, "lock_flaw.tsan", counted + "exit 201")
    for name in ("lock.stress", "lock.tsan"):
        cell(tree, name, counted + "exit 0")
    assert [run(), run()] == [0, 0]
    assert capsys.readouterr().out.splitlines()[1].split() == ["lock_flaw", "4/4", "4/4"]
    assert len((tree / "build" / "bin" / "lock_flaw.stress.runs").read_text()) == 4
    assert len((tree / "build" / "bin" / "lock.tsan.runs").read_text()) == 3
    cell(tree, "lock.tsan", counted + "exit 0")
    assert run() == 0
    assert len((tree / "build" / "bin" / "lock.tsan.runs").read_text()) == 6
    assert len((tree / "build" / "bin" / "lock.stress.runs").read_text()) == 3


def test_a_check_without_an_outcome_is_no_clean_one(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("lock_flaw.stress", "lock_flaw.tsan"):
        cell(tree, name, "exit 201")
    unknown = '{"event":"finished","check":{"outcome":"unknown","violation":null}}'
    cell(tree, "lock.stress", f"echo '{unknown}' >> ${{4#--records=}}")
    cell(tree, "lock.tsan", "exit 0")
    assert run() == 1
    assert "lock.stress with seed 1: unknown" in capsys.readouterr().out


def test_a_twin_that_always_gets_through_fails(tree: Path) -> None:
    for name in ("lock_flaw.stress", "lock.stress", "lock.tsan"):
        cell(tree, name, "exit 0")
    cell(tree, "lock_flaw.tsan", "exit 201")
    assert run() == 1


def test_so_does_a_false_alarm(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("lock_flaw.stress", "lock_flaw.tsan"):
        cell(tree, name, "exit 201")
    cell(tree, "lock.stress", "exit 0")
    cell(tree, "lock.tsan", '[ "$3" = "--seed=3" ] && exit 66; exit 0')
    assert run() == 1
    assert "lock.tsan with seed 3: status 66" in capsys.readouterr().out


def test_what_is_not_built_is_named(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--primitive=lock") == 2
    assert "lock.stress, lock.tsan: not built" in capsys.readouterr().err
