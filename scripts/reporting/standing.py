"""Where every thread stands when a run gets stuck: what it waits for, and why nothing will end that."""

from __future__ import annotations

import re
from typing import Any

from reporting.interleaving import SETUP
from reporting.wording import place

Json = dict[str, Any]

STUCK = ("deadlock", "lost_wakeup", "livelock", "hang")
# As the native engine's watchdog words it, a thread a line.
SAID = re.compile(r"(?P<who>.+? \(role \d+\)) (?P<how>sleeps|spins)(?: in (?P<call>futex_wait\w*))? "
                  r"in (?P<function>.+?) \((?P<file>[^():]+):(?P<line>\d+)\)"
                  r"(?:: expected (?P<expected>-?\d+), the word is (?P<now>-?\d+))?")


def ends(every: list[Json]) -> list[Json]:
    """Each thread of the rows of a trace with `state` (sleeps, spins, ended), and what it waits for.

    Members: `who`, `state`, `step`, `variable`, `held` (the value that it saw), `holds` (the value at the end),
    `writer` (the last row that wrote it, or None), `woken` (the first row after that which wakes a sleeper of it, or
    None), `place`.
    """
    made = []
    for thread in sorted({row["thread"] for row in every} - {SETUP}):
        mine = [row for row in every if row["thread"] == thread]
        last = mine[-1]
        asleep = last["operation"].startswith("futex_wait sleeps")
        spins = last["operation"] == "waits"
        on = last if asleep else next((row for row in reversed(mine) if row["variable"]), last) if spins else None
        one: Json = {"who": last["name"], "state": "sleeps" if asleep else "spins" if spins else "ended",
                     "step": last["first"], "variable": "", "held": "", "holds": "", "writer": None, "woken": None,
                     "place": last["place"] if on else ""}
        if on:
            writers = [row for row in every if row["variable"] == on["variable"] and row["writes"]]
            one |= {"variable": on["variable"], "held": on["value"], "writer": writers[-1] if writers else None,
                    "holds": writers[-1]["value"] if writers else on["value"]}
            one["woken"] = next((row for row in every if row["operation"].startswith("futex_wake")
                                 and row["variable"] == on["variable"]
                                 and row["first"] > max(last["first"], one["writer"]["first"] if writers else 0)), None)
        made.append(one)
    return made


def explain(every: list[Json]) -> str:
    """A sentence for each thread that waits in vain."""
    return " ".join(filter(None, (in_vain(one) for one in ends(every))))


def in_vain(one: Json) -> str:
    """Why a thread will wait for ever; empty if it does not wait."""
    if one["state"] == "ended":
        return ""
    who, variable, writer = one["who"].split(" ", 1)[0], one["variable"], one["writer"]
    verb = "sleeps since" if one["state"] == "sleeps" else "spins at"
    start = f"{who} {verb} #{one['step']} on {variable}={one['held']}"
    if one["state"] == "spins" or writer is None or writer["first"] < one["step"]:
        return f"{start}, and nobody wrote {variable} after that." if variable else f"{start.split(' on ')[0]}."
    by = writer["name"].split(" ", 1)[0]
    wake = f"the wake at #{one['woken']['first']} did not reach it" if one["woken"] else "nobody woke it after that"
    return f"{start}. {by} wrote {one['holds']} at #{writer['first']}, and {wake}."


def said(message: str) -> list[Json]:
    """The threads that the native watchdog's message names, as ends() has them; `call` and `where` besides."""
    made = []
    for line in message.split("\n"):
        if found := SAID.fullmatch(line.strip()):
            made.append({"who": found["who"], "state": found["how"], "step": None, "variable": "the futex word"
                         if found["call"] else "", "held": found["expected"] or "", "holds": found["now"] or "",
                         "writer": None, "woken": None,
                         "place": place({"file": found["file"], "line": int(found["line"]), "function": ""}),
                         "function": found["function"]})
    return made


def explain_said(message: str) -> str:
    """A sentence for each thread that the native watchdog names."""
    sentences = []
    for one in said(message)[:4]:
        what = ""
        if one["held"]:
            what = f" on a word that held {one['held']} and " + (
                "still does" if one["holds"] == one["held"] else f"holds {one['holds']} now")
        sentences.append(f"{one['who']} {one['state']} in {one['function']}{what}.")
    return " ".join(sentences)


def table(violation: Json, every: list[Json]) -> list[Json]:
    """Where each thread stands, from the trace or else from the message; none for a violation of another class."""
    if violation["class"] not in STUCK:
        return []
    return [{"function": "", **one} for one in (ends(every) if every else said(violation["message"]))]
