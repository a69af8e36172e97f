#pragma once
/// What every event promises.
///
/// An event is default-constructed, not set, never copied, and has `void set()`, `void clear()`, `bool is_set()`,
/// `bool wait()`, `bool wait_for(duration)` and `bool wait_until(time_point)`, as Python's threading.Event does. A wait
/// returns whether the event was set meanwhile. What comes before set() is visible to whoever sees it set or clears it.

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "harness/collision.hpp"
#include "harness/scenario.hpp"
#include "harness/specification.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// One event for each round.
template <class E>
class set_wakes_all_waiters {
 public:
  explicit set_wakes_all_waiters(harness::shape size) : events_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "setter" : "waiter"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    for (E& one : events_) {
      if (role == 0)
        one.set();
      else
        sync::check(one.wait(), "wait() without a deadline returned false");
    }
  }
  void after() {
    for (E& one : events_) sync::check(one.is_set() && one.wait(), "an event that nobody cleared is not set");
  }

 private:
  std::vector<E> events_;
};

/// Every second reader asks is_set() instead of sleeping in wait().
template <class E>
class set_publishes {
 public:
  explicit set_publishes(harness::shape size) : pages_(size.operations) {}
  static std::string_view role(unsigned which) {
    return which == 0 ? "publisher" : which % 2 == 1 ? "waiter" : "poller";
  }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0 && one % 2 == other % 2; }

  void thread(unsigned role) {
    for (page& one : pages_) {
      if (role == 0) {
        one.text.set(42);
        one.published.set();
        continue;
      }
      if (role % 2 == 1)
        one.published.wait();
      else
        sync::spin_until([&] { return one.published.is_set(); });
      sync::check(one.text.get() == 42, "what came before set() is not visible to who saw the event set");
    }
  }

 private:
  struct page {
    sync::var<int> text;
    E published;
  };
  std::vector<page> pages_;
};

/// The waiters sleep when set() comes, and before one of them runs the event may be cleared (python/cpython#57711) and
/// have new waiters, whose wait is another one.
template <class E>
class set_then_clear_wakes_waiters {
 public:
  explicit set_then_clear_wakes_waiters(harness::shape size) : size_(size) {}
  static std::string_view role(unsigned which) { return which == 0 ? "setter" : "waiter"; }

  void thread(unsigned role) {
    if (role != 0) {
      sync::check(event_.wait(), "wait() without a deadline returned false");
      return;
    }
    for (unsigned waiter = 1; waiter < size_.threads; ++waiter) harness::until_blocked(waiter);
    event_.set();
    event_.clear();
    sync::check(!event_.wait_for(std::chrono::microseconds(20)), "a wait that began after clear() saw the event set");
  }
  void after() { sync::check(!event_.is_set(), "the event is set after clear()"); }

 private:
  harness::shape size_;
  E event_;
};

/// Who timed out waits once more, for as long as it takes.
template <class E>
class timeout_races_with_set {
 public:
  explicit timeout_races_with_set(harness::shape size) : pages_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "publisher" : "waiter"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    for (page& one : pages_) {
      if (role == 0) {
        one.text.set(42);
        one.published.set();
        continue;
      }
      if (!one.published.wait_for(std::chrono::microseconds(20))) one.published.wait();
      sync::check(one.text.get() == 42, "what came before set() is not visible to who waited for it");
      sync::check(one.published.is_set(), "a wait returned, but the event that nobody clears is not set");
    }
  }

 private:
  struct page {
    sync::var<int> text;
    E published;
  };
  std::vector<page> pages_;
};

/// The consumer clears the event and then looks for work. A post that it doesn't find must leave the event set, or else
/// the consumer waits for ever.
template <class E>
class set_from_many {
 public:
  explicit set_from_many(harness::shape size) : size_(size) {}
  static std::string_view role(unsigned which) { return which == 0 ? "consumer" : "producer"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    if (role == 0) {
      for (unsigned found = 0; found < posts();) {
        event_.wait();
        event_.clear();
        // relaxed: ordered by the event under test.
        found = posted_.load(std::memory_order_relaxed);
      }
      return;
    }
    for (unsigned i = 0; i < size_.operations; ++i) {
      // relaxed: ordered by the event under test.
      posted_.fetch_add(1, std::memory_order_relaxed);
      event_.set();
    }
  }

