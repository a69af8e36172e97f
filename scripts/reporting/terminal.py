"""The report in a terminal: the matrix, then what failed with the lines that matter, then the counts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from reporting import charts, interleaving
from reporting.explanation import explain
from reporting.wording import (FAILED, bounds_words, class_words, count_words, is_own, place, replay_command,
                               run_command, seen_after, short_number)

Json = dict[str, Any]

SYMBOLS = {"pass": "✓", "fail": "✗", "hang": "◷", "crash": "!", "inconclusive": "?", "expected failure": "◇",
           "missed": "▲", "missing": "∅", "n/a": "·"}
STYLES = {"pass": "32", "fail": "1;31", "hang": "1;31", "crash": "1;31", "missing": "1;31", "missed": "1;97;41",
          "inconclusive": "33", "expected failure": "36", "n/a": "2", "strong": "1", "faint": "2", "stale": "33"}

# For a locale that can't show the left-hand characters.
ASCII = str.maketrans({"✓": "+", "✗": "x", "◷": "~", "◇": "o", "▲": "M", "∅": "-", "·": ".", "×": "x", "–": "-",
                       "…": "...", "→": "->", "←": "<-", "’": "'"})

STEPS = 14
FRAMES = 6
DETAILED_CELLS = 25
DETAILED_CHECKS = 3
MISSING_CELLS = 8
UNSEEN_OUTCOMES = 6
MESSAGE_LINES = 12


def use_color(choice: str, stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether to colour what goes to `stream`.

    `always` and `never` decide; `auto` follows NO_COLOR, then CLICOLOR_FORCE and FORCE_COLOR, then TERM=dumb, then
    whether the stream is a terminal.
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if any(environment.get(name, "0") not in ("", "0") for name in ("CLICOLOR_FORCE", "FORCE_COLOR")):
        return True
    return environment.get("TERM") != "dumb" and stream.isatty()


def emit(stream: TextIO, line: str = "") -> None:
    """Writes one line in what the stream's encoding can carry."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    if not encoding.lower().startswith("utf"):
        line = line.translate(ASCII).encode(encoding, "backslashreplace").decode(encoding)
    stream.write(line + "\n")


def paint(text: str, style: str, color: bool) -> str:
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if color and text else text


def print_report(report: Json, stream: TextIO, color: bool, path: str, verbose: bool = False) -> None:
    """Prints the whole summary. The last line is `N passed, N failed, N skipped`, counted in cells.

    @param path where the page was written, as the reader would open it; empty if it was not
    """
    verdict = report["verdict"]
    for cell in graded(report, "missed"):
        engine = cell["engine"]
        emit(stream, paint(f" MISSED: {engine} did not catch {cell['primitive']}. The harness is blind: distrust what "
                           f"{engine} passes. ", "missed", color))
    print_matrix(report, stream, color)
    detailed = [grade for grade in FAILED if grade != "missing"] + ["inconclusive"]
    told = graded(report, *detailed) + (graded(report, "expected failure") if verbose else [])
    for cell in told[:DETAILED_CELLS]:
        print_cell(cell, stream, color)
    if len(told) > DETAILED_CELLS:
        emit(stream, f"\n… {count_words(len(told) - DETAILED_CELLS, 'more cell')} like these in the report")
    print_missing(graded(report, "missing"), stream, color)
    print_unseen(graded(report, "pass"), stream, color)
    emit(stream)
    for note in report["notes"] + [f"{one['file']} {one['problem']}" for one in report["bad_records"]]:
        emit(stream, paint(f"note: {note}", "inconclusive", color))
    style = {"passed": "pass", "missed": "fail", "failed": "fail", "inconclusive": "inconclusive"}[verdict["grade"]]
    emit(stream, paint(verdict["sentence"], style, color))
    if path:
        emit(stream, f"report: {path}")
    if report["selection"]:
        chosen = ", ".join(f"{name} {value}" for name, value in sorted(report["selection"].items()))
        emit(stream, f"only a part was graded: {chosen}")
    aside = f"; {verdict['inconclusive']} inconclusive, neither passed nor failed" if verdict["inconclusive"] else ""
    emit(stream, paint(f"counted in cells, one primitive on one engine; n/a is skipped{aside}",
                       "inconclusive" if aside else "faint", color))
    emit(stream, f"{verdict['passed']} passed, {verdict['failed']} failed, {verdict['skipped']} skipped")


def graded(report: Json, *grades: str) -> list[Json]:
    """The cells of these grades, in the order of `grades`."""
    return [cell for grade in grades for cell in report["cells"] if cell["grade"] == grade]


