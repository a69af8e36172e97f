#pragma once
/// What every blocking queue promises.
///
/// A blocking queue is a class template, `Q<T>`, made with its capacity, `explicit Q(std::size_t)`, never copied, and
/// has `void put(T)`, `T get()`, `bool try_put(T)`, `std::optional<T> try_get()`; a timed one also `put_for(T,
/// duration)`, `put_until(T, time_point)`, `get_for(duration)` and `get_until(time_point)`, with the results of the
/// tries. A try fails only if the queue is full, or empty, and a timed call only after its time.
///
/// One that ends has `void shutdown()`, `void shutdown_now()` and `bool is_shutdown()`: then whatever puts throws
/// gauntlet::queue_shut_down, and whatever gets does so once nothing is left. One that counts tasks has `void
/// task_done()` and `void join()`. See lifecycle.hpp.

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/ledger.hpp"
#include "harness/scenario.hpp"
#include "primitives/blocking_queue/lifecycle.hpp"
#include "primitives/blocking_queue/specification.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

template <class Q>
concept timed_queue =
    requires(Q& queue, std::chrono::microseconds duration, std::chrono::system_clock::time_point when) {
      { queue.put_for(0, duration) } -> std::same_as<bool>;
      { queue.put_until(0, when) } -> std::same_as<bool>;
      { queue.get_for(duration) } -> std::same_as<std::optional<int>>;
      { queue.get_until(when) } -> std::same_as<std::optional<int>>;
    };

/// Who puts and who gets which of the items 0, 1, 2 …: half of the roles, and with an odd number one more, are
/// consumers; both sides divide as many items as give each role `operations` at least.
class cast {
 public:
  struct range {
    int begin;
    int end;
  };

  explicit cast(harness::shape size)
      : producers(size.threads / 2),
        consumers(size.threads - producers),
        items(static_cast<int>(consumers * size.operations)) {}

  bool produces(unsigned role) const { return role < producers; }
  range put_by(unsigned role) const { return share(role, producers); }
  range got_by(unsigned role) const { return share(role - producers, consumers); }

  const unsigned producers;
  const unsigned consumers;
  const int items;

 private:
  range share(unsigned nth, unsigned of) const {
    const auto bound = [&](unsigned part) { return items * static_cast<int>(part) / static_cast<int>(of); };
    return {bound(nth), bound(nth + 1)};
  }
};

template <class Q>
class items_conserved_in_order {
 public:
  explicit items_conserved_in_order(harness::shape size) : cast_(size), ledger_(size.threads), queue_(2) {}

  void thread(unsigned role) {
    if (cast_.produces(role)) {
      for (auto [item, end] = cast_.put_by(role); item < end; ++item) {
        ledger_.in(role, item);
        queue_.put(item);
      }
    } else {
      for (auto [nth, end] = cast_.got_by(role); nth < end; ++nth) ledger_.out(role, queue_.get());
    }
  }

  void after() {
    ledger_.expect_balance();
    for (unsigned consumer = cast_.producers; consumer < cast_.producers + cast_.consumers; ++consumer)
      for (unsigned producer = 0; producer < cast_.producers; ++producer)
        expect_order(ledger_.out(consumer), cast_.put_by(producer));
  }

 private:
  static void expect_order(const std::vector<int>& got, cast::range from) {
    int last = from.begin - 1;
    for (const int item : got) {
      if (item < from.begin || item >= from.end) continue;
      sync::check(item > last, "a consumer got an item after one that the same producer put later");
      last = item;
    }
  }

  cast cast_;
  harness::ledger ledger_;
  Q queue_;
};

template <class Q>
class publication {
 public:
  explicit publication(harness::shape size) : cast_(size), payload_(static_cast<std::size_t>(cast_.items)), queue_(2) {}

  void thread(unsigned role) {
    if (cast_.produces(role)) {
      for (auto [item, end] = cast_.put_by(role); item < end; ++item) {
        payload_[static_cast<std::size_t>(item)].set(item + 1);
        queue_.put(item);
      }
    } else {
      for (auto [nth, end] = cast_.got_by(role); nth < end; ++nth) {
        const int item = queue_.get();
        sync::check(payload_.at(static_cast<std::size_t>(item)).get() == item + 1,
                    "what came before put() is not visible after get()");
      }
    }
  }

 private:
  cast cast_;
  std::vector<sync::var<int>> payload_;
  Q queue_;
};

