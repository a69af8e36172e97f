"""A C++ source as lint reads it, and what lint says about a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple


class Finding(NamedTuple):
    """Something to mend. `line` counts from 1; `remedy` is what to do."""

    path: Path
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}; {self.remedy}"


# An alternative that starts further left wins, so that a quote inside of a comment opens no string, nor the reverse.
UNSPOKEN = re.compile(
    r"""//(?:\\\n|[^\n])*                                 # comments
      | /\*.*?\*/
      | R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"      # strings, raw and plain
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'               # characters; after a digit it separates digits
    """,
    re.DOTALL | re.VERBOSE,
)


def code(text: str) -> str:
    """The text with comments, strings and characters blanked; every position and line stays where it was."""
    return UNSPOKEN.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def line_of(text: str, position: int) -> int:
    """The line, counted from 1, that a position is on."""
    return text.count("\n", 0, position) + 1


def closing(text: str, opening: int) -> int:
    """The position of the parenthesis that closes the one at `opening`; the text's end if none does."""
    depth = 0
    for found in re.compile(r"[()]").finditer(text, opening):
        depth += 1 if found.group() == "(" else -1
        if depth == 0:
            return found.start()
    return len(text)
