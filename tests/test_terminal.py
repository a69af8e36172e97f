"""What the report prints."""

from __future__ import annotations

import os
import subprocess

import pytest

from reporting import terminal
from report_build import LAST_LINE, ROOT, Build, clean_check, result, violated_check


def test_the_last_line_is_the_counts_whatever_happened(full, build, capsys) -> None:
    for made in (full, build):
        made.main()
        assert LAST_LINE.fullmatch(capsys.readouterr().out.splitlines()[-1])


def test_colour_only_where_it_is_wanted(full, capsys) -> None:
    full.main("--color=always")
    assert "\x1b[" in capsys.readouterr().out
    full.main("--color=never")
    assert "\x1b" not in capsys.readouterr().out


class Stream:
    def __init__(self, terminal: bool) -> None:
        self.isatty = lambda: terminal


@pytest.mark.parametrize("choice, environment, is_terminal, colour", [
    ("always", {"NO_COLOR": "1"}, False, True),
    ("never", {"FORCE_COLOR": "1"}, True, False),
    ("auto", {}, True, True),
    ("auto", {}, False, False),
    ("auto", {"NO_COLOR": "1"}, True, False),
    ("auto", {"NO_COLOR": ""}, True, True),
    ("auto", {"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, True, False),
    ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
    ("auto", {"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
    ("auto", {"FORCE_COLOR": "0"}, False, False),
    ("auto", {"TERM": "dumb"}, True, False),
])
def test_who_decides_on_colour(choice, environment, is_terminal, colour) -> None:
    assert terminal.use_color(choice, Stream(is_terminal), environment) is colour


def run(full: Build, **environment: str) -> subprocess.CompletedProcess:
    command = [ROOT / "scripts" / "report.py", f"--build={full.directory}", f"--registry={full.registry}"]
    return subprocess.run(command, cwd=ROOT, env={"PATH": os.environ["PATH"], **environment}, capture_output=True,
                          check=False)


def test_the_command_works_in_a_locale_without_utf_8(full) -> None:
    ended = run(full, PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert (ended.returncode, ended.stderr) == (1, b"")
    assert b"x fail" in ended.stdout and b"3 threads x 2 operations" in ended.stdout
    assert ended.stdout.isascii()


def test_no_color_reaches_the_command(full) -> None:
    assert b"\x1b" in run(full, FORCE_COLOR="1").stdout
    assert b"\x1b" not in run(full, FORCE_COLOR="1", NO_COLOR="1").stdout


def test_a_reader_that_leaves_early_harms_nothing(full) -> None:
    command = f"'{ROOT}/scripts/report.py' --build='{full.directory}' --registry='{full.registry}'"
    ended = subprocess.run(["bash", "-c", command + " | true; echo ${PIPESTATUS[0]}"], capture_output=True, text=True,
                           cwd=ROOT, check=False)
    assert (ended.stdout, ended.stderr) == ("1\n", "")


def test_the_matrix_stays_aligned(full, capsys) -> None:
    full.main()
    lines = capsys.readouterr().out.splitlines()
    head = next(line for line in lines if "behaviour" in line)
    row = next(line for line in lines if line.startswith("  spin_lock "))
    assert row[head.index("relacy"):].startswith("✓ all ")
    assert row[head.index("tsan"):].startswith("✗ data race")


def test_expected_failures_are_told_only_on_request(full, capsys) -> None:
    full.main()
    assert "2x1.1.17" not in capsys.readouterr().out
    full.main("--verbose")
    assert "make replay TOKEN=spin_lock_relaxed_unlock.relacy.mutual_exclusion.2x1.1.17" in capsys.readouterr().out


def test_a_violation_in_the_first_iteration_is_said_to_be_so(build, capsys) -> None:
    build.put(result(checks=[{**violated_check(), "explored": 0}]))
    build.main("--color=never", "--primitive=lock", "--engine=stress")
    assert "lock on stress: mutual_exclusion  in the first iteration, 4 threads" in capsys.readouterr().out


def test_what_is_allowed_and_was_never_seen_is_told_where_it_passed(build, capsys) -> None:
    unseen = [{"outcome": f"value={n}", "rate_below": rate} for n, rate in enumerate([1e-6, 0, 0.25, *[1e-7] * 5])]
    build.put_green().put(result(checks=[clean_check(unseen=unseen)]))
    build.main()
    lines = capsys.readouterr().out.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("never seen, though allowed"))
    assert "8 outcomes" in lines[start]
    assert lines[start + 1].endswith("value=1  does not occur")
    assert lines[start + 2].endswith("value=2  never seen: below 1 in 4, with 95 % confidence")
    assert lines[start + 7] == "    … and 2 more in the report"
    build.put(result(checks=[violated_check(unseen=unseen)]))
    build.main()
    assert "never seen" not in capsys.readouterr().out
