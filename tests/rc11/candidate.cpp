#include "tests/rc11/candidate.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace gauntlet::oracle {

namespace {

using litmus::action;
using litmus::instruction;

/// The instruction whose write a read takes; thread -1 is the initial write.
struct origin {
  int thread = -1;
  unsigned instruction = 0;
};

/// How a sleep is to end.
struct ending {
  litmus::wait_end how = litmus::wait_end::woken;
  /// Who wakes the thread; none if nobody ever does.
  std::optional<origin> wake;
};

/// A candidate in the making. Threads run as far as they come: a read waits for the instruction that it was chosen to
/// read from. If all threads wait, the choice had a cycle.
struct unfinished {
  candidate made;
  std::vector<unsigned> next;
  std::vector<std::optional<origin>> awaited;
  std::vector<std::optional<ending>> asleep;
};

class enumeration {
 public:
  enumeration(const litmus::program& what, const std::function<void(const candidate&)>& found)
      : program_(what), found_(found) {}

  void run() {
    unfinished start;
    std::array<bool, litmus::location_count> used{};
    for (const auto& thread : program_)
      for (const auto& each : thread)
        if (each.what != action::fence) used[each.where] = true;
    for (unsigned i = 0; i < litmus::location_count; ++i)
      if (used[i]) start.made.events.push_back({.where = static_cast<litmus::location>(i)});
    start.next.assign(program_.size(), 0);
    start.awaited.assign(program_.size(), std::nullopt);
    start.asleep.assign(program_.size(), std::nullopt);
    extend(std::move(start));
  }

 private:
  void extend(unfinished state) {
    for (bool moved = true; moved;) {
      moved = false;
      for (unsigned t = 0; t < program_.size(); ++t)
        while (state.next[t] < program_[t].size()) {
          const auto& todo = program_[t][state.next[t]];
          const bool skipped = todo.only_if && state.made.registers[todo.only_if->which] != todo.only_if->equals;
          if (state.asleep[t]) {
            const auto& by = state.asleep[t]->wake;
            const auto wakes = by ? find(state, *by, sort::wake, todo.where) : std::nullopt;
            if (by && !wakes) {
              if (passed(state, *by)) return;
              break;
            }
            end_sleep(state, t, todo, wakes);
          } else if (!skipped && litmus::reads(todo.what)) {
            if (!state.awaited[t]) return choose(state, t, todo);
            const auto source = find(state, *state.awaited[t], sort::write, todo.where);
            if (!source) {
              if (passed(state, *state.awaited[t])) return;
              break;
            }
            state.awaited[t].reset();
            const auto expecting = state.made.registers;
            perform_read(state, t, todo, *source);
            if (litmus::sleeps(todo.what)) {
              const bool sleeps = state.made.registers[todo.into] == todo.expected.in(expecting);
              state.made.registers[todo.into] = static_cast<litmus::value>(litmus::wait_end::changed);
              if (sleeps) return fall_asleep(state, t, todo);
            }
            const bool must = todo.what == action::await || todo.what == action::take;
            if (must && state.made.registers[todo.into] != todo.expected.in(expecting)) {
              state.made.stuck.push_back(static_cast<unsigned>(state.made.events.size()) - 1);
              state.next[t] = static_cast<unsigned>(program_[t].size()) - 1;
            }
          } else if (!skipped) {
            perform(state, t, todo);
          }
          ++state.next[t];
          moved = true;
        }
    }
    for (unsigned t = 0; t < program_.size(); ++t)
      if (state.next[t] < program_[t].size()) return;
    found_(state.made);
  }

  /// Goes on with each instruction that `reader` may read from.
  void choose(const unfinished& state, unsigned reader, const instruction& todo) {
    const auto with = [&](origin from) {
      unfinished chosen = state;
      chosen.awaited[reader] = from;
      extend(std::move(chosen));
    };
    with({});
    for (unsigned t = 0; t < program_.size(); ++t)
      for (unsigned i = 0; i < program_[t].size(); ++i) {
        const auto& writer = program_[t][i];
        if (!litmus::writes(writer.what) || writer.where != todo.where) continue;
        if (t == reader && i >= state.next[t]) continue;
        with({static_cast<int>(t), i});
      }
  }

