"""Whether each atomic operation says why its memory order is enough, and whether both ends of a pairing say so.

The form is DESIGN's: above the operation, a comment line for each order that it uses.

    // release [handoff]: pairs with lock()'s acquire of serving_; carries the critical section.
    // relaxed: only the owner writes serving_.

In a twin, `// flaw: …` above the flawed operation stands for all of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lint_source import Finding, closing, code, line_of

ORDER = r"relaxed|consume|acquire|release|acq_rel|seq_cst"
TAG = r"\[([a-z][a-z0-9_]*)\]"

OPERATION = re.compile(
    r"(?:\.|->)\s*(load|store|exchange|compare_exchange_weak|compare_exchange_strong|fetch_(?:add|sub|and|or|xor))\s*\("
    r"|(?<![\w.>])(fence)\s*\("
)
# An order as an argument spells it: std::memory_order_release, memory_order::release, release.
SPELLED = re.compile(rf"(?<![\w.>])(?:std::)?(?:memory_order(?:_|::))?({ORDER})\b(?!\s*@)")
# `release [handoff]: …`; between order and colon may stand what it applies to: `relaxed (failure): …`.
ENTRY = re.compile(rf"\s*//\s*({ORDER}|flaw)((?:\s*{TAG})*)(?:\s*\([^):]*\)|\s+(?:on|when|if|for|in)\b[^:]*)?:(.*)")

# What a relaxed line may say, by the reason that it gives.
REASONS = {
    "a single writer": r"\bonly\b.*\b(?:writes?|wrote|changes?|stores?|touches)\b|\b(?:single|sole|one) writer\b"
    r"|\bno(?:body| one| other thread)\b.*\b(?:writes?|changes?|sees|knows|reads|reach)|\bnot (?:yet )?shared\b"
    r"|\bunshared\b|\bunpublished\b",
    "revalidated later": r"\bre-?(?:validat|check|read|load|tr(?:y|ie)|test)"
    r"|\b(?:CAS|compare_exchange|exchange|acquire)\b"
    r"|\blooks? again\b",
    "ordered by [tag]": r"(?:^|[\s(])\[[a-z][a-z0-9_]*\]",
    "a statistic": r"\bstatistics?\b|\bcarr(?:y|ies) no(?:thing| data)\b|\bnothing (?:depends|is read|is ordered)\b",
}
REASON_HELP = (
    'give one of the four reasons: "only … writes it", "revalidated by …", "ordered by [tag]", '
    '"a statistic" or "carries nothing"'
)


class Operation(NamedTuple):
    """An atomic call or a fence. `above` holds the lines that its comment may stand directly above."""

    line: int
    name: str
    orders: tuple[str, ...]
    above: tuple[int, ...]


class Entry(NamedTuple):
    """A comment line that begins with an order, or with `flaw`, and the lines that go on with it."""

    line: int
    order: str
    tags: tuple[str, ...]
    text: str


def operations(text: str) -> Iterator[Operation]:
    """Every atomic call and fence, in order. `text` is the source with its comments."""
    spoken = code(text)
    for found in OPERATION.finditer(spoken):
        arguments = spoken[found.end() : closing(spoken, found.end() - 1)]
        while arguments != (
            flat := re.sub(r"\([^()]*\)|\{[^{}]*\}", "@", arguments)
        ):  # nested calls have their own orders
            arguments = flat
        start = max(spoken.rfind(mark, 0, found.start()) for mark in ";{}") + 1
        start += len(spoken[start:]) - len(spoken[start:].lstrip())
        line = line_of(spoken, found.start())
        yield Operation(
            line,
            found[1] or found[2],
            tuple(dict.fromkeys(SPELLED.findall(arguments))),
            tuple(dict.fromkeys((line, line_of(spoken, start)))),
        )


def entries(text: str) -> list[Entry]:
    """Every comment line that begins with an order. What follows on the next comment lines belongs to it."""
    found: list[Entry] = []
    open_until = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if match := ENTRY.fullmatch(line):
            found.append(Entry(number, match[1], tuple(re.findall(TAG, match[2])), match[4]))
        elif found and open_until == number and (more := re.fullmatch(r"\s*//(?!/)(.*)", line)):
            found[-1] = found[-1]._replace(text=f"{found[-1].text} {more[1].strip()}")
        else:
            continue
        open_until = number + 1
    return found


def comment_above(lines: list[str], number: int) -> range:
    """The numbers of the comment lines directly above line `number`."""
    first = number
    while first > 1 and re.match(r"\s*//", lines[first - 2]):
        first -= 1
    return range(first, number)


def sides(operation: str, order: str) -> str:
    """What a pairing gets from an order there: "release", "acquire", both or neither."""
    if order == "seq_cst":
        return {"load": "acquire", "store": "release"}.get(operation, "release acquire")
    return {"acq_rel": "release acquire", "release": "release", "acquire": "acquire"}.get(order, "")


def check(path: Path, text: str) -> list[Finding]:
    """What is wrong with the memory-order lines of one primitive's source. `path` is relative to the repository."""
    twin = "broken" in path.parts
    lines, said = text.splitlines(), entries(text)
    given: dict[int, list[str]] = {}  # an entry's line → the sides that the operations below give it
    found: list[Finding] = []
    forgiven = False
    for operation in operations(text):
        reach = {number for line in operation.above for number in comment_above(lines, line)}
        mine = [entry for entry in said if entry.line in reach]
        flawed = twin and any(entry.order == "flaw" for entry in mine)
        forgiven |= flawed
        for entry in mine:
            if entry.order in operation.orders:
                given.setdefault(entry.line, []).append(sides(operation.name, entry.order))
        if not flawed:
            found += unexplained(path, operation, mine)
    for entry in said:
        found += misspoken(path, entry, entry.line in given, twin)
    found += [
        Finding(path, entry.line, "this is no reason for relaxed", REASON_HELP)
        for entry, before in zip(said, [None, *said])
        if entry.order == "relaxed" and not reasoned(entry, before)
    ]
    if not forgiven:
        found += unpaired(path, said, given)
    return sorted(found, key=lambda finding: finding.line)


