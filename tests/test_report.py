"""Tests of scripts/report.py: every grade, every form that is written, and input that means harm.

tests/results/ holds one realistic result of each sort, and a registry that expects more than is there.
"""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import explanation  # noqa: E402
import grade  # noqa: E402
import interleaving  # noqa: E402
import registry  # noqa: E402
import report  # noqa: E402
import results  # noqa: E402
import sarif  # noqa: E402
import snippets  # noqa: E402
import summary  # noqa: E402
import terminal  # noqa: E402
import wording  # noqa: E402

GOLDEN = ROOT / "tests" / "results"
FORMS = {"index.html", "results.json", "junit.xml", "results.sarif", "summary.md"}
ENGINES = registry.ENGINE_NAMES
LAST_LINE = re.compile(r"\d+ passed, \d+ failed, \d+ skipped")


def golden(name: str) -> dict:
    return json.loads((GOLDEN / f"{name}.json").read_text())


def clean_check(name: str = "mutual_exclusion", **changes) -> dict:
    return {"check": name, "outcome": "clean", "coverage": "sampled", "bounds": {"threads": 4, "operations": 50},
            "explored": 1000, "unit": "iterations", "seconds": 0.1, "seed": 1, "violation": None, **changes}


def violated_check(violation_class: str = "data_race", **changes) -> dict:
    violation = {"class": violation_class, "message": "m", "where": None, "trace": [], "stacks": [], "replay": "a.b.c"}
    return clean_check(outcome="violated", violation={**violation, **changes})


def result(primitive: str = "lock", engine: str = "stress", checks: list | None = None, **changes) -> dict:
    return {"schema": 1, "primitive": primitive, "kind": "mutex", "engine": engine, "environment": {},
            "checks": [clean_check()] if checks is None else checks, **changes}


class Build:
    """A build directory with a registry of one primitive that holds, `lock`, and one twin, `twin`."""

    def __init__(self, directory: Path, lines: str = "lock mutex holds\ntwin mutex caught-by:stress\n") -> None:
        self.directory = directory
        self.registry = directory / "registry"
        self.results = directory / "results"
        self.results.mkdir(parents=True)
        self.registry.write_text(lines)

    def put(self, *values: dict) -> "Build":
        for value in values:
            (self.results / f"{value['primitive']}.{value['engine']}.json").write_text(json.dumps(value))
        return self

    def put_green(self) -> "Build":
        violated = result("twin", "stress", [violated_check()])
        return self.put(violated, *(result("lock", engine) for engine in ENGINES))

    def main(self, *options: str) -> int:
        return report.main([f"--build={self.directory}", f"--registry={self.registry}", *options])

    def graded(self) -> dict:
        return json.loads((self.directory / "report" / "results.json").read_text())

    def cell(self, primitive: str, engine: str) -> dict:
        return next(one for one in self.graded()["cells"] if (one["primitive"], one["engine"]) == (primitive, engine))

    def form(self, name: str) -> str:
        return (self.directory / "report" / name).read_text(encoding="utf-8")


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path / "build")


@pytest.fixture
def full(tmp_path: Path) -> Build:
    """The golden results."""
    made = Build(tmp_path / "full", (GOLDEN / "registry").read_text())
    for path in GOLDEN.glob("*.json"):
        shutil.copy(path, made.results)
    return made


# Grades


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
    assert lines[-1] == "6 passed, 0 failed, 4 skipped"
    assert "counted in cells" in lines[-2]


def test_the_verdict_names_what_was_seen_broken_before_what_is_missing(build) -> None:
    build.put(result("lock", "relacy", [violated_check("hang")])).main()
    assert build.graded()["verdict"]["sentence"] == "1 cell failed: lock on relacy. 5 cells without a result."


def test_a_cell_without_a_result_is_missing_and_fails(build, capsys) -> None:
    build.put_green()
    (build.results / "lock.asan.json").unlink()
    assert build.main() == 1
    assert build.cell("lock", "asan")["grade"] == "missing"
    assert "make check PRIMITIVE=lock ENGINE=asan" in capsys.readouterr().out


def test_no_results_at_all_is_failure_not_silence(build) -> None:
    assert build.main() == 1
    assert build.graded()["verdict"]["failed"] == 6


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
    ({"coverage": "sampled", "explored": 2_199_999}, "sampled (2.1M)"),
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
    assert build.graded()["verdict"]["passed"] == 6


# What is written


def test_everything_is_written_whole_and_nothing_else(full) -> None:
    full.main()
    assert {path.name for path in (full.directory / "report").iterdir()} == FORMS


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_golden_results_keep_the_schema(path) -> None:
    assert results.schema_problem("result", json.loads(path.read_text())) == ""


@pytest.mark.parametrize("name", ["result", "report", "sarif"])
def test_the_schemas_are_schemas(name) -> None:
    assert results.validator(name)
    assert results.schema_problem(name, {}) != ""


