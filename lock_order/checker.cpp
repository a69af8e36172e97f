#include "lock_order/checker.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "lock_order/graph.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::lock_order {
namespace {

struct known_lock {
  const void* address = nullptr;
  stack made_at{};
  std::uint32_t lent = 0;
};

struct given_name {
  std::size_t size = 0;
  std::string text;
};

/// What all threads share.
struct shared {
  std::mutex guard;
  graph order;
  std::unordered_map<lock_number, known_lock> locks;
  /// By the address of the lock.
  std::map<std::uintptr_t, given_name> names;
  handler called = nullptr;
};

/// Never destroyed: locks are taken until the very end of a program.
shared& all() {
  static shared& one = *new shared;
  return one;
}

/// That the calling thread holds a lock.
struct holding {
  lock_number lock;
  std::uint32_t lent;
  stack at;
};

/// What the calling thread holds, the latest last. A thread's end destroys it, and locks are taken even after that.
std::vector<holding>& held() {
  static constinit thread_local std::vector<holding>* mine = nullptr;
  struct end_of_thread {
    end_of_thread() = default;
    end_of_thread(const end_of_thread&) = delete;
    end_of_thread& operator=(const end_of_thread&) = delete;
    ~end_of_thread() { delete std::exchange(mine, nullptr); }
  };
  if (mine == nullptr) {
    mine = new std::vector<holding>;
    static thread_local const end_of_thread last;
  }
  return *mine;
}

std::uintptr_t number_of(const void* address) {
  return reinterpret_cast<std::uintptr_t>(address);
}

/// The name that was given to the lock around `address`.
auto named(shared& state, const void* address) {
  const auto above = state.names.upper_bound(number_of(address));
  if (above == state.names.begin()) return state.names.end();
  const auto found = std::prev(above);
  return number_of(address) - found->first < found->second.size ? found : state.names.end();
}

/// What a report needs to know of a lock, copied: the lock may be gone when it is written.
struct portrait {
  lock_number number;
  std::string given;
  known_lock known;
};

std::string title(reader& debug_information, const portrait& lock) {
  if (!lock.given.empty()) return lock.given;
  if (std::string global = debug_information.variable(lock.known.address); !global.empty()) return global;
  const position where = debug_information.caller(lock.known.made_at);
  const std::string type = debug_information.constructed(lock.known.made_at);
  return where.line == 0 ? type : type + " of " + where.file + ":" + std::to_string(where.line);
}

/// A circle as numbers: way[i] was held when way[i + 1] was waited for, and the last when the first was.
struct finding {
  std::vector<portrait> way;
  std::vector<edge> edges;
};

inversion read(const finding& found) {
  reader debug_information;
  std::vector<std::string> titles;
  std::unordered_map<std::string, unsigned> uses;
  for (const portrait& lock : found.way) ++uses[titles.emplace_back(title(debug_information, lock))];
  // Members of an array, or of what one line makes many of.
  for (std::size_t i = 0; i < titles.size(); ++i)
    if (uses[titles[i]] > 1) titles[i] += " (lock " + std::to_string(found.way[i].number) + ")";
  inversion made;
  for (std::size_t i = 0; i < titles.size(); ++i)
    made.circle.push_back({.held = titles[i],
                           .taken = titles[(i + 1) % titles.size()],
                           .held_at = debug_information.caller(found.edges[i].held_at),
                           .taken_at = debug_information.caller(found.edges[i].taken_at),
                           .thread = found.edges[i].thread});
  return made;
}

portrait paint(shared& state, lock_number lock) {
  const known_lock& known = state.locks.at(lock);
  const auto name = named(state, known.address);
  return {lock, name == state.names.end() ? "" : name->second.text, known};
}

/// Adds the edge from a held lock to one that is waited for. Adds to `circles` the one that it closes.
void add_edge(shared& state, const edge& made, lock_number from, lock_number to, std::vector<finding>& circles) {
  for (const lock_number one : {from, to})
    if (!state.order.contains(one)) state.order.add(one);
  if (state.order.knows(from, to)) return;
  const std::vector<node> way = state.order.add(from, to, made);
  if (way.empty()) return;
  finding found;
  for (std::size_t i = 0; i < way.size(); ++i) {
    found.way.push_back(paint(state, way[i]));
    found.edges.push_back(state.order.between(way[i], way[(i + 1) % way.size()]));
  }
  circles.push_back(std::move(found));
}

void tell(const finding& found, handler called) {
  const inversion made = read(found);
  if (called != nullptr) return called(made);
  std::fprintf(stderr, "%s", describe(made).c_str());
  std::abort();
}

}  // namespace

