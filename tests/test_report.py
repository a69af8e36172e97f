"""What the report writes, whatever it is given."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as xml
from html.parser import HTMLParser

import pytest

import report
from reporting import results, sarif, snippets, summary, wording
from report_build import FORMS, ENGINES, GOLDEN, LAST_LINE, ROOT, result, violated_check


def test_everything_is_written_whole_and_nothing_else(full) -> None:
    full.main()
    assert {path.name for path in (full.directory / "report").iterdir()} == FORMS | {"traces"}
    assert [path.name for path in (full.directory / "report" / "traces").iterdir()] == [
        "ticket_lock.relacy.mutual_exclusion.json"]


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
        report.render(graded, [])


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


RECORDED = ROOT / "tests" / "recorded"


class Page(HTMLParser):
    """The tags and the attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.programs = 0
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append(tag)
        self.attributes += attributes
        if tag == "script" and ("type", "application/json") not in attributes:
            self.programs += 1

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
    assert page.programs == page.tags.count("style") == 1
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
    assert captured.out.splitlines()[-1] == "7 passed, 0 failed, 5 skipped"


# Harm

HOSTILE = ["</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\x1b]0;owned\x07\x1b[2J",
           "\u202egnp.exe", "]]>", "\udcff\ud800", "a\x00b\ufffe", "{{ 7 * 7 }}", "x" * 1_000_000,
           "| ` * <b>", "`$(touch owned)`"]


def poison(value, text: str):
    """The same JSON with `text` in place of every string that is free."""
    free = {"message", "function", "role", "operation", "variable", "value", "order", "title", "text", "reason",
            "replay", "compiler", "commit", "flags", "file", "started", "lock", "holding", "dot"}
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
    assert Page(page).programs == 1 and "img" not in Page(page).tags
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


@pytest.mark.parametrize("text", [HOSTILE[0], HOSTILE[2], HOSTILE[7]], ids=range(3))
def test_hostile_locks_outcomes_and_graphs_neither_run_nor_break_anything(full, text) -> None:
    """What only some results have: the locks of a race and of a circle, an execution graph, outcomes."""
    (full.directory / "registry").write_text((RECORDED / "registry").read_text())
    for path in RECORDED.glob("*.json"):
        found = poison(json.loads(path.read_text()), text)
        found["environment"] |= {"host": text, "started": text}
        for check in found["checks"]:
            check["outcomes"] = [{"outcome": text, "count": 1, "grade": "interesting"}]
            check["unseen"] = [{"outcome": text, "rate_below": 1e-9}]
        (full.results / path.name).write_text(json.dumps(found))
    (full.directory / "bench").mkdir()
    row = {"primitive": text, "workload": text, "threads": 1, "nanoseconds": {text: [1.0] * 9, "rival": [2.0] * 9}}
    (full.directory / "bench" / "x.json").write_text(json.dumps(
        {"kind": text, "environment": {"load": 1, "processor": text}, "rows": [row]}))
    assert full.main() == 1
    page = Page(full.form("index.html"))
    assert page.programs == 1 and "img" not in page.tags and "iframe" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "style")]
    assert all(link.startswith(("#", "graphs/")) for link in page.values("href"))
    for name in FORMS:
        assert not set(full.form(name)) & set("\x00\x07\x1b\u202e\ufffe")


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
    ("/usr/include/c++/12/thread", False), (str(ROOT / "primitives/sync.hpp"), False), ("", False),
    ("primitives", False),
])
def test_only_files_of_the_repository_are_the_projects_own(file, own) -> None:
    assert wording.in_project({"file": file}) is own


def test_a_snippet_marks_its_line_among_its_neighbours() -> None:
    lines = snippets.snippet({"file": "primitives/sync.hpp", "line": 2, "function": ""})
    assert [line["number"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert [line["number"] for line in lines if line["marked"]] == [2]
    assert snippets.snippet({"file": "primitives/sync.hpp", "line": 10**9, "function": ""}) == []