/// With room for one item, each put() but the first waits for the get() before it, and sees what preceded that.
template <class Q>
class one_slot_handoff {
 public:
  explicit one_slot_handoff(harness::shape size) : items_(size.operations + 1), asked_(items_), queue_(1) {}
  static std::string_view role(unsigned which) { return which == 0 ? "producer" : "consumer"; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < items_; ++i) {
      if (role == 0) {
        queue_.put(static_cast<int>(i));
        sync::check(i == 0 || asked_[i - 1].get(), "put() found room before the item in its place was got");
      } else {
        asked_[i].set(true);
        sync::check(queue_.get() == static_cast<int>(i), "an item was lost, overtaken or got twice");
      }
    }
  }

 private:
  unsigned items_;
  std::vector<sync::var<bool>> asked_;
  Q queue_;
};

/// All consumers sleep when the items come, as many at once as there are consumers.
template <class Q>
class sleeping_consumers {
 public:
  explicit sleeping_consumers(harness::shape size) : size_(size), queue_(size.threads) {}
  static std::string_view role(unsigned which) { return which == 0 ? "producer" : "consumer"; }

  void thread(unsigned role) {
    for (unsigned round = 0; round < size_.operations; ++round) {
      if (role != 0) {
        queue_.get();
        continue;
      }
      for (unsigned consumer = 1; consumer < size_.threads; ++consumer) harness::until_blocked(consumer);
      for (unsigned consumer = 1; consumer < size_.threads; ++consumer) queue_.put(0);
    }
  }
  void after() { sync::check(!queue_.try_get(), "an item came out twice"); }

 private:
  harness::shape size_;
  Q queue_;
};

/// All producers sleep when the queue is emptied.
template <class Q>
class sleeping_producers {
 public:
  explicit sleeping_producers(harness::shape size) : size_(size), queue_(size.threads - 1) {}
  static std::string_view role(unsigned which) { return which == 0 ? "consumer" : "producer"; }

  void before() {
    for (unsigned producer = 1; producer < size_.threads; ++producer) queue_.put(0);
  }
  void thread(unsigned role) {
    for (unsigned round = 0; round < size_.operations; ++round) {
      if (role != 0) {
        queue_.put(0);
        continue;
      }
      for (unsigned producer = 1; producer < size_.threads; ++producer) harness::until_blocked(producer);
      for (unsigned producer = 1; producer < size_.threads; ++producer) queue_.get();
    }
  }
  void after() { sync::check(!queue_.try_put(0), "an item was lost"); }

 private:
  harness::shape size_;
  Q queue_;
};

/// What the timed scenarios wait for at most. Native threads get about as far in that time as a hand-over takes.
inline constexpr std::chrono::microseconds moment{20};

/// Consumers that give up, or put back what they got, beside one that doesn't: neither an item nor a wake may go with
/// them.
template <class Q>
class impatient_consumers {
 public:
  explicit impatient_consumers(harness::shape size) : operations_(size.operations), ledger_(size.threads), queue_(1) {}
  static std::string_view role(unsigned which) {
    return which == 0 ? "producer" : which == 1 ? "consumer" : "impatient consumer";
  }

  void thread(unsigned role) {
    for (unsigned i = 0; i < operations_; ++i) {
      if (role == 0) {
        ledger_.in(role, static_cast<int>(i));
        queue_.put(static_cast<int>(i));
      } else if (role == 1) {
        ledger_.out(role, queue_.get());
      } else if (const auto item = queue_.get_for(moment)) {
        queue_.put(*item);
      }
    }
  }
  void after() {
    ledger_.expect_balance();
    sync::check(!queue_.try_get(), "an item came out twice");
  }

 private:
  unsigned operations_;
  harness::ledger ledger_;
  Q queue_;
};

/// Producers that give up, or take an item out for the one that they put in, beside one that doesn't.
template <class Q>
class impatient_producers {
 public:
  explicit impatient_producers(harness::shape size) : operations_(size.operations), ledger_(size.threads), queue_(1) {}
  static std::string_view role(unsigned which) {
    return which == 0 ? "consumer" : which == 1 ? "producer" : "impatient producer";
  }

