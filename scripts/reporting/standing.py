"""Where every thread stands when a run gets stuck: what it waits for, and why nothing will end that."""

from __future__ import annotations

import re
from typing import Any

from reporting.interleaving import SETUP
from reporting.wording import place

Json = dict[str, Any]

STUCK = ("deadlock", "lost_wakeup", "livelock", "hang")
# As the native engine's watchdog words it, a thread a line.
WHO = r".+? \(role \d+\)|the scenario's setup|started thread \d+"
SAID = re.compile(rf"(?P<who>{WHO}) (?P<how>sleeps|spins|joins|runs)(?: a thread)?(?: in (?P<call>futex_wait\w*))?"
                  r"(?: in (?P<function>.+?) \((?P<file>[^():]+):(?P<line>\d+)\))?"
                  r"(?:: expected (?P<expected>-?\d+), the word is (?P<now>-?\d+|gone))?")
HOLDS = re.compile(rf"(?P<who>{WHO}) waits for a lock that (?P<holder>{WHO}) holds")


# How a program that is explored as it is has a thread's last step, if it waits: for a wake, or to get a lock.
FOR_EVER = "sleeps for ever on"
BEGINS = "begins to wait"


def ends(every: list[Json]) -> list[Json]:
    """Each thread of the rows of a trace with `state` (sleeps, spins, ended), and what it waits for.

    Members: `who`, `state`, `step`, `variable`, `held` (the value that it saw), `holds` (the value at the end),
    `writer` (the last row that wrote it, or None), `woken` (the first row after that which wakes a sleeper of it, or
    None), `holder` (who is known to hold it, or ""), `place`.
    """
    made = []
    for thread in sorted({row["thread"] for row in every} - {SETUP}):
        mine = [row for row in every if row["thread"] == thread]
        last = mine[-1]
        asleep = last["operation"].startswith(("futex_wait sleeps", FOR_EVER))
        spins = last["operation"] == "waits"
        on = last if asleep else next((row for row in reversed(mine) if row["variable"]), last) if spins else None
        one: Json = {"who": last["name"], "state": "sleeps" if asleep else "spins" if spins else "ended", "holder": "",
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
    return missed(every) or " ".join(filter(None, (in_vain(one) for one in ends(every))))


def missed(every: list[Json]) -> str:
    """Of each thread that sleeps for ever in a program that is explored as it is: the wake that it missed."""
    told = []
    for last in (row for row in every if row["operation"] == FOR_EVER):
        who, variable = f"T{last['thread']}", last["variable"]
        of_it = [row for row in every if row["variable"] == variable]
        began = next((row for row in reversed(of_it) if row["thread"] == last["thread"]
                      and row["operation"] == BEGINS), None)
        if began:
            early = next((row for row in reversed(of_it) if row["first"] < began["first"]
                          and row["operation"].startswith("notify")), None)
            told.append(f"{who} waits for a wake of {variable} since #{began['first']}" + (
                f"; T{early['thread']}'s at #{early['first']} came before that, and none comes after." if early
                else ", and none comes."))
        elif wrote := next((row for row in reversed(of_it) if row["writes"] and row["thread"] != last["thread"]), None):
            told.append(f"T{wrote['thread']} wrote {variable}={wrote['value']} at #{wrote['first']}, and nobody wakes "
                        f"{who} after that.")
        else:
            told.append(f"Nobody writes {variable}, which {who} sleeps on.")
    return " ".join(told)


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
    lines = [line.strip() for line in message.split("\n")]
    holders = {found["who"]: found["holder"] for line in lines if (found := HOLDS.fullmatch(line))}
    for line in lines:
        if found := SAID.fullmatch(line):
            where = {"file": found["file"] or "", "line": int(found["line"] or 0), "function": ""}
            made.append({"who": found["who"], "state": found["how"], "step": None,
                         "holder": holders.get(found["who"], ""),
                         "variable": "the futex word" if found["call"] else "", "held": found["expected"] or "",
                         "holds": found["now"] or "", "writer": None, "woken": None, "place": place(where),
                         "function": found["function"] or ""})
    return made


def explain_said(message: str) -> str:
    """A sentence for each thread that the native watchdog names."""
    sentences = []
    for one in said(message)[:4]:
        what = f", and waits for a lock of {one['holder']}" if one["holder"] else ""
        if one["held"] and not what:
            what = f" on a word that held {one['held']} and " + (
                "still does" if one["holds"] == one["held"] else f"holds {one['holds']} now")
        there = f" in {one['function']}" if one["function"] else ""
        sentences.append(f"{one['who']} {one['state']}{there}{what}.")
    return " ".join(sentences)


def table(violation: Json, every: list[Json]) -> list[Json]:
    """Where each thread stands, from the trace or else from the message; none for a violation of another class."""
    if violation["class"] not in STUCK:
        return []
    return [{"function": "", **one} for one in (ends(every) if every else said(violation["message"]))]
