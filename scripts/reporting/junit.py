"""The report as JUnit XML, in the dialect that GitLab, Jenkins and GitHub's actions all read.

A suite is an engine. A primitive that should hold has a test case for each check; a twin has one, that it is caught.
`failure` is a verdict, `error` is the harness's own trouble or a missing answer.
"""

from __future__ import annotations

import io
import xml.etree.ElementTree as xml
from typing import Any

from reporting.terminal import print_violation
from reporting.wording import class_words, replay_command, run_command

Json = dict[str, Any]

TRACE_ROWS = 30
# GitLab refuses a file above 30 MB; a case says enough in this.
LONGEST_BODY = 20_000


def junit(report: Json) -> str:
    """The document, as text."""
    root = xml.Element("testsuites", name="gauntlet")
    for engine in report["engines"]:
        suite = xml.SubElement(root, "testsuite", name=engine)
        for cell in report["cells"]:
            if cell["engine"] == engine:
                add_cell(suite, cell)
        count(suite)
    xml.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def add_cell(suite: xml.Element, cell: Json) -> None:
    """The test cases of one cell."""
    if cell["twin"] and cell["grade"] != "n/a":
        seconds = sum(check["seconds"] for check in cell["checks"])
        made = case(suite, cell, "is_caught", seconds)
        if cell["grade"] == "expected failure":
            xml.SubElement(made, "system-out").text = f"caught, as required: {cell['reason']}"
        else:
            judge(made, cell["grade"], cell["reason"], run_command(cell))
    elif cell["grade"] in ("n/a", "missing") or not cell["checks"]:
        judge(case(suite, cell, "result", 0), cell["grade"], cell["reason"], run_command(cell))
    else:
        for check in cell["checks"]:
            add_check(suite, cell, check)
        if cell["trouble"]:
            judge(case(suite, cell, "result", 0), "inconclusive", cell["trouble"], run_command(cell))


def add_check(suite: xml.Element, cell: Json, check: Json) -> None:
    """One check of a primitive that should hold."""
    made = case(suite, cell, check["check"], check["seconds"])
    violation = check["violation"]
    if not violation:
        judge(made, check["grade"], check["reason"], run_command(cell))
        return
    if violation["where"] and violation["where"]["file"]:
        made.set("file", violation["where"]["file"])
        made.set("line", str(violation["where"]["line"]))
    text = io.StringIO()
    print_violation(violation, text, False, steps=TRACE_ROWS)
    again = "" if replay_command(violation["replay"]) else run_command(cell)
    judge(made, check["grade"], f"{class_words(violation['class'])}: {violation['message']}", text.getvalue() + again,
          violation["class"])


def case(suite: xml.Element, cell: Json, name: str, seconds: float) -> xml.Element:
    return xml.SubElement(suite, "testcase", classname=f"{cell['engine']}.{cell['primitive']}", name=name,
                          file=cell["header"], time=f"{seconds:.3f}")


def judge(made: xml.Element, grade: str, reason: str, body: str, violation_class: str = "") -> None:
    """Marks a test case as its grade asks. GitLab shows only the body, so that the body says everything."""
    if grade == "pass":
        return
    if grade == "n/a":
        xml.SubElement(made, "skipped", message=reason)
        return
    mark = xml.SubElement(made, "error" if grade in ("inconclusive", "missing") else "failure",
                          type=violation_class or grade, message=reason[:300])
    mark.text = f"{reason}\n{body}"[:LONGEST_BODY]


def count(suite: xml.Element) -> None:
    """Fills in the attributes that sum a suite up."""
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(one.find(tag) is not None for one in cases)))
    suite.set("time", f"{sum(float(one.get('time', '0')) for one in cases):.3f}")
