#include "tests/rc11/engine.hpp"

#include <algorithm>

namespace gauntlet::oracle {

namespace {

using litmus::action;
using litmus::instruction;
using litmus::value;

const std::vector<litmus::location> everywhere = {litmus::x, litmus::y, litmus::z, litmus::w, litmus::a, litmus::b};

/// The program that runs. It has static storage, as what it allocates would be taken back after each execution.
struct {
  const litmus::program* what = nullptr;
  litmus::memory_image memory{};
  litmus::register_file registers{};
  /// By thread, which instructions have made its atomic accesses and fences; the order of its events.
  std::array<std::array<std::uint8_t, most_events>, 8> performed{};
  std::array<unsigned, 8> count{};
  /// Compare-exchanges may fail spuriously.
  bool weak = false;
  kinship twins{};
} running;

rc11::explorer& here() {
  return *rc11::explorer::current();
}

constexpr rc11::site nowhere{};

value modify(const void* at, rc11::operation what, value by, litmus::order how) {
  return static_cast<value>(here().modify(at, 1, what, by, how, nowhere));
}

litmus::wait_end slept(const void* at, value expected, bool timed) {
  switch (here().futex_wait(at, 1, expected, timed, nowhere)) {
    case rc11::explorer::awoken::changed:
      return litmus::wait_end::changed;
    case rc11::explorer::awoken::woken:
      return litmus::wait_end::woken;
    case rc11::explorer::awoken::timed_out:
      break;
  }
  return litmus::wait_end::timed_out;
}

bool is_own(litmus::location where) {
  return running.twins.own && (where == litmus::z || where == litmus::w);
}

/// @param own a location on the thread's stack
void perform(const instruction& todo, value& own) {
  auto& held = running.registers;
  value* const at = is_own(todo.where) ? &own : &running.memory[todo.where];
  value& into = held[todo.into];
  const value by = todo.by.in(held);
  switch (todo.what) {
    case action::load:
      into = static_cast<value>(here().load(at, 1, todo.how, nowhere));
      return;
    case action::await: {
      const value expected = todo.expected.in(held);
      here().await_begin(nowhere);
      for (;;) {
        into = static_cast<value>(here().load(at, 1, todo.how, nowhere));
        if (into == expected) return here().await_end();
        here().await_again(nowhere);
      }
    }
    case action::wait:
    case action::timed_wait:
      into = static_cast<value>(slept(at, todo.expected.in(held), todo.what == action::timed_wait));
      return;
    case action::wake:
      return here().futex_wake(at, by, nowhere);
    case action::store:
      return here().store(at, 1, by, todo.how, nowhere);
    case action::exchange:
      into = modify(at, rc11::operation::exchange, by, todo.how);
      return;
    case action::add:
      into = modify(at, rc11::operation::add, by, todo.how);
      return;
    case action::compare_exchange: {
      rc11::bits found = todo.expected.in(held);
      here().compare_exchange(at, 1, found, by, todo.how, todo.failure, running.weak, nowhere);
      into = static_cast<value>(found);
      return;
    }
    case action::take:
      into = static_cast<value>(here().await_modify(at, 1, rc11::operation::add_unless, 0xff, by, todo.how, nowhere));
      return;
    case action::fence:
      return here().fence(todo.how, nowhere);
    case action::read:
      here().plain_read(at, nowhere);
      into = *at;
      return;
    case action::write:
      here().plain_write(at, nowhere);
      *at = by;
      return;
  }
}

void run_thread(void* number) {
  const auto thread = reinterpret_cast<std::uintptr_t>(number);
  const auto& todo = (*running.what)[thread];
  value own = 0;
  if (std::any_of(todo.begin(), todo.end(), [](const auto& each) { return is_own(each.where); }))
    here().create(&own, 1, 0, nowhere);
  for (unsigned i = 0; i < todo.size(); ++i) {
    const auto& each = todo[i];
    if (each.only_if && running.registers[each.only_if->which] != each.only_if->equals) continue;
    if (each.what != action::read && each.what != action::write)
      running.performed[thread][running.count[thread]++] = static_cast<std::uint8_t>(i);
    perform(each, own);
  }
}

void run_program() {
  running.memory = {};
  running.registers = {};
  running.count = {};
  for (const auto where : everywhere)
    if (is_own(where))
      continue;
    else if (litmus::is_plain(where))
      here().plain_create(&running.memory[where], 1, true, nowhere);
    else
      here().create(&running.memory[where], 1, 0, nowhere);
  std::array<unsigned, 8> started{};
  for (std::uintptr_t t = 0; t < running.what->size(); ++t)
    started[t] = here().thread_start(&run_thread, reinterpret_cast<void*>(t), nowhere,
                                     t < running.twins.same.size() && running.twins.same[t] ? started[t - 1] : 0);
  for (unsigned t = 0; t < running.what->size(); ++t) here().thread_join(started[t], nowhere);
}

/// The engine's graph as an execution of the oracle's: events of a thread are those that its instructions made.
class reader {
 public:
  explicit reader(const rc11::graph& in) : in_(in), renamed_(in.size()), instruction_(in.size()) {
    for (unsigned i = 0; i < litmus::a; ++i) {
      made_.events.push_back({.where = static_cast<litmus::location>(i)});
      found_.coherence[i].push_back(i);
    }
  }

