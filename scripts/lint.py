#!/usr/bin/python3
"""Everything that can be said about the sources without running them: `make lint`.

Prints one line a finding, `file:line: what; what to do`. Exit status: 0 none, 1 some, 2 bad arguments, a tool that is
missing or no checkout. Nothing is suppressed anywhere: what is found is mended, or the rule is.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import lint_ids
import lint_orders
import lint_rules
import lint_tools
import registry
from lint_source import Finding
from registry import UserError

Job = Callable[[], Iterable[Finding]]
Texts = dict[Path, str]

CPP = (".cpp", ".hpp")
# The programs behind each rule that needs some.
PROGRAMS = {
    "tidy": ("clang-tidy-19",),
    "compile": lint_tools.COMPILERS,
    "format": ("clang-format-19",),
    "shell": ("shellcheck",),
    "python": ("pyflakes3",),
}


def texts_of(root: Path) -> Texts:
    """Every text file that is or could be committed, by its path relative to `root`.

    Raises UserError where git can't list them.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        raise UserError(f"{root}: git can't list the files: {listed.stderr.strip()}; lint needs a checkout")
    texts = {}
    for path in sorted({Path(name) for name in listed.stdout.split("\0") if name}):
        try:
            texts[path] = (root / path).read_text(encoding="utf-8")
        except (FileNotFoundError, IsADirectoryError, UnicodeDecodeError):
            continue  # deleted, a submodule, or no text
    return texts


def is_shell(path: Path, text: str) -> bool:
    """Whether a file is a shell script, by its name or its first line."""
    return path.suffix == ".sh" or (text.startswith("#!") and text.splitlines()[0].endswith(("bash", "/sh")))


def own_rules(root: Path, texts: Texts) -> dict[str, list[Job]]:
    """The project's own rules, by name."""

    def each(rule: Callable[[Path, str], Iterable[Finding]], applies: Callable[[Path], bool]) -> list[Job]:
        return [lambda: [finding for path, text in texts.items() if applies(path) for finding in rule(path, text)]]

    def in_a_kind(path: Path) -> bool:
        return path.match("primitives/*/*.hpp")

    return {
        "registry": [partial(lint_rules.registered, root)],
        "ids": [partial(lint_ids.check, texts)],
        "orders": each(lint_orders.check, lambda path: in_a_kind(path) and path.name != "contract.hpp"),
        "seam": each(lint_rules.seam, in_a_kind),
        "flaw": each(lint_rules.twin_says_its_flaw, lambda path: in_a_kind(path) and path.parent.name == "broken"),
        "words": each(partial(lint_rules.words, root), lambda path: True),
        "width": each(lint_rules.width, lambda path: path.suffix in (".py", ".sh") or path.name == "run"),
        "length": each(lint_rules.length, lambda path: path.suffix in (*CPP, ".py", ".sh", ".js", ".css")),
        "lists": each(
            lint_rules.second_list, lambda path: path.name in ("Makefile", "run") or path.suffix in (".yml", ".toml")
        ),
    }


def other_rules(root: Path, texts: Texts, rules: set[str]) -> dict[str, list[Job]]:
    """What other programs check, by name, the slowest first. Raises UserError for a program that is missing."""
    for rule in rules & PROGRAMS.keys():
        for program in PROGRAMS[rule]:
            if shutil.which(program) is None:
                raise UserError(f"{program}: not found, the rule `{rule}` needs it; scripts/setup.sh installs it")

    def over(files: Iterable[Path], command: list[str], remedy: str, most: int = 3) -> list[Job]:
        names = [str(path) for path in files]
        return [partial(lint_tools.run, [*command, *names], root, remedy, most)] if names else []

    if "tidy" in rules and not lint_tools.OWN_CODE.is_file():
        raise UserError(f"{lint_tools.OWN_CODE}: not there, the rule `tidy` needs it; `make lint` builds it")
    compiled = compiled_rules(root) if rules & {"tidy", "compile"} else {}
    return compiled | {
        "format": over(
            (path for path in texts if path.suffix in CPP),
            ["clang-format-19", "--dry-run", "--Werror"],
            "run clang-format-19 -i on it",
            most=1,
        ),
        "shell": over(
            (path for path, text in texts.items() if is_shell(path, text)),
            ["shellcheck", "--format=gcc"],
            "shellcheck's wiki has a page for that number",
        ),
        "python": over((path for path in texts if path.suffix == ".py"), ["pyflakes3"], "take it out, or define it"),
    }


def compiled_rules(root: Path) -> dict[str, list[Job]]:
    """The rules that compile: every source of the build, every kind with its primitives, every header by itself."""
    units = lint_tools.units(root)
    flags = lint_tools.native(units[0])
    try:
        primitives = registry.load(root / "primitives" / "registry")
    except UserError:
        primitives = []  # the rule `registry` says so
    kinds = lint_tools.kind_units(root, primitives, units[0])
    seam = lint_tools.seam(root, flags)
    headers = [primitive.header for primitive in primitives if (root / primitive.header).is_file()]
    return {
        "tidy": [partial(lint_tools.tidy, root, unit) for unit in (*units, *kinds) if unit.file.parts[0] != "tests"],
        # The build has clang++ instantiate every template already.
        "compile": [
            *(partial(lint_tools.instantiated, root, unit, "g++") for unit in kinds),
            *(partial(lint_tools.alone, root, header, flags, seam) for header in headers),
        ],
    }


ALL_RULES = "tidy compile format shell python registry ids orders seam flaw words width length lists".split()


def lint(root: Path, rules: set[str]) -> tuple[list[Finding], str]:
    """What the chosen rules find in the checkout at `root`, and what was looked at, in words."""
    texts = texts_of(root)
    by_rule = other_rules(root, texts, rules) | own_rules(root, texts)
    jobs = [job for rule in ALL_RULES if rule in rules for job in by_rule[rule]]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = {finding for findings in pool.map(lambda job: list(job()), jobs) for finding in findings}
    return sorted(found), f"{len(texts)} files, {len(rules)} rules, {len(jobs)} jobs"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Checks the sources without running them.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent, help="the checkout")
    parser.add_argument(
        "rules", nargs="*", metavar="rule", help=f"{', '.join(ALL_RULES)}; all of them if none is named"
    )
    options = parser.parse_args()
    start = time.monotonic()
    try:
        if unknown := set(options.rules) - set(ALL_RULES):
            raise UserError(f'"{min(unknown)}" is no rule; there are {", ".join(ALL_RULES)}')
        found, looked_at = lint(options.root.resolve(), set(options.rules or ALL_RULES))
    except UserError as error:
        print(f"lint: {error}", file=sys.stderr)
        return 2
    print(*found, sep="\n", end="\n" if found else "")
    print(
        f"lint: {len(found)} findings in {len({finding.path for finding in found})} of {looked_at}, "
        f"{time.monotonic() - start:.1f} s"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
