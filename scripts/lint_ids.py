"""Every behaviour that the primitives promise is tested: primitives/behaviours against the names of the tests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from lint_source import Finding, code, line_of

LISTING = Path("primitives/behaviours")
ID = r"[A-Z]+\d+"
TEST = re.compile(r"\bBOOST_(?:AUTO|DATA)_TEST_CASE\w*\(\s*(\w+)")


def carried(texts: Mapping[Path, str]) -> dict[str, tuple[Path, int]]:
    """The ids that the names of tests begin with, and where the first that carries each is."""
    found: dict[str, tuple[Path, int]] = {}
    for path in sorted(path for path in texts if path.match("primitives/*/*.cpp")):
        text = code(texts[path])
        for test in TEST.finditer(text):
            for name in re.match(rf"(?:{ID}_)*", test[1])[0].split("_")[:-1]:
                found.setdefault(name, (path, line_of(text, test.start())))
    return found


def check(texts: Mapping[Path, str]) -> Iterator[Finding]:
    """Every id of the list has a test or a reason, and every test's ids are on the list."""
    if LISTING not in texts:
        yield Finding(LISTING, 1, "does not exist", "write it: `id  sentence`, one behaviour a line")
        return
    tests = carried(texts)
    listed: dict[str, int] = {}
    for number, line in enumerate(texts[LISTING].splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        parsed = re.fullmatch(rf"({ID}) +(n/a: *)?(\S.*)", line)
        if not parsed:
            yield Finding(LISTING, number, f'"{line}" is no behaviour', "write `id  sentence` or `id  n/a: reason`")
            continue
        name, without = parsed[1], parsed[2] is not None
        if name in listed:
            yield Finding(LISTING, number, f"{name} is on line {listed[name]} already", "an id has one line")
        listed.setdefault(name, number)
        if name not in tests and not without:
            yield Finding(LISTING, number, f"no test carries {name}, {parsed[3]}", f"name one {name}_…")
        if name in tests and without:
            path, at = tests[name]
            yield Finding(LISTING, number, f"{name} is n/a, and {path}:{at} tests it", "say what it promises")
    for name, (path, at) in tests.items():
        if name not in listed:
            yield Finding(path, at, f"tests {name}, which {LISTING} doesn't list", "add a line there")
