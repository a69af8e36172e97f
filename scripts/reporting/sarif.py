"""The report's failures as SARIF 2.1.0, for code scanning: one result a violated check, one code flow a stack."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

from reporting import interleaving
from reporting.wording import CLASS_MEANINGS, GRADE_MEANINGS, class_words, in_project, replay_command, run_command

Json = dict[str, Any]

# GitHub shows no more of a flow than this.
LONGEST_FLOW = 1000
MOST_RELATED = 20
MISSED = "missed"


def sarif(report: Json) -> str:
    """The log, as text: only what failed. Known-bad twins that were caught are no alerts."""
    results = []
    for cell in report["cells"]:
        if cell["grade"] == "missed":
            results.append(result(MISSED, f"{cell['engine']} did not catch {cell['primitive']}: {cell['reason']}.",
                                  cell, "", {"file": cell["header"], "line": 1}, []))
        elif not cell["twin"]:
            results += [violation_result(cell, check) for check in cell["checks"] if check["violation"]]
    rules = sorted({one["ruleId"] for one in results})
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "gauntlet", "rules": [rule(name) for name in rules]}},
            "automationDetails": {"id": "gauntlet/"},
            "columnKind": "unicodeCodePoints",
            "results": [{**one, "ruleIndex": rules.index(one["ruleId"])} for one in results],
        }],
    }
    return json.dumps(log, indent=1, sort_keys=True) + "\n"


def rule(name: str) -> Json:
    """What a class of violation means, as code scanning shows it beside an alert."""
    meaning = GRADE_MEANINGS[MISSED] if name == MISSED else CLASS_MEANINGS[name]
    return {"id": name, "shortDescription": {"text": class_words(name)}, "fullDescription": {"text": meaning},
            "help": {"text": meaning}, "defaultConfiguration": {"level": "error"}}


def violation_result(cell: Json, check: Json) -> Json:
    """One violated check."""
    violation = check["violation"]
    stacks = [stack for stack in violation["stacks"] if any(map(in_project, stack["frames"]))]
    flows = [flow(stack["title"], [(frame["function"], frame) for frame in reversed(stack["frames"])])
             for stack in stacks]
    rows = [row for row in interleaving.rows(violation["trace"]) if row["where"] and in_project(row["where"])]
    if rows:
        flows.insert(0, flow("interleaving", [
            (f"{row['name']}: {interleaving.action(row)} {interleaving.remark(row)}".rstrip(), row["where"])
            for row in rows[-LONGEST_FLOW:]]))
    candidates = [violation["where"]] + [frame for stack in stacks for frame in stack["frames"]]
    where = next((one for one in candidates if one and in_project(one) and one["line"]),
                 {"file": cell["header"], "line": 1})
    again = replay_command(violation["replay"]) or run_command(cell)
    text = (f"{class_words(violation['class'])} in {cell['primitive']} on {cell['engine']}, check {check['check']}: "
            f"{violation['message']}\nReproduce with: {again}")
    related = related_locations(stacks)
    links = ", ".join(f"[{one['message']['text']}]({one['id']})" for one in related)
    return result(violation["class"], f"{text}\n{links}".rstrip(), cell, check["check"], where,
                  [one for one in flows if one]) | ({"relatedLocations": related} if related else {})


def related_locations(stacks: list[Json]) -> list[Json]:
    """Where each stack is in the project, numbered: code scanning shows what the message links to."""
    found = []
    for stack in stacks[:MOST_RELATED]:
        frame = next(frame for frame in stack["frames"] if in_project(frame))
        title = stack["title"].translate(str.maketrans("[]()\\\n", "    / ")) or stack["kind"]
        found.append({"id": len(found) + 1, **location(frame), "message": {"text": title}})
    return found


def result(name: str, text: str, cell: Json, check: str, where: Json, flows: list[Json]) -> Json:
    """A SARIF result. Its fingerprint leaves out lines, so that an edit above a failure does not make it a new one."""
    identity = "|".join((name, cell["primitive"], cell["engine"], check, where["file"], where.get("function", "")))
    made: Json = {
        "ruleId": name, "level": "error", "message": {"text": text}, "locations": [location(where)],
        "partialFingerprints": {"primaryLocationLineHash": hashlib.sha256(identity.encode()).hexdigest()[:16] + ":1"},
    }
    return {**made, "codeFlows": flows} if flows else made


def flow(title: str, steps: list[tuple[str, Json]]) -> Json:
    """A code flow of one thread flow, as viewers show no more than the first; {} without a step in the project."""
    locations = [{"location": {**location(where), "message": {"text": text or title}}, "executionOrder": number}
                 for number, (text, where) in enumerate(steps, start=1) if in_project(where)]
    return {"message": {"text": title}, "threadFlows": [{"locations": locations}]} if locations else {}


def location(where: Json) -> Json:
    region = {"startLine": max(1, where["line"])}
    if where.get("column"):
        region["startColumn"] = where["column"]
    return {"physicalLocation": {"artifactLocation": {"uri": quote(where["file"]), "uriBaseId": "%SRCROOT%"},
                                 "region": region}}
