"""Why two steps of a trace are not ordered, worked out from the trace: the sentence that its reader looks for.

Says nothing where the trace does not settle it: fences and chains through further threads are left to the reader.
"""

from __future__ import annotations

from typing import Any

from interleaving import SETUP, rows

Json = dict[str, Any]

RELEASING = {"rel", "acq_rel", "sc"}
ACQUIRING = {"acq", "acq_rel", "sc", "con"}


def explain(violation: Json) -> tuple[str, Json | None]:
    """One sentence, and the place of the operation it blames (a `where`, or None); ("", None) if there is nothing to say."""
    every = rows(violation["trace"])
    pair = unordered(every, violation["class"])
    if not pair or any("fence" in row["operation"] for row in every):
        return "", None
    written, reached = pair
    writer, reader = f"T{written['thread']}", f"T{reached['thread']}"
    later = {row["first"]: row for row in every if row["thread"] == written["thread"] and row["first"] > written["first"]}
    reads = [row for row in every if row["thread"] == reached["thread"] and written["first"] < row["first"] < reached["first"]
             and row["reads_from"] in later]
    if not reads:
        if len({row["thread"] for row in every} - {SETUP}) > 2:
            return "", None
        return (f"Between #{written['first']} and #{reached['first']}, {reader} reads nothing that {writer} wrote after "
                f"#{written['first']}, so nothing orders the two."), None
    read = reads[-1]
    stored = later[read["reads_from"]]
    weak = [f"the {what} is {row['order'].split('/')[0].replace('memory_order_', '')}"
            for what, row, strong in (("write", stored, RELEASING), ("read", read, ACQUIRING))
            if row["short"].split("/")[0] not in strong]
    if not weak or not stored["short"] or not read["short"]:
        return "", None
    blamed = stored if weak[0].startswith("the write") else read
    return (f"{reader} learns of {stored['variable']} at #{read['first']}, from {writer}'s #{stored['first']}, but "
            f"{' and '.join(weak)}: the two do not synchronize, so #{written['first']} is not ordered before "
            f"#{reached['first']}."), blamed["where"]


def unordered(every: list[Json], violation_class: str) -> tuple[Json, Json] | None:
    """The write that a step should have been ordered after, and that step: of a race, or of the last stale read."""
    if violation_class == "data_race" and every:
        last = every[-1]
        rivals = [row for row in every[:-1] if row["variable"] == last["variable"] and last["variable"]
                  and row["thread"] not in (last["thread"], SETUP) and (row["writes"] or last["writes"])]
        return (rivals[-1], last) if rivals else None
    stale = [row for row in every if row["stale"] and row["newer"]]
    if violation_class == "assertion" and stale:
        written = [row for row in every if row["first"] == stale[-1]["newer"]["step"] and row["thread"] != SETUP]
        if written and written[0]["thread"] != stale[-1]["thread"]:
            return written[0], stale[-1]
    return None
