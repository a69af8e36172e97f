#!/usr/bin/python3
"""A new primitive, registered: `make new NAME=name KIND=kind`.

It starts as a copy of the kind's shortest primitive under its own name: something that compiles, keeps the contract and
shows the form of the comments, for its author to replace piece by piece with every check at hand.
Exit status: 0 done, 2 bad arguments, with nothing written.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

import registry
from lint_source import UNSPOKEN
from registry import Primitive, UserError

# Words that can't name a class in namespace gauntlet.
TAKEN = frozenset(
    """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept const consteval
    constexpr constinit continue contract contracts co_await co_return co_yield decltype default delete do double else
    enum explicit export extern false final float for friend goto harness if inline int long mutable namespace new
    noexcept not not_eq nullptr operator or or_eq override private protected public register requires return short
    signed sizeof static struct switch sync template this throw true try typedef typeid typename union unsigned using
    virtual void volatile wchar_t while xor xor_eq""".split()
)


def kinds(root: Path) -> list[str]:
    """The kinds that have a contract."""
    return sorted(contract.parent.name for contract in (root / "primitives").glob("*/contract.hpp"))


def check_name(root: Path, name: str, registered: list[Primitive]) -> None:
    """Raises UserError if a primitive can't have this name."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise UserError(f'NAME is "{name}"; a name is snake_case like ticket_lock: a-z, 0-9, single _, a letter first')
    if name in TAKEN:
        raise UserError(f'NAME is "{name}", which C++ or the harness uses already; choose another')
    if earlier := next((one for one in registered if one.name == name), None):
        raise UserError(f'NAME is "{name}", which primitives/registry:{earlier.line} has already; choose another')
    for header in (root / "primitives").glob(f"*/{name}.hpp"):
        raise UserError(
            f"{header.relative_to(root)} is there already but isn't registered; add its line to "
            "primitives/registry, or choose another NAME"
        )


def model_of(root: Path, kind: str, registered: list[Primitive]) -> Primitive:
    """The primitive that a new one of this kind starts from. Raises UserError if there is no such kind."""
    if kind not in (known := kinds(root)):
        raise UserError(
            f'KIND is "{kind}"; the kinds are {", ".join(known)}.{registry.did_you_mean(kind, known)}'
            " A new kind is a folder with a contract.hpp."
        )
    models = [one for one in registered if one.kind == kind and one.holds and (root / one.header).is_file()]
    if not models:
        raise UserError(f'KIND is "{kind}", which has no primitive to start from; write its first one by hand')
    return min(models, key=lambda one: len((root / one.header).read_text(encoding="utf-8").splitlines()))


def renamed(text: str, model: Primitive, name: str) -> str:
    """The model's source under another name.

    In comments only where its name isn't the kind's too: "the event" is an everyday word there. Other namespaces' names
    and what the preprocessor reads stay.
    """

    def replace(some: str) -> str:
        return re.sub(rf"^ *#.*$|(?<!sync::)(?<!std::)\b{model.name}\b", kept_or_named, some, flags=re.MULTILINE)

    def kept_or_named(found: re.Match[str]) -> str:
        return found.group() if found.group().lstrip().startswith("#") else name

    pieces, position = [], 0
    for found in UNSPOKEN.finditer(text):
        if found.group().startswith(("//", "/*")) and model.name == model.kind:
            pieces += [replace(text[position : found.start()]), found.group()]
            position = found.end()
    return "".join(pieces) + replace(text[position:])


def source(root: Path, model: Primitive, name: str) -> str:
    """The new header. Its first sentence says where it came from, and asks for its own."""
    text = renamed((root / model.header).read_text(encoding="utf-8"), model, name)
    opening = f"/// {name}: starts as {model.header.stem}. Say in this sentence what it is, and its source."
    text = re.sub(r"\A(#pragma once\n)(?:///[^\n]+\n)+", lambda found: f"{found[1]}{opening}\n", text)
    formatted = subprocess.run(
        ["clang-format-19", f"--assume-filename={root / model.header}"],
        input=text,
        text=True,
        capture_output=True,
        check=False,
    )
    if formatted.returncode != 0:
        raise UserError(f"clang-format-19 can't lay out the new header: {formatted.stderr.strip()}")
    return formatted.stdout


def with_line(listing: str, name: str, kind: str) -> str:
    """The registry with the new primitive after the last of its kind that holds, in the same columns."""
    lines = listing.splitlines()
    last = max(number for number, line in enumerate(lines) if re.match(rf"\w+\s+{kind}\s+holds\b", line))
    second, third = (found.start() for found in list(re.finditer(r"\S+", lines[last]))[1:3])
    # A name that is wider than its column pushes the others to the right.
    lines.insert(last + 1, f"{f'{name} ':<{second}}{f'{kind} ':<{third - second}}holds")
    return "\n".join(lines) + "\n"


def create(root: Path, name: str, kind: str) -> Primitive:
    """Writes and registers the primitive.

    Returns the one that it starts from. Raises UserError, with nothing written, for a name or a kind that won't do.
    """
    listing = root / "primitives" / "registry"
    registered = registry.load(listing)
    check_name(root, name, registered)
    model = model_of(root, kind, registered)
    header, lines = source(root, model, name), with_line(listing.read_text(encoding="utf-8"), name, kind)
    (root / "primitives" / kind / f"{name}.hpp").write_text(header, encoding="utf-8")
    listing.write_text(lines, encoding="utf-8")
    return model


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Writes and registers a new primitive.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent, help="the checkout")
    parser.add_argument("name", metavar="NAME", help="snake_case: file, class and registry name")
    parser.add_argument("kind", metavar="KIND", help="a folder of primitives/ with a contract")
    options = parser.parse_args()
    try:
        if not options.name or not options.kind:
            raise UserError(f"usage: make new NAME=name KIND=kind; the kinds are {', '.join(kinds(options.root))}")
        model = create(options.root, options.name, options.kind)
    except UserError as error:
        print(f"new: {error}", file=sys.stderr)
        return 2
    print(
        f"primitives/{options.kind}/{options.name}.hpp starts as {model.name}, and primitives/registry lists it."
    )
    print("Make it yours, comments and all. At any time:")
    print(f"  make check PRIMITIVE={options.name}")
    print("  make lint")
    return 0


if __name__ == "__main__":
    sys.exit(main())
