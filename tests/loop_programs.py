"""Random programs of two or three threads whose loops try again or wait, as C++: each with its loops, and with so many
rounds of them one after another. What comes of the second, of executions in which no rounds were missing, is what the
first must come to: its loops may leave out iterations, but no outcome.
"""

from __future__ import annotations

import random

ROUNDS = 4
LOADS = ("relaxed", "acquire", "seq_cst")
STORES = ("relaxed", "release", "seq_cst")
UPDATES = ("relaxed", "acquire", "release", "acq_rel", "seq_cst")
WORDS = ("x", "y")

HEAD = """
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto acq_rel = std::memory_order_acq_rel;
constexpr auto seq_cst = std::memory_order_seq_cst;

std::atomic<int> x, y, lock, flag;
int seen[3];
/// Rounds of its were missing.
bool cut[3];

struct cell {
  int value;
} cells[16];

"""

TAIL = """
}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::vector<std::thread> threads;
  for (const auto& each : programs) {
    if (std::strcmp(each.name, argv[1]) != 0) continue;
    for (void (*const role)() : each.roles)
      if (role != nullptr) threads.emplace_back(role);
    for (auto& one : threads) one.join();
    char text[64];
    const bool any = cut[0] || cut[1] || cut[2];
    const int size = std::snprintf(text, sizeof text, "%s%d %d %d %d %d\\n", any ? "cut " : "", x.load(), y.load(),
                                   seen[0], seen[1], seen[2]);
    return ::write(std::atoi(argv[2]), text, static_cast<std::size_t>(size)) < 0;
  }
  return 2;
}
"""