def cell_text(cell: Json, brief: bool = False) -> str:
    """A cell of the matrix: its symbol and one fact, which is no more than its grade if it has to be brief."""
    symbol = SYMBOLS[cell["grade"]]
    if cell["grade"] == "pass":
        explored = short_number(sum(check["explored"] for check in cell["checks"]))
        return f"{symbol} {'all ' if cell['amount'].startswith('complete') else ''}{explored}"
    if cell["grade"] == "n/a":
        return symbol
    if cell["grade"] in ("fail", "expected failure") and not brief:
        return f"{symbol} {cell['reason'].split(',')[0]}"
    return f"{symbol} {cell['grade'].split()[0] if brief else cell['grade']}"


def print_matrix(report: Json, stream: TextIO, color: bool) -> None:
    """Primitive by engine, what should hold apart from the twins; in columns as wide as their contents."""
    engines = report["engines"]
    groups = (("holds", False), ("known-bad twins: ◇ is caught, as required", True))
    names = list(dict.fromkeys(cell["primitive"] for cell in report["cells"]))
    at = {(cell["primitive"], cell["engine"]): cell for cell in report["cells"]}
    room = shutil.get_terminal_size((120, 24)).columns
    texts = {key: cell_text(cell) for key, cell in at.items()}
    first = 2 + max(map(len, names))

    def widths() -> list[int]:
        return [max(len(engine), *(len(texts[name, engine]) for name in names)) for engine in engines]

    if first + sum(widths()) + 2 * len(engines) > room:
        texts = {key: cell_text(cell, brief=True) for key, cell in at.items()}
    columns = widths()
    head = "".join(f"  {engine:<{width}}" for engine, width in zip(engines, columns))
    emit(stream, paint((" " * first + head).rstrip(), "strong", color))
    for title, twin in groups:
        members = [name for name in names if at[name, engines[0]]["twin"] == twin]
        if members:
            emit(stream, paint(title, "faint", color))
        for name in members:
            line = f"  {name}".ljust(first)
            for engine, width in zip(engines, columns):
                text = texts[name, engine]
                line += "  " + paint(text, at[name, engine]["grade"], color) + " " * (width - len(text))
            emit(stream, line.rstrip())
    legend = "  ✓ with what was explored (`all`: every execution of the sizes)   · n/a"
    emit(stream, paint(legend, "faint", color))


def print_missing(cells: list[Json], stream: TextIO, color: bool) -> None:
    """The cells that no result covers, as one paragraph."""
    if not cells:
        return
    emit(stream)
    emit(stream, f"{paint(SYMBOLS['missing'] + ' missing', 'missing', color)}  "
                 f"{count_words(len(cells), 'cell')} of the registry without a result; each counts as failed")
    for cell in cells[:MISSING_CELLS]:
        emit(stream, f"    {run_command(cell)}")
    if len(cells) > MISSING_CELLS:
        emit(stream, f"    … and {len(cells) - MISSING_CELLS} more; `make check` runs them all")


def print_unseen(cells: list[Json], stream: TextIO, color: bool) -> None:
    """What passed and never came to something that its contract allows: the least is known where the bound is highest,
    but first comes what isn't so much rare as impossible."""
    unseen = [(one, check, cell) for cell in cells for check in cell["checks"] for one in check.get("unseen", [])]
    unseen.sort(key=lambda each: (each[0]["rate_below"] > 0, -each[0]["rate_below"]))
    if not unseen:
        return
    emit(stream)
    emit(stream, f"{paint('never seen, though allowed', 'inconclusive', color)}  "
                 f"{count_words(len(unseen), 'outcome')} of checks that passed")
    for one, check, cell in unseen[:UNSEEN_OUTCOMES]:
        emit(stream, f"    {cell['primitive']} on {cell['engine']}: {check['check']}  {shortened(one['outcome'])}  "
                     + paint(charts.rate_words(one["rate_below"]), "faint", color))
    if len(unseen) > UNSEEN_OUTCOMES:
        emit(stream, f"    … and {len(unseen) - UNSEEN_OUTCOMES} more in the report")


def print_cell(cell: Json, stream: TextIO, color: bool) -> None:
    """A cell that is not simply green: what its checks saw, and the command that runs it again."""
    emit(stream)
    head = paint(f"{SYMBOLS[cell['grade']]} {cell['grade']}", cell["grade"], color)
    shown = [check for check in cell["checks"] if check["violation"]]
    if not shown:
        emit(stream, f"{head}  {paint(cell['primitive'] + ' on ' + cell['engine'], 'strong', color)}")
        print_text(cell["reason"], stream)
        emit(stream, f"    {run_command(cell)}")
    for check in shown[:DETAILED_CHECKS]:
        name = paint(f"{cell['primitive']} on {cell['engine']}: {check['check']}", "strong", color)
        seen = ", ".join(filter(None, (seen_after(check),
                                       bounds_words(check["bounds"]),
                                       "" if check["seed"] is None else f"seed {check['seed']}")))
        emit(stream, f"{head}  {name}  {paint(seen, 'faint', color)}")
        print_violation(check["violation"], stream, color, steps=STEPS)
    for check in shown[DETAILED_CHECKS:]:
        again = replay_command(check["violation"]["replay"])
        emit(stream, f"    and {check['check']}: {class_words(check['violation']['class'])}   {again}".rstrip())
    if shown and cell["trouble"]:
        print_text(f"the harness also had trouble: {cell['trouble']}", stream)