  std::string signature() {
    for (unsigned i = 0; i < in_.size(); ++i)
      if (in_[id(i)].thread != 0) take(id(i));
    for (unsigned i = 0; i < in_.size(); ++i) {
      const auto& it = in_[id(i)];
      if (it.thread == 0 || it.kind != rc11::kind::read || of_queue(it)) continue;
      made_.source[renamed_[i]] = it.from == rc11::no_event ? it.location : renamed_[it.from];
    }
    for (unsigned where = 0; where < (running.twins.own ? in_.locations() : litmus::a); ++where)
      for (auto write = in_.of_location(where).oldest; write != rc11::no_event; write = in_[write].newer)
        found_.coherence[where].push_back(renamed_[write]);
    found_.queues = queues();
    return oracle::signature(found_);
  }

 private:
  static rc11::event_id id(unsigned i) { return static_cast<rc11::event_id>(i); }

  /// The next event of its thread: it belongs to the next instruction, or goes on with the last one.
  void take(rc11::event_id event) {
    const auto& it = in_[event];
    if (it.kind > rc11::kind::fence && it.kind != rc11::kind::watch) return;
    const auto thread = it.thread - 1U;
    const bool goes_on = it.kind == rc11::kind::watch || (of_queue(it) && it.modify != rc11::operation::wake) ||
                         (it.kind == rc11::kind::write && it.indivisible);
    const unsigned which = goes_on ? done_[thread] - 1 : done_[thread]++;
    instruction_[event] = running.performed[thread][which];
    if (it.kind == rc11::kind::watch || of_queue(it)) return;
    renamed_[event] = static_cast<unsigned>(made_.events.size());
    made_.events.push_back({.thread = static_cast<int>(thread),
                            .instruction = instruction_[event],
                            .what = it.kind == rc11::kind::read
                                        ? sort::read
                                        : (it.kind == rc11::kind::write ? sort::write : sort::fence)});
  }

  std::string name(rc11::event_id event) const {
    return std::to_string(in_[event].thread - 1) + "." + std::to_string(instruction_[event]);
  }

  /// As queue_orders() tells it.
  std::string queues() const {
    std::vector<std::string> parts;
    for (unsigned where = 0; where < in_.locations(); ++where) {
      const auto oldest = in_.of_location(where).oldest;
      if (oldest == rc11::no_event || !of_queue(in_[oldest])) continue;
      std::string changes = "queue";
      for (auto write = oldest; write != rc11::no_event; write = in_[write].newer) changes += " " + name(write);
      parts.push_back(changes);
    }
    for (unsigned i = 0; i < in_.size(); ++i) {
      const auto& it = in_[id(i)];
      if (it.thread == 0) continue;
      if (it.kind == rc11::kind::watch) parts.push_back(name(id(i)) + "^" + name(it.from));
      if (it.kind == rc11::kind::read && it.modify == rc11::operation::wake && !it.indivisible)
        parts.push_back(name(id(i)) + "@" + std::to_string(in_.place_of(it.from)));
    }
    std::sort(parts.begin(), parts.end());
    std::string out;
    for (const auto& part : parts) out += part + " ";
    return out;
  }