def test_the_graded_report_keeps_its_schema_and_its_facts_theirs(full) -> None:
    full.main()
    graded = full.graded()
    assert results.schema_problem("report", graded) == ""
    for cell in graded["cells"]:
        facts = [{key: value for key, value in check.items() if key not in ("grade", "amount")}
                 for check in cell["checks"]]
        assert results.schema_problem("result", result(checks=facts)) == ""


@pytest.mark.parametrize("break_it", [
    lambda graded: graded["cells"][0].update(grade="green"),
    lambda graded: graded["cells"][0].update(extra=1),
    lambda graded: graded["cells"][0].pop("reason"),
    lambda graded: graded["verdict"].update(passed=-1),
    lambda graded: graded["cells"][0]["checks"][0].update(amount="some"),
    lambda graded: graded["cells"][0]["checks"][0].update(explored=0),
    lambda graded: graded["cells"][0].update(checks=[]),
])
def test_a_report_that_breaks_its_schema_is_refused(full, break_it) -> None:
    full.main()
    graded = full.graded()
    assert graded["cells"][0]["grade"] == "pass"
    break_it(graded)
    with pytest.raises(ValueError, match="breaks reports/report.schema.json"):
        report.render(graded)


def test_sarif_keeps_its_schema_and_holds_what_failed(full) -> None:
    full.main()
    log = json.loads(full.form("results.sarif"))
    assert results.schema_problem("sarif", log) == ""
    found = log["runs"][0]["results"]
    rules = [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
    assert all(rules[one["ruleIndex"]] == one["ruleId"] for one in found)
    assert {"missed", "data_race", "lost_wakeup", "hang", "crash"} <= {one["ruleId"] for one in found}
    assert not any("spin_lock_relaxed_unlock on relacy" in one["message"]["text"] for one in found)
    fingerprints = [one["partialFingerprints"]["primaryLocationLineHash"] for one in found]
    assert len(set(fingerprints)) == len(fingerprints)
    race = next(one for one in found if "spin_lock on tsan" in one["message"]["text"])
    assert [one["message"]["text"] for one in race["codeFlows"]][:2] == [
        "write of 8 bytes by thread T2", "earlier read of 8 bytes by thread T1"]


@pytest.mark.parametrize("break_it", [
    lambda log: log["runs"][0]["results"][0].update(level="fatal"),
    lambda log: log["runs"][0]["results"][0].update(locations=[]),
    lambda log: log["runs"][0]["results"][0]["message"].update(text=""),
    lambda log: log["runs"][0].update(invocation={}),
])
def test_sarif_schema_is_strict(full, break_it) -> None:
    full.main()
    log = json.loads(full.form("results.sarif"))
    break_it(log)
    assert results.schema_problem("sarif", log) != ""


def test_a_sarif_path_is_a_uri_inside_of_the_project() -> None:
    assert sarif.location({"file": "a b/c:d.hpp", "line": 0})["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b/c%3Ad.hpp", "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 1}}


def test_junit_counts_what_it_holds(full) -> None:
    full.main()
    root = xml.fromstring(full.form("junit.xml"))
    assert [suite.get("name") for suite in root] == list(ENGINES)
    names = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(names)) == len(names)
    for suite in root:
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(attribute)) == len(suite.findall(f"testcase/{tag}"))
    marks = {f"{case.get('classname')}.{case.get('name')}": [child.tag for child in case]
             for case in root.iter("testcase")}
    assert marks["relacy.spin_lock.mutual_exclusion"] == []
    assert marks["relacy.ticket_lock.mutual_exclusion"] == ["failure"]
    assert marks["relacy.ticket_lock.fifo"] == []
    assert marks["relacy.spin_lock_relaxed_unlock.is_caught"] == ["system-out"]
    assert marks["tsan.spin_lock_relaxed_unlock.is_caught"] == ["failure"]
    assert marks["relacy.event.result"] == ["error"]
    assert marks["asan.event.result"] == ["skipped"]
    assert marks["asan.mutex.result"] == ["error"]
    body = root.find(".//testcase[@classname='relacy.ticket_lock']/failure").text
    assert "make replay TOKEN=ticket_lock.relacy.mutual_exclusion.3x2.1.1234" in body


def test_the_summary_has_verdict_matrix_and_commands_and_stays_small(full) -> None:
    full.main()
    text = full.form("summary.md")
    assert "The harness is blind" in text
    assert "| spin\\_lock | ✓ pass, sampled 36 |" in text
    assert "make replay TOKEN=" in text
    graded = full.graded()
    graded["cells"] *= 3000
    assert len(summary.summary(graded).encode()) <= summary.LARGEST


