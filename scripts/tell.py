#!/usr/bin/python3
"""Says what an explored program came to, in the words of a cell's report: what the library under the program runs at
its end. The program's records (harness/records.hpp) come on standard input.

  tell.py --name NAME --model MODEL [--again COMMAND] [--results FILE] [--dot FILE] [--whole]

COMMAND runs a failure again, with TOKEN where its token goes. Exit status: 0 it was said, 3 it couldn't be.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from reporting import terminal, wording

Json = dict[str, Any]


def main() -> int:
    """Reads, writes, prints."""
    made = argparse.ArgumentParser(prog="tell.py")
    for option in ("--name", "--model", "--again", "--results", "--dot"):
        made.add_argument(option, default="")
    made.add_argument("--whole", action="store_true")
    asked = made.parse_args()
    records = {record["event"]: record for record in map(json.loads, sys.stdin)}
    check = records.get("finished", {}).get("check")
    if check is None:
        print(f"gauntlet-check: {asked.name} ended without saying what was found", file=sys.stderr)
        return 3
    from reporting.results import clean
    # A violation is recorded by the process that found it.
    if violated := records.get("violation"):
        check |= {"outcome": "violated", "violation": violated["violation"]}
        del check["reason"]
    check = clean(check)
    try:
        if asked.results:
            write(Path(asked.results), asked, check)
        if asked.dot and check["violation"]:
            Path(asked.dot).write_text(check["violation"].get("dot", ""), encoding="utf-8")
    except OSError as error:
        print(f"gauntlet-check: {error}", file=sys.stderr)
        return 3
    show(asked, check)
    return 0


def write(path: Path, asked: argparse.Namespace, check: Json) -> None:
    """The result, as a cell's would be."""
    from cells import machine, write_whole
    name = re.sub(r"\W+", "_", asked.name).strip("_").lower() or "program"
    write_whole(path, {"schema": 1, "primitive": name if name[0].isalpha() else f"program_{name}", "kind": "program",
                       "engine": "rc11", "environment": {**machine(), "model": asked.model}, "checks": [check]})


def show(asked: argparse.Namespace, check: Json) -> None:
    """On standard output; the verdict comes last."""
    out, color = sys.stdout, terminal.use_color("auto", sys.stdout)
    violation = check["violation"]
    explored = f"{wording.count_words(check['explored'], 'execution')} in {check['seconds']:.2f} s, {asked.model}"
    if violation:
        head = terminal.paint(f"{terminal.SYMBOLS['fail']} fail", "fail", color)
        seen = f"{wording.seen_after(check)}, {wording.bounds_words(check['bounds'])}"
        terminal.emit(out, f"{head}  {terminal.paint(asked.name, 'strong', color)}  "
                           f"{terminal.paint(seen, 'faint', color)}")
        terminal.print_violation(violation, out, color, None if asked.whole else terminal.STEPS, is_written,
                                 asked.again.replace("TOKEN", violation["replay"]))
    for note in check.get("notes", []):
        terminal.emit(out, f"    {note}")
    if violation:
        verdict, style = f"failed: {wording.class_words(violation['class'])}; {explored}", "fail"
    elif check["outcome"] == "clean":
        verdict, style = f"passed, {wording.amount(check)}; {explored}", "pass"
    else:
        verdict, style = f"inconclusive, {wording.amount(check)}: {check['reason']}; {explored}", "inconclusive"
    terminal.emit(out, terminal.paint(f"{asked.name}: {verdict}", style, color))


def is_written(frame: Json) -> bool:
    """Whether a frame is of the program's own sources, and not of a library."""
    return bool(frame["file"]) and not frame["file"].startswith("/usr/")


if __name__ == "__main__":
    sys.exit(main())