class Writer:
    """One program, in both forms."""

    def __init__(self, chosen: random.Random, name: str) -> None:
        self.chosen = chosen
        self.name = name

    def text(self) -> str:
        """Its functions, and its row for the table."""
        count = self.chosen.choice((2, 2, 3))
        threads = [[self.statement() for _ in range(self.chosen.choice((1, 2)))] for _ in range(count)]
        # Whoever waits for the flag is let go on by somebody.
        threads[self.chosen.randrange(count)].insert(0, ("flag.store(1, %s);" % self.chosen.choice(STORES), None))
        return "".join(self.form(threads, loops) for loops in (True, False))

    def row(self) -> str:
        return "".join(f'    {{"{self.name}_{form}", {{{", ".join(f"{self.name}_{form}_{i}" for i in range(3))}}}}},\n'
                       for form in ("loops", "rounds"))

    def form(self, threads: list[list[tuple[str, str | None]]], loops: bool) -> str:
        form = "loops" if loops else "rounds"
        text = ""
        for index in range(3):
            if index >= len(threads):
                text += f"constexpr void (*{self.name}_{form}_{index})() = nullptr;\n"
                continue
            text += f"void {self.name}_{form}_{index}() {{\n  int result = 0;\n"
            for number, (before, iteration) in enumerate(threads[index]):
                text += "  {\n    " + before.replace("CELL", str(index * 4 + number)) + "\n"
                if iteration is not None:
                    # An iteration ends the loop by DONE, or at its end if what follows UNTIL holds.
                    leave = "break;" if loops else f"goto out{number};"
                    body, _, until = iteration.replace("DONE", leave).partition("UNTIL ")
                    body = f"      {body}\n"
                    if loops:
                        text += f"    do {{\n{body}    }} while (!({until or 'false'}));\n"
                    else:
                        text += (f"    {{\n{body}    }}\n" + (f"    if ({until}) {leave}\n" if until else "")) * ROUNDS
                        text += f"    cut[{index}] = true;\n    return;\n  out{number}:;\n"
                text += "  " + self.after(before) + "}\n"
            text += f"  seen[{index}] = result;\n}}\n"
        return text

    @staticmethod
    def after(before: str) -> str:
        if "/*keeps " not in before:
            return ""
        return "  result = result * 5 + " + before.split("/*keeps ")[1].split("*/")[0] + ";\n  "

    def statement(self) -> tuple[str, str | None]:
        """What stands before a loop, and one iteration of it if there is one."""
        pick = self.chosen.choice
        word, other = self.chosen.sample(WORDS, 2)
        load, again, failure = pick(LOADS), pick(LOADS), pick(LOADS)
        update = pick(UPDATES)
        retry = f"compare_exchange_weak(was, was + 1, {update}, {failure})"
        return pick((
            (f"{word}.store({pick((1, 2))}, {pick(STORES)});", None),
            (f"/*keeps {word}.load({load})*/", None),
            # Waits; retries by what failing found; the same with something kept, lost, or done in between.
            ("", f"if (flag.load({load}) != 0) DONE"),
            (f"int was = {word}.load({load}); /*keeps was*/", f"if ({word}.{retry}) DONE"),
            (f"int was = {word}.load({load}); cell* const made = &cells[CELL]; /*keeps made->value*/",
             f"made->value = was; if ({word}.{retry}) DONE"),
            (f"int was = {word}.load({load}); {other}.store(1, {pick(STORES)}); /*keeps was*/",
             f"if ({word}.{retry}) DONE"),
            (f"int was = {word}.load({load}); int and_other = 0; /*keeps was + 3 * and_other*/",
             f"and_other = {other}.load({again}); if ({word}.{retry}) DONE"),
            ("int was = 0; int and_other = 0; /*keeps was + 3 * and_other*/",
             f"was = {word}.load({load}); and_other = {other}.load({again}); "
             f"if ({word}.compare_exchange_strong(was, was + 1 + and_other, {update}, {failure})) DONE"),
            # Expects what nobody has loaded, or what lies in memory; goes back to a value that was there before; does
            # something with what it found.
            ("int was = 0; /*keeps was*/", f"if ({word}.{retry}) DONE"),
            (f"int was = {pick((0, 1, 2))}; /*keeps was*/",
             f"if ({word}.compare_exchange_weak(was, was ^ 1, {update}, {failure})) DONE"),
            (f"cell* const made = &cells[CELL]; made->value = {word}.load({load}); /*keeps made->value*/",
             f"if ({word}.compare_exchange_weak(made->value, made->value + 1, {update}, {failure})) DONE"),
            ("cell* const made = &cells[CELL]; made->value = 0; /*keeps made->value*/",
             f"if ({word}.compare_exchange_weak(made->value, made->value ^ 1, {update}, {failure})) DONE"),
            ("int was = 0; int before = 0; /*keeps was + 3 * before*/", f"if ({word}.{retry}) DONE before = was;"),
            ("int was = 0; int and_other = 0; /*keeps was + 3 * and_other*/",
             f"if ({word}.{retry}) DONE and_other = {other}.load({again});"),
            # Ends with a look at something, after it failed.
            (f"int was = {word}.load({load}); int done = 0; /*keeps was * 2 + done*/",
             f"if ({word}.{retry}) {{ done = 1; DONE }} UNTIL {other}.load({again}) != 0"),
            (f"int was = {word}.load({load}); int done = 0; /*keeps was * 2 + done*/",
             f"done = {word}.{retry}; UNTIL done != 0 || {other}.load({again}) == 1"),
            ("int was = 0; /*keeps was*/", f"was = flag.load({load}); UNTIL was != 0"),
            # Reads twice.
            ("int was = 0; int and_other = 0; /*keeps was + 3 * and_other*/",
             f"was = {word}.load({load}); and_other = {other}.load({again}); if ({word}.load({failure}) == was) DONE"),
            # A lock, and what is done under it.
            ("", f"if (lock.exchange(1, {update}) == 0) {{ {word}.store({word}.load(relaxed) + 1, relaxed); "
             f"lock.store(0, {pick(STORES)}); DONE }}"),
            # Counters: one that only ends the loop, one that is used, one that is memory.
            ("int rounds = 0; int found = 0; /*keeps found*/",
             f"if (rounds++ == 3) DONE if ({word}.load({load}) == 1) {{ found = 1; DONE }}"),
            ("int rounds = 0; /*keeps rounds*/", f"if (rounds == 2 || {word}.load({load}) == 1) DONE ++rounds;"),
            ("cell* const made = &cells[CELL]; /*keeps made->value*/",
             f"if (made->value == 2 || {word}.load({load}) == 1) DONE ++made->value;"),
            # What the last iteration saw; what each tells.
            ("int was = 0; int now = 0; /*keeps was * 3 + now*/",
             f"was = now; now = {word}.load({load}); if (now == 2 || (was == now && flag.load({again}) != 0)) DONE"),
            ("int told = 0;", f"if (told == 2 || flag.load({load}) != 0) DONE {word}.fetch_add(1, {update}); ++told;"),
        ))


def write(seed: int, count: int) -> tuple[str, list[str]]:
    """@return the source, and the names of its programs: each is there as NAME_loops and NAME_rounds"""
    writers = [Writer(random.Random(f"{seed} {number}"), f"program{number}") for number in range(count)]
    functions = "".join(each.text() for each in writers)
    rows = "".join(each.row() for each in writers)
    table = "const struct {\n  const char* name;\n  void (*roles[3])();\n} programs[] = {\n" + rows + "};\n"
    return HEAD + functions + table + TAIL, [each.name for each in writers]