 private:
  unsigned posts() const { return (size_.threads - 1) * size_.operations; }

  harness::shape size_;
  E event_;
  sync::atomic<unsigned> posted_{0};
};

/// Two players hand the ball to and fro; each event is set, waited for and cleared again and again.
template <class E>
class reuse {
 public:
  explicit reuse(harness::shape size) : size_(size) {}
  static std::string_view role(unsigned which) { return which == 0 ? "server" : "returner"; }

  void thread(unsigned role) {
    E& mine = role == 0 ? server_s_turn_ : returner_s_turn_;
    E& other = role == 0 ? returner_s_turn_ : server_s_turn_;
    for (unsigned i = 0; i < size_.operations; ++i) {
      if (role == 1 || i > 0) mine.wait();
      mine.clear();
      sync::check(strokes_.get() == 2 * i + role, "a wait returned before it was this player's turn");
      strokes_.set(strokes_.get() + 1);
      other.set();
    }
  }
  void after() { sync::check(strokes_.get() == 2 * size_.operations, "a stroke was lost"); }

 private:
  harness::shape size_;
  E server_s_turn_;
  E returner_s_turn_;
  sync::var<unsigned> strokes_{0};
};

/// The last waiter destroys the event while the set() that let it through may still be on its way out.
template <class E>
class destroyed_after_last_wait {
 public:
  explicit destroyed_after_last_wait(harness::shape size) : size_(size), rounds_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "setter" : "waiter"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void before() {
    for (auto& one : rounds_) one = sync::make<round>(size_.threads - 1);
  }

  void thread(unsigned role) {
    for (round* const one : rounds_) {
      if (role == 0) {
        one->event.set();
        continue;
      }
      one->event.wait();
      // acq_rel [last]: pairs with the other waiters' fetch_sub of left; carries that their wait() has returned.
      if (one->left.fetch_sub(1, std::memory_order_acq_rel) == 1) sync::destroy(one);
    }
  }

 private:
  struct round {
    explicit round(unsigned waiters) : left(waiters) {}
    E event;
    sync::atomic<unsigned> left;
  };

  harness::shape size_;
  std::vector<round*> rounds_;
};

/// The state is whether the event is set. A wait goes on at a moment at which it is; who times out found it cleared.
template <class E>
struct event_specification {
  static constexpr std::string_view operations[] = {"set", "clear", "is_set", "wait", "wait_for"};
  enum : unsigned { set, clear, is_set, wait, wait_for };

  static std::unique_ptr<E> create() { return std::make_unique<E>(); }
  static harness::model_state initial() { return {0}; }
  static std::int64_t argument(unsigned) { return 0; }

  static bool blocks(unsigned operation) { return operation == wait; }
  static bool enabled(const harness::model_state& state, const harness::recorded&) { return state[0] == 1; }
  static harness::recorded rescue(const harness::recorded&) { return {.operation = set}; }

  static harness::outcome apply(E& event, unsigned operation, std::int64_t) {
    if (operation == is_set) return event.is_set() ? 1 : 0;
    if (operation == wait) return event.wait() ? 1 : 0;
    if (operation == wait_for) return event.wait_for(std::chrono::microseconds(20)) ? 1 : 0;
    if (operation == set) event.set();
    if (operation == clear) event.clear();
    return 0;
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    if (done.operation == wait) return state[0] == 1 && done.result == 1;
    if (done.operation == is_set || done.operation == wait_for) return state[0] == done.result;
    state[0] = done.operation == set ? 1 : 0;
    return true;
  }
};

