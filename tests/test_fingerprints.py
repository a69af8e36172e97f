"""Which violations are one."""

from __future__ import annotations

import copy
from typing import Any

import fingerprints

LOCK, CONTRACT = "primitives/mutex/spin_lock.hpp", "primitives/mutex/contract.hpp"


def frame(function: str, file: str, line: int) -> dict[str, Any]:
    return {"function": function, "file": file, "line": line, "column": 0}


def stack(title: str, kind: str, *frames: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "kind": kind, "frames": list(frames)}


def race() -> dict[str, Any]:
    found = [
        stack("write of 4 bytes by thread T2", "access", frame("visit", CONTRACT, 59), frame("thread", CONTRACT, 90)),
        stack("read of 4 bytes by thread T1", "access", frame("visit", CONTRACT, 56), frame("thread", CONTRACT, 90)),
        stack("creation by thread T2", "creation", frame("explore", "stress/driver.cpp", 40))]
    return {"class": "data_race", "message": "nothing orders the two", "where": None, "trace": [], "stacks": found,
            "replay": ""}


def test_the_same_race_elsewhere_in_the_file_by_other_threads_the_other_way_round():
    one, other = race(), race()
    for each in other["stacks"]:
        for at in each["frames"]:
            at["line"] += 7
    other["stacks"][0]["title"], other["stacks"][1]["title"] = ("write of 4 bytes by thread T9",
                                                                "read of 4 bytes by thread T3")
    other["stacks"][:2] = reversed(other["stacks"][:2])
    other["message"] = "nothing orders them"
    assert fingerprints.fingerprint(one) == fingerprints.fingerprint(other)


def test_what_makes_it_another_race():
    def changed(change: Any) -> str:
        other = copy.deepcopy(race())
        change(other)
        return fingerprints.fingerprint(other)

    names = {fingerprints.fingerprint(race()),
             changed(lambda it: it["stacks"][0]["frames"][0].update(line=60)),
             changed(lambda it: it["stacks"][0]["frames"][0].update(function="update")),
             changed(lambda it: it["stacks"][0].update(title="atomic write of 4 bytes by thread T2")),
             changed(lambda it: it["stacks"].pop(1)),
             changed(lambda it: it.update({"class": "use_after_free"}))}
    assert len(names) == 6


def test_without_stacks_the_place_and_the_words_count_and_numbers_do_not():
    def assertion(function: str, message: str) -> str:
        return fingerprints.fingerprint({"class": "assertion", "message": message, "stacks": [],
                                         "where": {"file": CONTRACT, "line": 3, "function": function}})

    assert assertion("after", "7 were lost\nround 3") == assertion("after", "12 were lost\nround 4")
    assert assertion("after", "7 were lost") != assertion("thread", "7 were lost")
    assert assertion("after", "7 were lost") != assertion("after", "7 were found")


def test_of_what_happens_in_two_checks_the_first_has_the_count():
    other = race()
    other["stacks"][0]["frames"][0]["function"] = "update"
    checks = [{"check": name, "violation": found} for name, found in
              (("first", race()), ("clean", None), ("second", race()), ("third", other))]
    fingerprints.fold(checks)
    assert checks[0]["violation"]["count"] == 2 and checks[3]["violation"]["count"] == 1
    assert checks[2]["violation"]["same_as"] == "first" and "count" not in checks[2]["violation"]