def print_violation(violation: Json, stream: TextIO, color: bool, steps: int | None = None,
                    own: Callable[[Json], bool] = is_own, again: str = "") -> None:
    """Prints one violation: class, message, place, trace, stacks and the command that runs it again.

    @param violation an object as in reports/result.schema.json, cleaned by results.clean()
    @param steps the trace's last so many rows, with the earlier writes that they read; None for all of it
    @param own the frames of a stack that are shown, if it has some
    @param again the command, if it isn't `make replay`
    """
    where = place(violation["where"])
    emit(stream, f"    {paint(class_words(violation['class']), 'fail', color)}{f' at {where}' if where else ''}")
    if first := violation.get("same_as"):
        emit(stream, f"    the same as in {first}")
        return
    print_text(violation["message"], stream)
    if (count := violation.get("count", 1)) > 1:
        emit(stream, f"    seen in {count} checks of this cell")
    print_trace(violation["trace"], stream, color, steps)
    if sentence := explain(violation)[0]:
        print_text(f"why: {sentence}", stream)
    for stack in violation["stacks"]:
        print_stack(stack, stream, color, own)
    if not violation["trace"] and not violation["stacks"] and violation.get("text"):
        print_text(violation["text"], stream)
    if command := again or replay_command(violation["replay"]):
        emit(stream, f"    {paint(command, 'strong', color)}")


def print_text(text: str, stream: TextIO) -> None:
    """A message of several lines, indented, the first MESSAGE_LINES of them."""
    lines = text.rstrip().split("\n")
    for line in lines[:MESSAGE_LINES]:
        emit(stream, f"    {shortened(line, 400)}")
    if len(lines) > MESSAGE_LINES:
        emit(stream, f"    … {count_words(len(lines) - MESSAGE_LINES, 'more line')} in the report")


def print_trace(trace: list[Json], stream: TextIO, color: bool, steps: int | None) -> None:
    """An interleaving, one row a step, in columns."""
    every = interleaving.rows(trace)
    shown = interleaving.tail(every, steps if steps is not None else len(every))
    lines = [None if row is None else (interleaving.steps(row), row["name"], interleaving.action(row),
                                       interleaving.remark(row), row["place"]) for row in shown]
    widths = [min(limit, max((len(line[column]) for line in lines if line), default=0))
              for column, limit in enumerate((12, 24, 64, 40, 80))]
    for row, line in zip(shown, lines):
        if row is None or line is None:
            emit(stream, paint("      …", "faint", color))
            continue
        number, name, action, remark, where = (text.replace("\n", " ").ljust(width)
                                               for text, width in zip(line, widths))
        text = f"{number:>{widths[0]}} {name}  {action}"
        emit(stream, ("      " + (paint(f"{text}  {remark}", "stale", color) if row["stale"] else f"{text}  {remark}")
                      + f"  {paint(where, 'faint', color)}").rstrip())


def print_stack(stack: Json, stream: TextIO, color: bool, own: Callable[[Json], bool]) -> None:
    """A stack's own frames; all of them where it has none."""
    def print_frames(every: list[Json], indent: str) -> None:
        frames = [frame for frame in every if own(frame)] or every
        for frame in frames[:FRAMES]:
            function = shortened(frame["function"] or "?")
            emit(stream, f"{indent}{function}  {paint(place(frame), 'faint', color)}".rstrip())
        if len(frames) > FRAMES:
            emit(stream, f"{indent}… {count_words(len(frames) - FRAMES, 'more frame')}")

    emit(stream, f"      {stack['title']}")
    print_frames(stack["frames"], " " * 8)
    for lock in stack.get("held") or []:
        emit(stream, f"        holds {lock['lock']}, taken in")
        print_frames(lock["frames"], " " * 10)


def shortened(text: str, longest: int = 120) -> str:
    """At most `longest` characters of it. A demangled name may be as long as a page, and starts with what matters."""
    return text if len(text) <= longest else text[:longest - 1] + "…"


def silence(stream: TextIO) -> None:
    """After a reader closed the pipe: keeps the interpreter's exit from failing on the same stream again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


