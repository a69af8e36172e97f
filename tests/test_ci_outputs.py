"""What other programs read: JUnit XML, SARIF, workflow commands, trace events, and the difference of two reports."""

from __future__ import annotations

import json
import subprocess

import junitparser
import pytest

from handmade import message_passing, violation
from report_build import ROOT, result, violated_check
from reporting import annotations, chrome_trace, results

XSD = ROOT / "reports" / "junit.xsd"


def xmllint(path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["xmllint", "--noout", "--schema", str(XSD), str(path)], capture_output=True, text=True,
                          check=False)


def test_junit_keeps_its_schema_and_another_reader_counts_the_same(full) -> None:
    full.main()
    path = full.directory / "report" / "junit.xml"
    checked = xmllint(path)
    assert checked.returncode == 0, checked.stderr
    suites = {suite.name: suite for suite in junitparser.JUnitXml.fromfile(str(path))}
    for suite in suites.values():
        found = [one for case in suite for one in case.result]
        assert suite.tests == len(list(suite))
        assert suite.failures == sum(isinstance(one, junitparser.Failure) for one in found)
        assert suite.errors == sum(isinstance(one, junitparser.Error) for one in found)
        assert suite.skipped == sum(isinstance(one, junitparser.Skipped) for one in found)
    assert suites["relacy"].failures == 1


@pytest.mark.parametrize("old, new", [("failure type", "failure a='' type"), ('time="', 'time="x'),
                                      ("<testcase ", "<testcase a='' "), (' name="relacy"', "")])
def test_the_junit_schema_is_strict(full, old, new) -> None:
    full.main()
    path = full.directory / "report" / "junit.xml"
    assert old in full.form("junit.xml")
    path.write_text(full.form("junit.xml").replace(old, new))
    assert xmllint(path).returncode != 0


def test_sarif_links_to_each_stack(full) -> None:
    full.main()
    log = json.loads(full.form("results.sarif"))
    race = next(one for one in log["runs"][0]["results"] if "spin_lock on tsan" in one["message"]["text"])
    assert [one["id"] for one in race["relatedLocations"]] == list(range(1, len(race["relatedLocations"]) + 1))
    for one in race["relatedLocations"]:
        assert f"[{one['message']['text']}]({one['id']})" in race["message"]["text"]
    race["relatedLocations"][0]["extra"] = 1
    assert results.schema_problem("sarif", log) != ""


def test_annotations_keep_the_limit_and_their_syntax(full, capsys) -> None:
    assert full.main("--annotations") == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == annotations.MOST
    assert lines[-1].startswith("::error title=gauntlet::") and "more cells failed" in lines[-1]
    assert all(line.startswith("::error file=") and line.count("::") >= 2 for line in lines[:-1])
    assert "missed" in lines[0]


def test_an_annotation_cannot_hold_another_command(build, capsys) -> None:
    build.put(result(checks=[violated_check(message="a\n::warning::b 100%", where={
        "file": "primitives/sync.hpp", "line": 7, "function": "f"})]))
    build.main("--annotations", "--primitive=lock", "--engine=stress")
    assert capsys.readouterr().out == (
        "::error file=primitives/sync.hpp,line=7,title=lock on stress%3A data race in mutual_exclusion::"
        "a%0A::warning::b 100%25%0Amake replay TOKEN=a.b.c\n")


def test_a_chrome_trace_has_a_slice_a_step_and_a_flow_a_read() -> None:
    events = json.loads(chrome_trace.chrome_trace(violation("data_race", *message_passing("release", "acquire"))))
    kinds = [one["ph"] for one in events["traceEvents"]]
    assert {kind: kinds.count(kind) for kind in "MXsf"} == {"M": 3, "X": 6, "s": 2, "f": 2}
    slices = [one["name"] for one in events["traceEvents"] if one["ph"] == "X"]
    assert slices[3] == "store rel flag=1"
    flow = [(one["tid"], one["ts"]) for one in events["traceEvents"] if one.get("id") == 4]
    assert flow == [(1, 3000), (2, 4000)]


def test_the_difference_of_two_reports(build, capsys) -> None:
    build.put_green()
    build.main()
    old = build.directory / "old.json"
    old.write_text(build.form("results.json"))
    build.put(result(checks=[violated_check()]))
    build.main()
    new = build.directory / "report" / "results.json"
    capsys.readouterr()
    assert build.main("--diff", str(old), str(new)) == 1
    assert capsys.readouterr().out == ("newly failing  lock.stress: pass -> fail\n"
                                       "1 newly failing, 0 fixed, 1 changed in all\n")
    assert build.main("--diff", str(new), str(old)) == 0
    assert "fixed          lock.stress: fail -> pass" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "[]", "{}", "{"])
def test_what_is_no_report_has_no_difference(build, capsys, text) -> None:
    path = build.directory / "bad.json"
    path.write_text(text)
    assert build.main("--diff", str(path), str(path)) == 2
    assert "--diff wants two results.json" in capsys.readouterr().err
