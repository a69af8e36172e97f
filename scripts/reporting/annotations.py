"""What failed as GitHub's workflow commands, which it shows beside the code of a pull request."""

from __future__ import annotations

from typing import Any

from reporting.wording import FAILED, class_words, count_words, in_project, replay_command, run_command

Json = dict[str, Any]

# GitHub shows no more of a step's errors than this.
MOST = 10
LONGEST = 1000


def annotations(report: Json) -> list[str]:
    """A line a failed cell, the worst first: at most MOST, where the last says how many are left out."""
    failed = [cell for grade in FAILED for cell in report["cells"] if cell["grade"] == grade]
    lines = [annotation(cell) for cell in failed[:MOST if len(failed) <= MOST else MOST - 1]]
    if len(failed) > len(lines):
        lines.append(f"::error title=gauntlet::{count_words(len(failed) - len(lines), 'more cell')} failed; the report "
                     "has them all")
    return lines


def annotation(cell: Json) -> str:
    """One failed cell, at the place of its first violation."""
    check = next((one for one in cell["checks"] if one["violation"]), None)
    title = f"{cell['primitive']} on {cell['engine']}: {cell['grade']}"
    where, text = {"file": cell["header"], "line": 1}, f"{cell['reason']}\n{run_command(cell)}"
    if check:
        found = check["violation"]
        title = f"{cell['primitive']} on {cell['engine']}: {class_words(found['class'])} in {check['check']}"
        text = f"{found['message'][:LONGEST]}\n{replay_command(found['replay']) or run_command(cell)}"
        if found["where"] and in_project(found["where"]):
            where = found["where"]
    return (f"::error file={escaped(where['file'], True)},line={max(1, where['line'])},title={escaped(title, True)}"
            f"::{escaped(text)}")


def escaped(text: str, is_property: bool = False) -> str:
    """Text that a workflow command carries whole."""
    made = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return made.replace(":", "%3A").replace(",", "%2C") if is_property else made