class Page(HTMLParser):
    """The tags and the attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append(tag)
        self.attributes += attributes

    def values(self, wanted: str) -> list[str]:
        return [value for name, value in self.attributes if name == wanted]


def test_every_link_of_the_page_leads_somewhere_inside_of_it(full) -> None:
    full.main()
    page = Page(full.form("index.html"))
    ids = page.values("id")
    assert len(set(ids)) == len(ids)
    assert page.values("href") and all(link.startswith("#") and link[1:] in ids for link in page.values("href"))


def test_the_page_needs_no_network_and_runs_only_its_own_script(full) -> None:
    full.main()
    page = Page(full.form("index.html"))
    policy = next(value for value in page.values("content") if "default-src" in value)
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert not {name for name, _ in page.attributes} & {"src", "srcset", "style", "action", "data"}
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert page.tags.count("script") == page.tags.count("style") == 1
    assert not re.search(r"@import|url\(", full.form("index.html"))


def test_the_same_input_gives_the_same_bytes(full) -> None:
    full.main()
    first = {name: full.form(name) for name in FORMS}
    full.main()
    assert first == {name: full.form(name) for name in FORMS}


def test_a_report_that_cannot_be_written_is_status_3_with_the_verdict_printed(build, capsys) -> None:
    build.put_green()
    (build.directory / "report").write_text("in the way")
    assert build.main() == 3
    captured = capsys.readouterr()
    assert "could not be written" in captured.err
    assert captured.out.splitlines()[-1] == "6 passed, 0 failed, 4 skipped"


# Harm

HOSTILE = ["</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\x1b]0;owned\x07\x1b[2J",
           "\u202egnp.exe", "]]>", "\udcff\ud800", "a\x00b\ufffe", "{{ 7 * 7 }}", "x" * 1_000_000,
           "| ` * <b>", "`$(touch owned)`"]


def poison(value, text: str):
    """The same JSON with `text` in place of every string that is free."""
    free = {"message", "function", "role", "operation", "variable", "value", "order", "title", "text", "reason",
            "replay", "compiler", "commit", "flags", "file", "started"}
    if isinstance(value, dict):
        return {key: text if key in free and isinstance(one, str) else poison(one, text) for key, one in value.items()}
    return [poison(one, text) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_strings_neither_run_nor_break_anything(full, capsys, text) -> None:
    for path in full.results.glob("*.json"):
        path.write_text(json.dumps(poison(json.loads(path.read_text()), text)))
    assert full.main("--color=never", "--verbose") == 1
    captured = capsys.readouterr()
    assert LAST_LINE.fullmatch(captured.out.splitlines()[-1])
    assert captured.err == ""
    page = full.form("index.html")
    tags = Page(page).tags
    assert tags.count("script") == 1 and "img" not in tags
    assert "{{ 7 * 7 }}" in page or "{{" not in text
    assert len(page) < 4_000_000
    xml.fromstring(full.form("junit.xml"))
    assert results.schema_problem("sarif", json.loads(full.form("results.sarif"))) == ""
    assert len(full.form("summary.md").encode()) <= summary.LARGEST
    lines = full.form("summary.md").splitlines()
    assert not [line for line in lines if re.search("<(script|img|b)", line) and not line.startswith("    ")]
    for name in FORMS:
        assert not set(full.form(name)) & set("\x00\x07\x1b\u202e\ufffe")
    assert not set(captured.out) & set("\x00\x07\x1b\u202e")


def test_broken_utf_8_is_read_with_replacements(build) -> None:
    build.put_green()
    text = json.dumps(result(checks=[violated_check(message="before AFTER")])).encode().replace(b"AFTER", b"\xff\xfe")
    (build.results / "lock.stress.json").write_bytes(text)
    assert build.main() == 1
    assert "before \ufffd\ufffd" in build.form("index.html")


def test_a_replay_token_is_quoted_for_the_shell() -> None:
    assert wording.replay_command("a b; rm x") == "make replay TOKEN='a b; rm x'"


@pytest.mark.parametrize("file", ["../" * 20 + "etc/passwd", "/etc/passwd", ".git/config", "no/such.hpp", "\x00",
                                  "a" * 5000, "."])
def test_a_position_never_leads_out_of_the_project(file) -> None:
    assert snippets.snippet({"file": file, "line": 1, "function": ""}) == []


@pytest.mark.parametrize("file, own", [
    ("primitives/sync.hpp", True), ("../sysdeps/unix/sysv/linux/pause.c", False), ("nptl/pthread_create.c", False),
    ("/usr/include/c++/12/thread", False), (str(ROOT / "primitives/sync.hpp"), False), ("", False), ("primitives", False),
])
def test_only_files_of_the_repository_are_the_projects_own(file, own) -> None:
    assert wording.in_project({"file": file}) is own


def test_a_snippet_marks_its_line_among_its_neighbours() -> None:
    lines = snippets.snippet({"file": "primitives/sync.hpp", "line": 2, "function": ""})
    assert [line["number"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert [line["number"] for line in lines if line["marked"]] == [2]
    assert snippets.snippet({"file": "primitives/sync.hpp", "line": 10**9, "function": ""}) == []


# The terminal


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


# Traces


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