  /// Goes on with each way in which the sleep may end.
  void fall_asleep(unfinished state, unsigned sleeper, const instruction& todo) {
    append(state, {.thread = static_cast<int>(sleeper),
                   .instruction = state.next[sleeper],
                   .what = sort::sleep,
                   .where = todo.where});
    const auto with = [&](ending how) {
      unfinished chosen = state;
      chosen.asleep[sleeper] = how;
      extend(std::move(chosen));
    };
    if (todo.what == action::timed_wait)
      with({.how = litmus::wait_end::timed_out, .wake = std::nullopt});
    else
      with({});
    for (unsigned t = 0; t < program_.size(); ++t)
      for (unsigned i = 0; i < program_[t].size(); ++i)
        if (t != sleeper && program_[t][i].what == action::wake && program_[t][i].where == todo.where)
          with({.how = litmus::wait_end::woken, .wake = origin{static_cast<int>(t), i}});
  }

  void end_sleep(unfinished& state, unsigned thread, const instruction& todo, std::optional<unsigned> wake) {
    const auto how = state.asleep[thread]->how;
    state.asleep[thread].reset();
    if (how == litmus::wait_end::woken && !wake) {
      state.made.asleep = true;
      state.next[thread] = static_cast<unsigned>(program_[thread].size()) - 1;
      return;
    }
    if (wake) state.made.source[state.made.events.size()] = *wake;
    append(state, {.thread = static_cast<int>(thread),
                   .instruction = state.next[thread],
                   .what = wake ? sort::woken : sort::give_up,
                   .where = todo.where});
    state.made.registers[todo.into] = static_cast<litmus::value>(how);
  }

  static std::optional<unsigned> find(const unfinished& state, origin from, sort what, litmus::location where) {
    for (unsigned e = 0; e < state.made.events.size(); ++e) {
      const auto& it = state.made.events[e];
      if (it.what == what && it.thread == from.thread && it.where == where &&
          (from.thread < 0 || it.instruction == from.instruction))
        return e;
    }
    return std::nullopt;
  }

  /// Whether that instruction is over. A write that isn't there then never will be.
  static bool passed(const unfinished& state, origin from) {
    return from.thread < 0 || state.next[static_cast<unsigned>(from.thread)] > from.instruction;
  }

  static void append(unfinished& state, const event& it) {
    if (state.made.events.size() == most_events)
      throw std::length_error("the program has more than " + std::to_string(most_events) +
                              " events, the oracle's limit; make it smaller");
    state.made.events.push_back(it);
  }

  static void perform(unfinished& state, unsigned thread, const instruction& todo) {
    append(state, {.thread = static_cast<int>(thread),
                   .instruction = state.next[thread],
                   .what = todo.what == action::fence  ? sort::fence
                           : todo.what == action::wake ? sort::wake
                                                       : sort::write,
                   .where = todo.where,
                   .held = todo.by.in(state.made.registers),
                   .how = todo.how});
  }

  static void perform_read(unfinished& state, unsigned thread, const instruction& todo, unsigned source) {
    auto& registers = state.made.registers;
    const litmus::value seen = state.made.events[source].held;
    const bool update = litmus::updates(todo.what);
    const bool compares = todo.what == action::compare_exchange || todo.what == action::take;
    const bool fails = compares && seen != todo.expected.in(registers);
    const litmus::value by = todo.by.in(registers);
    event it{.thread = static_cast<int>(thread),
             .instruction = state.next[thread],
             .what = sort::read,
             .where = todo.where,
             .held = seen,
             .how = fails ? todo.failure : todo.how,
             .update = update,
             .silent = litmus::sleeps(todo.what)};
    state.made.source[state.made.events.size()] = source;
    append(state, it);
    registers[todo.into] = seen;
    if (!update || fails) return;
    it.what = sort::write;
    it.held = static_cast<litmus::value>(todo.what == action::add ? seen + by : by);
    append(state, it);
  }

  const litmus::program& program_;
  const std::function<void(const candidate&)>& found_;
};

}  // namespace

void each_candidate(const litmus::program& what, const std::function<void(const candidate&)>& found) {
  enumeration(what, found).run();
}

}  // namespace gauntlet::oracle
