"""The report as Markdown, for a CI run's summary page: verdict, matrix, and the first failures with their commands."""

from __future__ import annotations

import html
import io
import re
from typing import Any

from reporting.terminal import SYMBOLS, print_violation
from reporting.wording import FAILED, class_words, count_words, run_command, short_amount

Json = dict[str, Any]

# GitHub drops a step's summary above 1 MiB altogether.
LARGEST = 200_000
FAILURES = 10
TRACE_ROWS = 12
LONGEST_BLOCK = 6_000


def summary(report: Json) -> str:
    """The document; at most LARGEST bytes of UTF-8."""
    verdict = report["verdict"]
    lines = ["# gauntlet", "", f"**{plain(verdict['sentence'])}**", ""]
    lines += [f"> {plain(note)}" for note in report["notes"]] + [
        f"> {plain(bad['file'])}: {plain(bad['problem'])}" for bad in report["bad_records"]]
    lines += ["", *matrix(report), ""]
    told = [cell for grade in (*FAILED, "inconclusive") for cell in report["cells"] if cell["grade"] == grade]
    for cell in told[:FAILURES]:
        lines += failure(cell)
    if len(told) > FAILURES:
        lines += [f"… and {count_words(len(told) - FAILURES, 'more cell')}, in the report.", ""]
    aside = f", {verdict['inconclusive']} inconclusive" if verdict["inconclusive"] else ""
    last = (f"{verdict['passed']} passed, {verdict['failed']} failed, {verdict['skipped']} skipped{aside} "
            "(cells: one primitive on one engine)\n")
    text = "\n".join(lines)
    room = LARGEST - len(last.encode()) - 40
    if len(text.encode()) > room:
        text = text.encode()[:room].decode(errors="ignore") + "\n\n… (cut)\n"
    return f"{text}\n{last}"


def plain(text: str) -> str:
    """Text that Markdown and HTML leave as it is, on one line."""
    return re.sub(r"([\\`*_{}\[\]()#+!|~@])", r"\\\1", html.escape(" ".join(text.split()), quote=False))[:1000]


def matrix(report: Json) -> list[str]:
    """Primitive by engine."""
    at = {(cell["primitive"], cell["engine"]): cell for cell in report["cells"]}
    rows = [["primitive", *report["engines"]], ["---"] * (1 + len(report["engines"]))]
    for name in dict.fromkeys(cell["primitive"] for cell in report["cells"]):
        rows.append([plain(name), *(cell_text(at[name, engine]) for engine in report["engines"])])
    return ["| " + " | ".join(row) + " |" for row in rows]


def cell_text(cell: Json) -> str:
    if cell["grade"] == "n/a":
        return "n/a"
    fact = short_amount(cell["checks"]) if cell["grade"] == "pass" else (
        cell["reason"] if cell["grade"] in ("fail", "expected failure") else "")
    return f"{SYMBOLS[cell['grade']]} {cell['grade']}" + (f", {plain(fact)}" if fact else "")


def failure(cell: Json) -> list[str]:
    """One cell, with the first violation that it saw."""
    violated = [check for check in cell["checks"] if check["violation"]]
    lines = [f"### {cell['grade']}: {plain(cell['primitive'])} on {cell['engine']}", ""]
    if not violated:
        return [*lines, plain(cell["reason"]), "", f"    {run_command(cell)}", ""]
    text = io.StringIO()
    print_violation(violated[0]["violation"], text, False, steps=TRACE_ROWS)
    others = f", and {count_words(len(violated) - 1, 'more check')}" if len(violated) > 1 else ""
    # An indented block has no end mark that its contents could hold.
    block = text.getvalue()[:LONGEST_BLOCK].split("\n")
    return [*lines, f"{plain(violated[0]['check'])}: {class_words(violated[0]['violation']['class'])}{others}", "",
            *(f"    {line}" for line in block), ""]