  const rc11::graph& in_;
  candidate made_;
  execution found_{.what = made_, .coherence = {}};
  /// By event of the graph: the event that it is here, and the instruction that made it.
  std::vector<unsigned> renamed_;
  std::vector<unsigned> instruction_;
  /// By thread.
  std::array<unsigned, 8> done_{};
};

std::string signature(const rc11::graph& in) {
  return reader(in).signature();
}

}  // namespace

finding by_oracle(const litmus::program& what, model by) {
  finding out;
  each_execution(what, by, [&](const execution& found) {
    out.stuck = out.stuck || found.stuck;
    if (found.stuck) return;
    ++out.executions;
    out.racy = out.racy || found.racy;
    out.graphs.insert(signature(found));
    out.outcomes.insert(litmus::outcome(what, everywhere, found.what.registers, found.memory()));
  });
  if (out.racy) out = {.racy = true};
  if (out.stuck) out = {.executions = out.executions, .stuck = true};
  return out;
}

finding by_engine(const litmus::program& what, rc11::memory_model by, std::uint64_t most, rc11::fault seeded, bool weak,
                  const kinship& twins) {
  finding out;
  running.what = &what;
  running.weak = weak;
  running.twins = twins;
  rc11::explorer checker;
  rc11::limits how;
  how.model = by;
  how.seeded = seeded;
  how.executions = 20 * most + 1000;
  // Timed waits may all time out.
  how.timeouts = most_events;
  how.spurious = weak ? 1 : 0;
  try {
    const auto statistics = checker.explore(&run_program, how, [&] {
      if (checker.so_far().complete == 1) out = {};
      ++out.executions;
      auto memory = running.memory;
      for (unsigned i = 0; i < litmus::a; ++i) memory[i] = static_cast<value>(checker.final_value(&running.memory[i]));
      out.outcomes.insert(litmus::outcome(what, everywhere, running.registers, memory));
      out.graphs.insert(signature(checker.execution()));
      return out.executions < most;
    });
    if (statistics.broken && statistics.broken->violation_class == "data_race")
      out = {.racy = true};
    else if (statistics.broken &&
             (statistics.broken->violation_class == "livelock" || statistics.broken->violation_class == "deadlock" ||
              statistics.broken->violation_class == "lost_wakeup"))
      out = {.executions = out.executions, .stuck = true};
    else if (statistics.broken)
      out.trouble = statistics.broken->violation_class + ": " + statistics.broken->message;
    else if (!statistics.exhausted)
      out.trouble = "the search didn't end with " + std::to_string(most) + " executions";
    else if (statistics.blocked != 0 && !weak && !litmus::waits(what))
      out.trouble = std::to_string(statistics.blocked) + " executions are blocked";
  } catch (const std::exception& thrown) {
    out.trouble = thrown.what();
  }
  return out;
}

std::string difference(const finding& oracle, const finding& engine) {
  std::string out;
  const auto say = [&](const std::string& line) { out += line + "\n"; };
  const auto only = [&](const std::string& who, const auto& mine, const auto& others) {
    unsigned shown = 0;
    for (const auto& each : mine)
      if (!others.contains(each) && ++shown <= 10) say(who + " only: " + each);
    if (shown > 10) say(who + " only: " + std::to_string(shown - 10) + " more");
  };
  if (!engine.trouble.empty()) say("engine: " + engine.trouble);
  if (oracle.stuck != engine.stuck)
    say(oracle.stuck ? "the oracle only has an await that never ends" : "the engine only has an await that never ends");
  else if (oracle.stuck)
    return out;
  if (oracle.racy != engine.racy)
    say(std::string("a data race says ") + (oracle.racy ? "the oracle" : "the engine") + " only");
  else if (oracle.executions != engine.executions || engine.graphs.size() != engine.executions)
    say("executions: oracle " + std::to_string(oracle.executions) + ", engine " + std::to_string(engine.executions) +
        ", " + std::to_string(engine.graphs.size()) + " of them different");
  if (oracle.racy != engine.racy) return out;
  only("outcome, oracle", oracle.outcomes, engine.outcomes);
  only("outcome, engine", engine.outcomes, oracle.outcomes);
  only("graph, oracle", oracle.graphs, engine.graphs);
  only("graph, engine", engine.graphs, oracle.graphs);
  return out;
}

}  // namespace gauntlet::oracle