template <class E>
harness::program set_and_clear_meet_looks() {
  using of = event_specification<E>;
  return {.roles = {{{of::set}, {of::clear}}, {{of::is_set}, {of::is_set}}}, .last = {{of::is_set}}};
}

/// That the wait ends is what is asked here.
template <class E>
harness::program set_meets_wait() {
  using of = event_specification<E>;
  return {.roles = {{{of::set}}, {{of::is_set}, {of::wait}, {of::is_set}}}};
}

template <class E>
void describe(harness::contract& made) {
  constexpr bool has_set = requires(E& event) {
    { event.set() } -> std::same_as<void>;
  };
  constexpr bool has_clear = requires(E& event) {
    { event.clear() } -> std::same_as<void>;
  };
  constexpr bool has_is_set = requires(E& event) {
    { event.is_set() } -> std::same_as<bool>;
  };
  constexpr bool has_wait = requires(E& event) {
    { event.wait() } -> std::same_as<bool>;
  };
  constexpr bool has_wait_for = requires(E& event, std::chrono::microseconds duration) {
    { event.wait_for(duration) } -> std::same_as<bool>;
  };
  constexpr bool has_wait_until = requires(E& event, std::chrono::system_clock::time_point when) {
    { event.wait_until(when) } -> std::same_as<bool>;
  };
  static_assert(std::default_initializable<E>, "gauntlet: an event needs a public constructor without arguments");
  static_assert(!std::copy_constructible<E>, "gauntlet: an event must not be copyable; delete its copy constructor");
  static_assert(has_set, "gauntlet: kind event needs `void set()`");
  static_assert(has_clear, "gauntlet: kind event needs `void clear()`");
  static_assert(has_is_set, "gauntlet: kind event needs `bool is_set()`");
  static_assert(has_wait, "gauntlet: kind event needs `bool wait()`");
  static_assert(has_wait_for, "gauntlet: kind event needs `bool wait_for(duration)`");
  static_assert(has_wait_until, "gauntlet: kind event needs `bool wait_until(time_point)`");

  if constexpr (std::default_initializable<E> && has_set && has_clear && has_is_set && has_wait && has_wait_for &&
                has_wait_until) {
    made.add<set_wakes_all_waiters<E>>("set_wakes_all_waiters", "set() lets everybody through who waits.",
                                       {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
    made.add<set_publishes<E>>("set_publishes", "What came before set() is visible after wait() and is_set().",
                               {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
    made.add<set_then_clear_wakes_waiters<E>>(
        "set_then_clear_wakes_waiters", "Who waits when the event is set gets through, even if it is cleared at once.",
        {.model = {{2, 1}, {3, 1}}, .native = {4, 1}});
    made.add<timeout_races_with_set<E>>("timeout_races_with_set",
                                        "A wait that returns true saw the set(); one that times out may wait again.",
                                        {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
    made.add<set_from_many<E>>("set_from_many",
                               "Who clears the event, then looks for work, misses none announced by set().",
                               {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
    made.add<reuse<E>>("reuse", "An event that was cleared makes threads wait again.",
                       {.model = {{2, 1}, {2, 2}}, .native = {2, 20}});
    made.add<destroyed_after_last_wait<E>>("destroyed_after_last_wait",
                                           "The last to wait may destroy the event: set() doesn't look back.",
                                           {.model = {{2, 1}, {3, 1}}, .native = {4, 10}});
    harness::add_collision<E, event_specification<E>, &set_and_clear_meet_looks<E>>(
        made, "set_and_clear_meet_looks", "Looks see what set() and clear() did, in their order.");
    harness::add_collision<E, event_specification<E>, &set_meets_wait<E>>(
        made, "set_meets_wait", "A wait that begins as the event is set ends.");
    made.add<harness::linearizability<E, event_specification<E>>>(
        "linearizability", "Each call takes effect at one point between call and return, and none waits in vain.",
        {.model = {{2, 2}, {3, 2}}, .native = {3, 4}});
  }
}

}  // namespace gauntlet::contracts
