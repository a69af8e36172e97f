"""What AddressSanitizer, LeakSanitizer and UBSan print, as a violation.

They have no interface that tells a report's parts apart once the process is dead, so their text is read.
ThreadSanitizer has one: its reports arrive as records, and only its fatal errors are read here.
"""

from __future__ import annotations

import re
from typing import Any

import stacks

ERROR = re.compile(r"^==\d+==\s*ERROR: (Address|Leak|Thread|UndefinedBehavior)Sanitizer:? (.*)$")
RUNTIME_ERROR = re.compile(r"^(\S.*?):(\d+):(\d+): runtime error: (.*)$")
FRAME = re.compile(r"^\s+#(\d+) 0x[0-9a-f]+\s*(?:in )?(.*)$")
ACCESS = re.compile(r"^(READ|WRITE) of size (\d+) at 0x[0-9a-f]+ thread (T\d+)")
LEAK = re.compile(r"^(Direct|Indirect) leak of (\d+) byte\(s\) in (\d+) object\(s\) allocated from")

# Sanitizer's word for an error -> a violation's class; anything else that is no signal is undefined behaviour.
CLASSES = {"heap-use-after-free": "use_after_free", "stack-use-after-return": "use_after_free",
           "stack-use-after-scope": "use_after_free", "use-after-poison": "use_after_free",
           "double-free": "double_free"}
SIGNALS = {"SEGV", "BUS", "FPE", "ILL", "ABRT", "TRAP", "stack-overflow"}


def parse(text: str) -> dict[str, Any] | None:
    """The first report in a cell's stderr as a violation without `replay`; None if there is none."""
    lines = text.splitlines()
    for index, line in enumerate(lines):
        if found := ERROR.match(line):
            return violation(lines[index:], *classify(found[1], found[2]))
        if found := RUNTIME_ERROR.match(line):
            made = violation(lines[index:], "undefined", found[4])
            if made["where"] is None:
                place = stacks.frame("", found[1], int(found[2]))
                made["where"] = {"file": place["file"], "line": place["line"], "function": ""}
            return made
    return None


def classify(sanitizer: str, headline: str) -> tuple[str, str]:
    """A violation's class, and the error's name as the sanitizer spells it."""
    if sanitizer == "Leak":
        return "leak", "memory leak"
    name = headline.removeprefix("attempting ").split(" on ")[0].split(" (")[0].split(":")[0].strip()
    if name in SIGNALS:
        return "crash", name
    return CLASSES.get(name, "undefined"), name


def violation(lines: list[str], kind: str, name: str) -> dict[str, Any]:
    """One report: `lines` starts with its first."""
    report = report_lines(lines)
    found = parse_stacks(report)
    summary = next((line for line in report if line.startswith("SUMMARY: ")), "")
    return {"class": kind, "message": message(kind, name, found, summary), "where": stacks.own_place(found),
            "trace": [], "stacks": found, "replay": "", "text": "\n".join(report).replace(f"{stacks.ROOT}/", "")}


def report_lines(lines: list[str]) -> list[str]:
    """A report's lines, up to its summary; the shadow bytes after it explain nothing."""
    for index, line in enumerate(lines):
        if line.startswith("SUMMARY: "):
            return lines[:index + 1]
    return lines


def message(kind: str, name: str, found: list[stacks.Stack], summary: str) -> str:
    """One sentence: what happened, by whom, where."""
    if kind == "leak":
        leaked = re.search(r"(\d+) byte\(s\) leaked in (\d+) allocation", summary)
        return f"{counted(leaked[1], 'byte')} leaked in {counted(leaked[2], 'allocation')}" if leaked else name
    title = found[0]["title"] if found else ""
    by = f": {title}" if title.startswith(("read of", "write of")) else ""
    place = stacks.own_place(found[:1])
    return f"{name}{by}" + (f", in {place['function']}" if place and place["function"] else "")


def parse_stacks(lines: list[str]) -> list[stacks.Stack]:
    """The stacks of a report, each titled by the line above it."""
    made: list[stacks.Stack] = []
    above = ""
    for line in lines:
        found = FRAME.match(line)
        if not found:
            above = line.strip() or above
            continue
        if found[1] == "0":
            made.append({"title": title_of(above), "kind": kind_of(above), "frames": []})
        if made:
            made[-1]["frames"].append(parse_frame(found[2]))
    for stack in made:
        stack["frames"] = stacks.without_starters(stack["frames"])
    return made


def kind_of(above: str) -> str:
    """A stack's kind, from the line above it."""
    for words, kind in (("freed by", "free"), ("allocated by", "allocation"), ("allocated from", "allocation"),
                        ("created by", "creation"), ("is located in stack", "location")):
        if words in above:
            return kind
    return "access"


def title_of(above: str) -> str:
    """A stack's title: the line above it, without addresses and process ids."""
    if found := ACCESS.match(above):
        return f"{found[1].lower()} of {counted(found[2], 'byte')} by thread {found[3]}"
    if found := LEAK.match(above):
        return f"{counted(found[2], 'byte')} leaked ({found[1].lower()}) in {counted(found[3], 'object')}, allocated"
    if found := RUNTIME_ERROR.match(above):
        return found[4]
    title = re.sub(r"^==\d+==\s*ERROR: \w+Sanitizer:? ", "", above)
    title = re.sub(r" (on|at)( unknown)? (address )?0x[0-9a-f]+.*?(?= in thread|$)", "", title)
    return re.sub(r"( here)?:$", "", title)


def parse_frame(text: str) -> stacks.Frame:
    """`function file:line:column`, `function (module+0x1) (BuildId: …)` or a part of it."""
    text = re.sub(r"\s*\(BuildId: \w+\)$", "", text)
    text = re.sub(r"\s*\(\S+\+0x[0-9a-f]+\)$", "", text)
    if found := re.match(r"^(.*?)\s*(\S+?):(\d+)(?::(\d+))?$", text):
        return stacks.frame(found[1], found[2], int(found[3]), int(found[4] or 0))
    return stacks.frame(re.sub(r"\s+\S+\.o$", "", text))


def counted(number: str, noun: str) -> str:
    """`1 byte`, `2 bytes`."""
    return f"{number} {noun}{'' if number == '1' else 's'}"