lock_number made(const identity& lock) noexcept {
  static constinit std::atomic<lock_number> last{0};
  const lock_number fresh = last.fetch_add(1, std::memory_order_relaxed) + 1;
  shared& state = all();
  const stack at = here();
  const std::lock_guard guard(state.guard);
  state.locks.emplace(fresh, known_lock{&lock, at, lock.lent()});
  return fresh;
}

void destroyed(const identity& lock, lock_number number) noexcept {
  shared& state = all();
  const std::lock_guard guard(state.guard);
  if (const auto name = named(state, &lock); name != state.names.end()) state.names.erase(name);
  state.locks.erase(number);
  state.order.remove(number);
}

void waits(lock_number number) noexcept {
  std::vector<holding>& mine = held();
  if (mine.empty()) return;
  edge fresh{.taken_at = here(), .thread = sync::this_thread()};
  shared& state = all();
  std::vector<finding> circles;
  std::unique_lock guard(state.guard);
  std::erase_if(mine, [&](const holding& one) {
    const auto lock = state.locks.find(one.lock);
    return lock == state.locks.end() || lock->second.lent != one.lent;
  });
  for (const holding& one : mine) {
    fresh.held_at = one.at;
    add_edge(state, fresh, one.lock, number, circles);
  }
  const handler called = state.called;
  guard.unlock();
  for (const finding& each : circles) tell(each, called);
}

void acquired(lock_number number, std::uint32_t lent) noexcept {
  held().push_back({number, lent, here()});
}

bool released(lock_number number) noexcept {
  std::vector<holding>& mine = held();
  const auto found = std::ranges::find(mine.rbegin(), mine.rend(), number, &holding::lock);
  if (found == mine.rend()) return false;
  mine.erase(std::next(found).base());
  return true;
}

void lend(lock_number number, std::uint32_t lent) noexcept {
  shared& state = all();
  const std::lock_guard guard(state.guard);
  std::uint32_t& known = state.locks.at(number).lent;
  known = std::max(known, lent);
}

void name(const void* lock, std::size_t size, const char* text) {
  shared& state = all();
  const std::lock_guard guard(state.guard);
  state.names[number_of(lock)] = {size, text};
}

handler set_handler(handler called) noexcept {
  shared& state = all();
  const std::lock_guard guard(state.guard);
  return std::exchange(state.called, called);
}

std::string describe(const inversion& found) {
  std::string text = "lock-order inversion: ";
  if (found.circle.size() == 1) {
    const step& only = found.circle.front();
    return text + only.taken + " at " + to_string(only.taken_at) +
           " is waited for by the thread that holds it\n  thread " + std::to_string(only.thread) + " took it at " +
           to_string(only.held_at) + "\n  Unlock it before, or use a recursive_mutex.\n";
  }
  for (const step& each : found.circle)
    text += (&each == &found.circle.front() ? "" : ", ") + each.held + " → " + each.taken + " at " +
            to_string(each.taken_at);
  for (const step& each : found.circle)
    text += "\n  thread " + std::to_string(each.thread) + " took " + each.held + " at " + to_string(each.held_at) +
            "\n    and, holding it, waited for " + each.taken + " at " + to_string(each.taken_at);
  return text +
         "\n  Threads that do this at once can wait for each other for ever. Take these locks in one order, or " +
         "together, by a lock_set.\n";
}

}  // namespace gauntlet::lock_order