def unexplained(path: Path, operation: Operation, mine: list[Entry]) -> Iterator[Finding]:
    """The orders of an operation that no line above it explains."""
    if not operation.orders:
        yield Finding(path, operation.line, f"{operation.name}() spells no memory order", "write the order in the call")
    for order in operation.orders:
        if order == "consume":
            yield Finding(path, operation.line, "memory_order_consume has no use", "say acquire")
        elif order not in {entry.order for entry in mine}:
            form = "relaxed: <reason>" if order == "relaxed" else f"{order} [tag]: pairs with …"
            yield Finding(
                path,
                operation.line,
                f"no line above {operation.name}() explains {order}",
                f"write `// {form}` directly above it",
            )


def misspoken(path: Path, entry: Entry, used: bool, twin: bool) -> Iterator[Finding]:
    """What is wrong with one line by itself."""
    if entry.order == "flaw":
        if not twin:
            yield Finding(path, entry.line, "a flaw outside of primitives/broken/", "mend it, or make it a twin")
        return
    if not used:
        yield Finding(
            path,
            entry.line,
            f"no operation below this line uses {entry.order}",
            "let the line and the code say the same, with nothing between them",
        )
    if entry.order in ("acquire", "release", "acq_rel") and not entry.tags:
        yield Finding(
            path,
            entry.line,
            f"{entry.order} has no [tag]",
            f"write `// {entry.order} [tag]: pairs with …`, the same tag at both ends",
        )
    if not entry.text.strip():
        yield Finding(path, entry.line, f"{entry.order} has no text", "say what it pairs with and what it carries")


def reasoned(entry: Entry, before: Entry | None) -> bool:
    """Whether a relaxed line gives one of the four reasons, or says "likewise" right after one that does."""
    if "likewise" in entry.text and before and before.order == "relaxed" and entry.line - before.line <= 3:
        return reasoned(before, None)
    return bool(entry.tags) or any(re.search(words, entry.text, re.IGNORECASE) for words in REASONS.values())


def unpaired(path: Path, said: list[Entry], given: dict[int, list[str]]) -> Iterator[Finding]:
    """The tags that stand at one end only, and those that a relaxed line leans on and nothing carries."""
    first: dict[str, Entry] = {}
    ends: dict[str, set[str]] = {}
    for entry in said:
        named = entry.tags + (tuple(re.findall(rf"(?:^|[\s(]){TAG}", entry.text)) if entry.order == "relaxed" else ())
        for tag in named:
            first.setdefault(tag, entry)
            ends.setdefault(tag, set()).update(
                *(side.split() for side in given.get(entry.line, ()) if tag in entry.tags)
            )
    for tag, entry in first.items():
        for side in ("release", "acquire"):
            if side not in ends[tag]:
                yield Finding(
                    path,
                    entry.line,
                    f"[{tag}] has no {side} end in this file",
                    f"write [{tag}] in the line of the operation that it pairs with",
                )
