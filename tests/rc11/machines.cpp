#include "tests/rc11/machines.hpp"

#include <deque>
#include <utility>

namespace gauntlet::oracle {

namespace {

using litmus::action;
using litmus::value;

struct state {
  std::vector<unsigned> next;
  litmus::register_file registers{};
  litmus::memory_image memory{};
  std::vector<std::deque<std::pair<litmus::location, value>>> buffers;

  friend auto operator<=>(const state&, const state&) = default;
};

class machine {
 public:
  machine(const litmus::program& what, const std::vector<litmus::location>& observed, bool buffered)
      : program_(what), observed_(observed), buffered_(buffered) {}

  std::set<std::string> run() {
    explore({.next = std::vector<unsigned>(program_.size()),
             .registers = {},
             .memory = {},
             .buffers = std::vector<std::deque<std::pair<litmus::location, value>>>(program_.size())});
    return std::move(outcomes_);
  }

 private:
  void explore(const state& at) {
    if (!seen_.insert(at).second) return;
    bool over = true;
    for (unsigned t = 0; t < program_.size(); ++t) {
      if (!at.buffers[t].empty()) {
        over = false;
        state after = at;
        const auto [where, stored] = after.buffers[t].front();
        after.buffers[t].pop_front();
        after.memory[where] = stored;
        explore(after);
      }
      if (at.next[t] < program_[t].size()) {
        over = false;
        const auto& todo = program_[t][at.next[t]];
        state after = at;
        ++after.next[t];
        const bool skipped = todo.only_if && at.registers[todo.only_if->which] != todo.only_if->equals;
        if (skipped || perform(after, t, todo)) explore(after);
      }
    }
    if (over) outcomes_.insert(litmus::outcome(program_, observed_, at.registers, at.memory));
  }

  /// @return false if the thread has to wait for its store buffer
  bool perform(state& at, unsigned thread, const litmus::instruction& todo) const {
    auto& buffer = at.buffers[thread];
    auto& memory = at.memory[todo.where];
    const bool locked = litmus::updates(todo.what) ||
                        (todo.how == litmus::sc && (todo.what == action::store || todo.what == action::fence));
    if (locked && !buffer.empty()) return false;
    value seen = memory;
    for (const auto& [where, stored] : buffer)
      if (where == todo.where) seen = stored;
    const value expected = todo.expected.in(at.registers);
    value stored = todo.by.in(at.registers);
    if (todo.what == action::add) stored = static_cast<value>(seen + stored);
    if (litmus::reads(todo.what)) at.registers[todo.into] = seen;
    if (!litmus::writes(todo.what) || (todo.what == action::compare_exchange && seen != expected)) return true;
    if (locked || !buffered_)
      memory = stored;
    else
      buffer.emplace_back(todo.where, stored);
    return true;
  }

  const litmus::program& program_;
  const std::vector<litmus::location>& observed_;
  bool buffered_;
  std::set<state> seen_;
  std::set<std::string> outcomes_;
};

}  // namespace

std::set<std::string> interleavings(const litmus::program& what, const std::vector<litmus::location>& observed) {
  return machine(what, observed, false).run();
}

std::set<std::string> store_buffers(const litmus::program& what, const std::vector<litmus::location>& observed) {
  return machine(what, observed, true).run();
}

}  // namespace gauntlet::oracle