  void before() { put(0, -1); }
  void thread(unsigned role) {
    for (unsigned i = 0; i < operations_; ++i) {
      const int item = static_cast<int>(role * operations_ + i);
      if (role == 0) {
        ledger_.out(role, queue_.get());
      } else if (role == 1) {
        put(role, item);
      } else if (queue_.put_for(item, moment)) {
        ledger_.in(role, item);
        ledger_.out(role, queue_.get());
      }
    }
  }
  void after() {
    const auto left = queue_.try_get();
    sync::check(left.has_value(), "an item was lost");
    ledger_.out(0, *left);
    ledger_.expect_balance();
  }

 private:
  void put(unsigned role, int item) {
    ledger_.in(role, item);
    queue_.put(item);
  }

  unsigned operations_;
  harness::ledger ledger_;
  Q queue_;
};

template <template <class...> class Queue>
void describe(harness::contract& made) {
  using Q = Queue<int>;
  constexpr bool is_made_with_capacity = std::constructible_from<Q, std::size_t>;
  constexpr bool has_put = requires(Q& queue, int item) {
    { queue.put(item) } -> std::same_as<void>;
  };
  constexpr bool has_get = requires(Q& queue) {
    { queue.get() } -> std::same_as<int>;
  };
  constexpr bool has_try_put = requires(Q& queue, int item) {
    { queue.try_put(item) } -> std::same_as<bool>;
  };
  constexpr bool has_try_get = requires(Q& queue) {
    { queue.try_get() } -> std::same_as<std::optional<int>>;
  };
  static_assert(is_made_with_capacity, "gauntlet: a blocking_queue needs a public constructor from std::size_t");
  static_assert(!std::copy_constructible<Q>,
                "gauntlet: a blocking_queue must not be copyable; delete its copy constructor");
  static_assert(has_put, "gauntlet: kind blocking_queue needs `void put(T)`");
  static_assert(has_get, "gauntlet: kind blocking_queue needs `T get()`");
  static_assert(has_try_put, "gauntlet: kind blocking_queue needs `bool try_put(T)`");
  static_assert(has_try_get, "gauntlet: kind blocking_queue needs `std::optional<T> try_get()`");

  if constexpr (is_made_with_capacity && has_put && has_get && has_try_put && has_try_get) {
    made.add<items_conserved_in_order<Q>>(
        "items_conserved_in_order", "Each item that is put is got once, and in the order in which its producer put it.",
        {.model = {{2, 1}, {2, 3}, {3, 1}, {3, 2}}, .native = {4, 20}});
    made.add<publication<Q>>("publication", "What a thread did before put() is visible to whoever gets the item.",
                             {.model = {{2, 1}, {2, 3}, {3, 1}}, .native = {4, 20}});
    made.add<one_slot_handoff<Q>>("one_slot_handoff",
                                  "put() waits for the get() that makes room, and sees what came before it.",
                                  {.model = {{2, 1}, {2, 2}}, .native = {2, 40}});
    made.add<sleeping_consumers<Q>>("sleeping_consumers", "As many consumers wake up as items come.",
                                    {.model = {{2, 1}, {3, 1}, {3, 2}}, .native = {4, 2}});
    made.add<sleeping_producers<Q>>("sleeping_producers", "As many producers wake up as places become free.",
                                    {.model = {{2, 1}, {3, 1}, {3, 2}}, .native = {4, 2}});
    harness::add_collision<Q, queue_specification<Q>, &put_meets_gets<Q>>(
        made, "put_meets_gets", "A full queue refuses an item, and one from which an item was got takes it.");
    harness::add_collision<Q, queue_specification<Q>, &puts_meet_gets<Q>>(
        made, "puts_meet_gets", "Items go through a queue that is full or empty in between, in their order.");
    made.add<harness::linearizability<Q, queue_specification<Q>>>(
        "linearizability", "Each call takes effect at one point between call and return, and none waits in vain.",
        {.model = {{2, 2}, {3, 2}}, .native = {3, 4}});
    describe_lifecycle<Q>(made);
    if constexpr (timed_queue<Q>) {
      made.add<impatient_consumers<Q>>("impatient_consumers",
                                       "A get that gives up takes neither an item nor another's wake-up with it.",
                                       {.model = {{3, 1}, {3, 2}}, .native = {4, 20}});
      made.add<impatient_producers<Q>>("impatient_producers",
                                       "A put that gives up leaves no item, and takes nobody's wake-up with it.",
                                       {.model = {{3, 1}, {3, 2}}, .native = {4, 20}});
    }
  }
}

}  // namespace gauntlet::contracts
