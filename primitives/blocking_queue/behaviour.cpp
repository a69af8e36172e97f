/// A blocking queue's API on real threads. A test's name begins with the behaviours that it covers (Q queue, STD from
/// the standard libraries' suites).
///
/// Of Q1, the orders other than first in, first out are other kinds'.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "harness/behaviour.hpp"
#include "primitives/blocking_queue/contract.hpp"
#include GAUNTLET_HEADER

namespace {

using namespace std::chrono_literals;
using gauntlet::harness::about;
using gauntlet::harness::crew;
using gauntlet::harness::duration_of;
using gauntlet::harness::only_if;

template <class T>
using queue = GAUNTLET_TYPE<T>;
using timed = only_if<gauntlet::contracts::timed_queue<queue<int>>, queue<int>>;
using ending = only_if<gauntlet::contracts::ending_queue<queue<int>>, queue<int>>;
using tasked = only_if<gauntlet::contracts::task_queue<queue<int>>, queue<int>>;
using ending_and_timed =
    only_if<gauntlet::contracts::ending_queue<queue<int>> && gauntlet::contracts::timed_queue<queue<int>>, queue<int>>;
using ending_and_tasked =
    only_if<gauntlet::contracts::ending_queue<queue<int>> && gauntlet::contracts::task_queue<queue<int>>, queue<int>>;
template <class Q>
concept sized_queue = requires(const Q& q) {
  q.size();
  q.capacity();
};
using sized = only_if<sized_queue<queue<int>>, queue<int>>;
/// A queue of other items, that depends on Q: what Q cannot do is not compiled.
template <class Q, class Item>
using like = queue<std::conditional_t<std::is_void_v<Q>, void, Item>>;

/// "At once": far below the durations that the calls in question were given, far above what a loaded machine needs.
constexpr auto at_once = 2s;
constexpr auto long_enough = 60s;

/// Fills `to` with 0, 1, 2 … @return how many it took
template <class Q>
int fill(Q& to) {
  int count = 0;
  while (to.try_put(count)) ++count;
  return count;
}

/// Takes all that is there.
template <class Q>
std::vector<int> drain(Q& from) {
  std::vector<int> items;
  while (const auto item = from.try_get()) items.push_back(*item);
  return items;
}

BOOST_AUTO_TEST_CASE(capacity_of_0_is_refused) {
  BOOST_CHECK_THROW(queue<int>{0}, std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(capacity_beyond_memory_is_refused) {
  BOOST_CHECK_THROW(queue<int>{std::numeric_limits<std::size_t>::max()}, std::bad_alloc);
}

BOOST_AUTO_TEST_CASE(neither_copied_nor_moved) {
  BOOST_TEST(!std::is_copy_constructible_v<queue<int>>);
  BOOST_TEST(!std::is_copy_assignable_v<queue<int>>);
  BOOST_TEST(!std::is_move_constructible_v<queue<int>>);
}

BOOST_AUTO_TEST_CASE(Q1_first_in_first_out) {
  queue<int> tested(3);
  int put = 0;
  int got = 0;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 1 + round % 3; ++i) tested.put(put++);
    for (int i = 0; i < 1 + round % 3; ++i) BOOST_TEST(tested.get() == got++);
  }
  BOOST_TEST(!tested.try_get());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q1_size_and_capacity, Q, sized) {
  Q tested(2);
  BOOST_TEST(tested.capacity() == 2U);
  BOOST_TEST(tested.size() == 0U);
  tested.put(1);
  BOOST_TEST(tested.size() == 1U);
  tested.put(2);
  BOOST_TEST(tested.size() == 2U);
  BOOST_TEST(!tested.try_put(3));
  BOOST_TEST(tested.size() == 2U);
  tested.get();
  BOOST_TEST(tested.size() == 1U);
  BOOST_TEST(tested.capacity() == 2U);
}

BOOST_AUTO_TEST_CASE(Q2_try_put_fails_when_full) {
  queue<int> tested(2);
  BOOST_TEST(tested.try_put(1));
  BOOST_TEST(tested.try_put(2));
  BOOST_TEST(!tested.try_put(3));
  BOOST_TEST(tested.get() == 1);
  BOOST_TEST(tested.try_put(4));
  BOOST_TEST(drain(tested) == std::vector({2, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(Q2_try_get_fails_when_empty) {
  queue<int> tested(1);
  BOOST_TEST(!tested.try_get());
  tested.put(1);
  BOOST_TEST((tested.try_get() == 1));
  BOOST_TEST(!tested.try_get());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q2_put_for_and_put_until_give_up, Q, timed) {
  Q tested(1);
  tested.put(1);
  BOOST_TEST(about(duration_of([&] { BOOST_TEST(!tested.put_for(2, 100ms)); }), 100ms));
  BOOST_TEST(
      about(duration_of([&] { BOOST_TEST(!tested.put_until(2, std::chrono::steady_clock::now() + 100ms)); }), 100ms));
  BOOST_TEST(drain(tested) == std::vector({1}), boost::test_tools::per_element());
  BOOST_TEST(tested.put_for(3, 100ms));
  BOOST_TEST(tested.get() == 3);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q2_get_for_and_get_until_give_up, Q, timed) {
  Q tested(1);
  BOOST_TEST(about(duration_of([&] { BOOST_TEST(!tested.get_for(100ms)); }), 100ms));
  BOOST_TEST(
      about(duration_of([&] { BOOST_TEST(!tested.get_until(std::chrono::system_clock::now() + 100ms)); }), 100ms));
  tested.put(1);
  BOOST_TEST((tested.get_for(100ms) == 1));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q2_timed_calls_are_served_at_once, Q, timed) {
  Q tested(1);
  BOOST_TEST((duration_of([&] {
                BOOST_TEST(tested.put_for(1, long_enough));
                BOOST_TEST((tested.get_for(long_enough) == 1));
                BOOST_TEST(tested.put_until(2, std::chrono::steady_clock::now() + long_enough));
                BOOST_TEST((tested.get_until(std::chrono::steady_clock::now() + long_enough) == 2));
              }) < at_once));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q2_a_call_that_gave_up_leaves_nothing_behind, Q, timed) {
  Q tested(1);
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(!tested.get_for(1ms));
    tested.put(i);
    BOOST_TEST(!tested.put_for(-1, 1ms));
    BOOST_TEST(tested.get() == i);
  }
}

BOOST_AUTO_TEST_CASE(Q3_get_blocks_until_put) {
  queue<int> tested(2);
  for (int round = 0; round < 2; ++round) {
    int got = 0;
    crew consumer(1, [&](unsigned) { got = tested.get(); });
    consumer.until_blocked(0);
    tested.put(round + 1);
    consumer.wait();
    BOOST_TEST(got == round + 1);
  }
}

BOOST_AUTO_TEST_CASE(Q3_put_blocks_until_get) {
  queue<int> tested(2);
  BOOST_TEST(fill(tested) == 2);
  for (int round = 0; round < 2; ++round) {
    crew producer(1, [&](unsigned) { tested.put(2 + round); });
    producer.until_blocked(0);
    BOOST_TEST(tested.get() == round);
    producer.wait();
  }
  BOOST_TEST(drain(tested) == std::vector({2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q3_timed_calls_are_woken, Q, timed) {
  Q tested(1);
  BOOST_TEST((duration_of([&] {
                crew consumer(1, [&](unsigned) {
                  if (tested.get_for(long_enough) != 1) throw std::runtime_error("get_for() missed the item");
                });
                consumer.until_blocked(0);
                tested.put(1);
                consumer.wait();
                tested.put(2);
                crew producer(1, [&](unsigned) {
                  if (!tested.put_for(3, long_enough)) throw std::runtime_error("put_for() missed the place");
                });
                producer.until_blocked(0);
                BOOST_TEST(tested.get() == 2);
                producer.wait();
              }) < at_once));
  BOOST_TEST(tested.get() == 3);
}

BOOST_AUTO_TEST_CASE(Q3_each_of_many_waits_is_ended) {
  constexpr unsigned members = 5;
  queue<int> tested(members);
  std::atomic<int> sum{0};
  crew consumers(members, [&](unsigned) { sum += tested.get(); });
  consumers.until_all_blocked();
  for (int i = 1; i <= static_cast<int>(members); ++i) tested.put(i);
  consumers.wait();
  BOOST_TEST(sum == 15);
  BOOST_TEST(fill(tested) == static_cast<int>(members));
  crew producers(members, [&](unsigned) { tested.put(0); });
  producers.until_all_blocked();
  for (unsigned i = 0; i < members; ++i) tested.get();
  producers.wait();
  BOOST_TEST(drain(tested).size() == members);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q4_a_task_is_done_once, Q, tasked) {
  Q tested(2);
  BOOST_CHECK_THROW(tested.task_done(), std::logic_error);
  tested.put(1);
  tested.get();
  tested.task_done();
  BOOST_CHECK_THROW(tested.task_done(), std::logic_error);
  tested.join();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q4_join_waits_for_all_tasks_twice, Q, tasked) {
  Q tested(3);
  tested.join();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 3; ++i) tested.put(i);
    crew joiners(2, [&](unsigned) { tested.join(); });
    joiners.until_all_blocked();
    while (tested.try_get()) {
      // Not the last item's get ends it, but its task_done().
      joiners.until_all_blocked();
      tested.task_done();
    }
    joiners.wait();
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q4_items_that_were_not_put_are_no_tasks, Q, tasked) {
  Q tested(1);
  BOOST_TEST(tested.try_put(1));
  BOOST_TEST(!tested.try_put(2));
  tested.get();
  tested.task_done();
  tested.join();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q6_after_a_shutdown_what_is_left_may_be_got, Q, ending) {
  Q tested(2);
  BOOST_TEST(!tested.is_shutdown());
  tested.put(1);
  tested.put(2);
  tested.shutdown();
  tested.shutdown();
  BOOST_TEST(tested.is_shutdown());
  BOOST_CHECK_THROW(tested.put(3), gauntlet::queue_shut_down);
  BOOST_TEST(tested.get() == 1);
  BOOST_CHECK_THROW(tested.put(3), gauntlet::queue_shut_down);
  BOOST_CHECK_THROW((void)tested.try_put(3), gauntlet::queue_shut_down);
  BOOST_TEST((tested.try_get() == 2));
  BOOST_CHECK_THROW((void)tested.try_get(), gauntlet::queue_shut_down);
  BOOST_CHECK_THROW(tested.get(), gauntlet::queue_shut_down);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q6_timed_calls_are_told_at_once, Q, ending_and_timed) {
  Q tested(1);
  Q full(1);
  full.put(1);
  BOOST_TEST((duration_of([&] {
                crew waiters(2, [&](unsigned member) {
                  try {
                    if (member == 0)
                      (void)tested.get_for(long_enough);
                    else
                      (void)full.put_for(2, long_enough);
                  } catch (const gauntlet::queue_shut_down&) {
                    return;
                  }
                  throw std::runtime_error("a wait outlived a shutdown");
                });
                waiters.until_all_blocked();
                tested.shutdown();
                full.shutdown();
                waiters.wait();
                BOOST_CHECK_THROW((void)tested.get_for(long_enough), gauntlet::queue_shut_down);
                BOOST_CHECK_THROW((void)tested.put_for(1, long_enough), gauntlet::queue_shut_down);
              }) < at_once));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q6_shutdown_now_drops_what_is_left, Q, ending) {
  Q tested(2);
  tested.put(1);
  tested.put(2);
  tested.shutdown_now();
  BOOST_TEST(tested.is_shutdown());
  BOOST_CHECK_THROW((void)tested.try_get(), gauntlet::queue_shut_down);
  BOOST_CHECK_THROW((void)tested.try_put(3), gauntlet::queue_shut_down);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q6_a_shutdown_may_be_followed_by_shutdown_now, Q, ending) {
  Q tested(2);
  tested.put(1);
  tested.put(2);
  tested.shutdown();
  BOOST_TEST(tested.get() == 1);
  tested.shutdown_now();
  BOOST_CHECK_THROW(tested.get(), gauntlet::queue_shut_down);
}

/// @return how many of `members` that wait in `call` are told when `end` ends the queue
unsigned told_of(unsigned members, const std::function<void()>& call, const std::function<void()>& end) {
  std::atomic<unsigned> told{0};
  crew waiters(members, [&](unsigned) {
    try {
      call();
    } catch (const gauntlet::queue_shut_down&) {
      ++told;
    }
  });
  waiters.until_all_blocked();
  end();
  waiters.wait();
  return told;
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q6_all_who_wait_are_woken_by_either_shutdown, Q, ending) {
  for (const bool at_once_too : {false, true}) {
    Q empty(1);
    Q full(1);
    full.put(1);
    const auto end = [&](Q& tested) { at_once_too ? tested.shutdown_now() : tested.shutdown(); };
    BOOST_TEST(told_of(3, [&] { empty.get(); }, [&] { end(empty); }) == 3U);
    BOOST_TEST(told_of(3, [&] { full.put(2); }, [&] { end(full); }) == 3U);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q6_join_ends_when_what_is_left_was_dropped, Q, ending_and_tasked) {
  Q tested(3);
  for (int i = 0; i < 3; ++i) tested.put(i);
  tested.get();
  crew joiners(2, [&](unsigned) { tested.join(); });
  joiners.until_all_blocked();
  tested.shutdown();
  joiners.until_all_blocked();
  tested.shutdown_now();
  // One was got before, and isn't done.
  joiners.until_all_blocked();
  tested.task_done();
  joiners.wait();
  BOOST_CHECK_THROW(tested.task_done(), std::logic_error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q6_join_ends_with_shutdown_now_if_nothing_is_being_done, Q, ending_and_tasked) {
  Q tested(2);
  tested.put(1);
  tested.put(2);
  crew joiner(1, [&](unsigned) { tested.join(); });
  joiner.until_blocked(0);
  tested.shutdown_now();
  joiner.wait();
  BOOST_CHECK_THROW(tested.task_done(), std::logic_error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q6_tasks_done_ahead_of_their_items_do_not_count_twice, Q, ending_and_tasked) {
  Q tested(2);
  tested.put(1);
  tested.put(2);
  tested.task_done();
  tested.shutdown_now();
  BOOST_CHECK_THROW(tested.task_done(), std::logic_error);
  tested.join();
}

/// 4 writers, 6 readers and 2 joiners, as in CPython's test_shutdown_all_methods_in_many_threads. Half way the queue is
/// shut down.
template <class Q>
void expect_an_orderly_end(bool now) {
  constexpr unsigned writers = 4;
  constexpr unsigned readers = 6;
  constexpr unsigned joiners = 2;
  constexpr int messages = 64 * 1024;
  constexpr int each = messages / writers;
  Q tested(messages / 100);
  std::vector<std::vector<int>> got(readers);
  std::atomic<int> put{0};
  std::atomic<int> over{0};
  crew everybody(writers + readers + joiners, [&](unsigned member) {
    try {
      if (member < writers) {
        for (int i = 0; i < each; ++i) {
          tested.put(static_cast<int>(member) * each + i);
          if (++put == messages / 2) now ? tested.shutdown_now() : tested.shutdown();
        }
      } else if (member < writers + readers) {
        for (;;) {
          got[member - writers].push_back(tested.get());
          tested.task_done();
        }
      } else {
        while (!tested.is_shutdown()) tested.join();
        tested.join();
      }
    } catch (const gauntlet::queue_shut_down&) {
      ++over;
    }
  });
  everybody.wait();
  std::vector<int> items;
  for (const auto& one : got) items.insert(items.end(), one.begin(), one.end());
  std::ranges::sort(items);
  BOOST_TEST((std::ranges::adjacent_find(items) == items.end()));
  if (now)
    BOOST_TEST(static_cast<int>(items.size()) <= put);
  else
    BOOST_TEST(static_cast<int>(items.size()) == put);
  BOOST_TEST(put >= messages / 2);
  BOOST_TEST(over >= static_cast<int>(readers));
  BOOST_CHECK_THROW((void)tested.try_get(), gauntlet::queue_shut_down);
  BOOST_CHECK_THROW(tested.task_done(), std::logic_error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q6_many_threads_come_to_an_end, Q, ending_and_tasked) {
  expect_an_orderly_end<Q>(false);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q6_many_threads_come_to_an_end_at_once, Q, ending_and_tasked) {
  expect_an_orderly_end<Q>(true);
}

/// An item whose copies, and so its moves, throw while the thread wants it.
struct fragile {
  explicit fragile(int number) : value(number) {}
  fragile(const fragile& other) : value(other.value) {
    if (breaks) throw std::domain_error("a copy or a move failed");
  }
  fragile& operator=(const fragile&) = default;

  int value;
  static inline thread_local bool breaks = false;
};

template <class Function>
void while_breaking(Function function) {
  fragile::breaks = true;
  BOOST_CHECK_THROW(function(), std::domain_error);
  fragile::breaks = false;
}

BOOST_AUTO_TEST_CASE(Q7_a_put_that_throws_puts_nothing) {
  queue<fragile> tested(2);
  const fragile item(1);
  tested.put(item);
  while_breaking([&] { tested.put(item); });
  while_breaking([&] { (void)tested.try_put(item); });
  tested.put(fragile(2));
  BOOST_TEST(!tested.try_put(fragile(3)));
  BOOST_TEST(tested.get().value == 1);
  BOOST_TEST(tested.get().value == 2);
  BOOST_TEST(!tested.try_get());
}

BOOST_AUTO_TEST_CASE(Q7_a_get_that_throws_loses_its_item_at_most) {
  queue<fragile> tested(2);
  for (int round = 0; round < 3; ++round) {
    tested.put(fragile(1));
    tested.put(fragile(2));
    while_breaking([&] { tested.get(); });
    std::vector<int> left;
    while (const auto item = tested.try_get()) left.push_back(item->value);
    BOOST_TEST((left == std::vector({1, 2}) || left == std::vector({2})));
  }
}

/// What a call of `function` throws while copies and moves fail is what it is here for.
template <class Function>
void expect_to_throw(Function function) {
  fragile::breaks = true;
  try {
    function();
  } catch (const std::domain_error&) {
    return;
  }
  throw std::runtime_error("an item got through that can be neither copied nor moved");
}

BOOST_AUTO_TEST_CASE(Q7_a_put_that_throws_hands_its_wake_on) {
  queue<fragile> tested(1);
  tested.put(fragile(1));
  const fragile broken(2);
  crew clumsy(1, [&](unsigned) { expect_to_throw([&] { tested.put(broken); }); });
  clumsy.until_blocked(0);
  crew deft(1, [&](unsigned) { tested.put(fragile(3)); });
  deft.until_blocked(0);
  BOOST_TEST(tested.get().value == 1);
  deft.wait();
  BOOST_TEST(tested.get().value == 3);
  clumsy.wait();
  BOOST_TEST(!tested.try_get());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q7_a_get_that_throws_hands_its_wake_on, Q, sized) {
  like<Q, fragile> tested(2);
  crew clumsy(1, [&](unsigned) { expect_to_throw([&] { tested.get(); }); });
  clumsy.until_blocked(0);
  int got = 0;
  crew deft(1, [&](unsigned) { got = tested.get().value; });
  deft.until_blocked(0);
  tested.put(fragile(1));
  while (!clumsy.finished(0) && !deft.finished(0)) std::this_thread::yield();
  // Either deft was faster, or the item was lost with the exception, or it is deft's without another wake.
  if (deft.finished(0) || tested.size() == 0) tested.put(fragile(1));
  clumsy.wait();
  deft.wait();
  BOOST_TEST(got == 1);
}

BOOST_AUTO_TEST_CASE(Q8_one_producer_and_one_consumer_keep_the_order) {
  constexpr int items = 10'000;
  queue<int> tested(4);
  crew producer(1, [&](unsigned) {
    for (int i = 0; i < items; ++i) tested.put(i);
  });
  int in_order = 0;
  for (int i = 0; i < items; ++i) in_order += tested.get() == i;
  producer.wait();
  BOOST_TEST(in_order == items);
}

/// Ten producers and ten consumers move 10 × 100 items through `tested`; each must come out once.
template <class Q>
void expect_conserved(Q& tested, std::function<void(int)> put, std::function<int()> get) {
  constexpr int members = 10;
  constexpr int each = 100;
  std::vector<std::atomic<int>> seen(members * each);
  {
    crew everybody(2 * members, [&](unsigned member) {
      const int first = static_cast<int>(member) * each;
      for (int i = 0; i < each; ++i)
        if (member < members)
          put(first + i);
        else
          ++seen.at(static_cast<std::size_t>(get()));
    });
    everybody.wait();
  }
  int once = 0;
  for (const auto& times : seen) once += times == 1;
  BOOST_TEST(once == members * each);
  BOOST_TEST(!tested.try_get());
}

BOOST_AUTO_TEST_CASE(Q8_many_threads_conserve_items) {
  queue<int> tested(7);
  expect_conserved(tested, [&](int item) { tested.put(item); }, [&] { return tested.get(); });
}

BOOST_AUTO_TEST_CASE(Q8_many_threads_conserve_items_by_tries) {
  queue<int> tested(7);
  expect_conserved(
      tested,
      [&](int item) {
        while (!tested.try_put(item)) std::this_thread::yield();
      },
      [&] {
        for (;; std::this_thread::yield())
          if (const auto item = tested.try_get()) return *item;
      });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(Q8_many_threads_conserve_items_with_time_outs, Q, timed) {
  Q tested(7);
  expect_conserved(
      tested,
      [&](int item) {
        while (!tested.put_for(item, 10us)) continue;
      },
      [&] {
        for (;;)
          if (const auto item = tested.get_for(10us)) return *item;
      });
}

BOOST_AUTO_TEST_CASE(Q8_an_item_is_let_go_when_it_is_got) {
  queue<std::shared_ptr<int>> tested(2);
  auto item = std::make_shared<int>(1);
  const std::weak_ptr watched = item;
  tested.put(std::move(item));
  BOOST_TEST(!watched.expired());
  tested.get();
  BOOST_TEST(watched.expired());
}

BOOST_AUTO_TEST_CASE(Q8_items_that_are_left_go_with_the_queue) {
  auto item = std::make_shared<int>(1);
  const std::weak_ptr watched = item;
  {
    queue<std::shared_ptr<int>> tested(2);
    tested.put(std::move(item));
  }
  BOOST_TEST(watched.expired());
}

/// Can only be moved, and has no default.
struct unique {
  explicit unique(int number) : value(std::make_unique<int>(number)) {}
  std::unique_ptr<int> value;
};

BOOST_AUTO_TEST_CASE(items_that_can_only_be_moved) {
  queue<unique> tested(2);
  tested.put(unique(1));
  BOOST_TEST(tested.try_put(unique(2)));
  BOOST_TEST(*tested.get().value == 1);
  BOOST_TEST(*tested.try_get()->value == 2);
}

BOOST_AUTO_TEST_CASE(an_item_that_is_not_put_is_left_as_it_was) {
  queue<unique> tested(1);
  unique item(2);
  const auto offer = [&] { return tested.try_put(std::move(item)); };
  tested.put(unique(1));
  BOOST_TEST(!offer());
  BOOST_TEST(!offer());
  tested.get();
  BOOST_REQUIRE(item.value);
  BOOST_TEST(offer());
  BOOST_TEST(*tested.get().value == 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_item_that_is_not_put_in_time_is_left_as_it_was, Q, timed) {
  like<Q, unique> tested(1);
  unique item(2);
  tested.put(unique(1));
  BOOST_TEST(![&] { return tested.put_for(std::move(item), 1ms); }());
  tested.get();
  BOOST_REQUIRE(item.value);
  tested.put(std::move(item));
  BOOST_TEST(*tested.get().value == 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(STD5_a_time_that_has_passed_is_one_try, Q, timed) {
  using std::chrono::steady_clock;
  using std::chrono::system_clock;
  const auto taken = duration_of([] {
    const auto expect_one_try = [](auto get, auto put) {
      Q tested(1);
      BOOST_TEST(!get(tested));
      BOOST_TEST(put(tested));
      BOOST_TEST(!put(tested));
      BOOST_TEST(get(tested).has_value());
    };
    const auto expect_for = [&](auto duration) {
      expect_one_try([=](Q& q) { return q.get_for(duration); }, [=](Q& q) { return q.put_for(0, duration); });
    };
    const auto expect_until = [&](auto when) {
      expect_one_try([=](Q& q) { return q.get_until(when); }, [=](Q& q) { return q.put_until(0, when); });
    };
    expect_for(0ms);
    expect_for(-1ns);
    expect_for(std::chrono::hours::min());
    expect_for(std::chrono::duration<double>(-std::numeric_limits<double>::infinity()));
    expect_until(steady_clock::now() - 1ns);
    expect_until(steady_clock::time_point{});
    expect_until(steady_clock::time_point::min());
    expect_until(system_clock::time_point{});
    expect_until(system_clock::time_point(-1500ms));
    expect_until(system_clock::time_point::min());
  });
  BOOST_TEST((taken < at_once));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(STD5_a_time_too_far_to_come_is_no_limit, Q, timed) {
  const auto expect_no_limit = [](auto get) {
    Q tested(1);
    std::optional<int> got;
    crew consumer(1, [&](unsigned) { got = get(tested); });
    consumer.until_blocked(0);
    tested.put(1);
    consumer.wait();
    BOOST_TEST((got == 1));
  };
  expect_no_limit([](Q& q) { return q.get_for(std::chrono::nanoseconds::max()); });
  expect_no_limit([](Q& q) { return q.get_for(std::chrono::hours::max()); });
  expect_no_limit(
      [](Q& q) { return q.get_for(std::chrono::duration<double>(std::numeric_limits<double>::infinity())); });
  expect_no_limit([](Q& q) { return q.get_until(std::chrono::steady_clock::time_point::max()); });
  expect_no_limit([](Q& q) { return q.get_until(std::chrono::system_clock::time_point::max()); });
}

/// A clock of the user's own: an hour ahead of the steady one, in milliseconds.
struct user_clock {
  using duration = std::chrono::milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<user_clock>;
  [[maybe_unused]] static constexpr bool is_steady = true;
  static time_point now() {
    return time_point(std::chrono::ceil<duration>(std::chrono::steady_clock::now().time_since_epoch()) + 1h);
  }
};

BOOST_AUTO_TEST_CASE_TEMPLATE(STD5_any_clock_will_do, Q, timed) {
  Q tested(1);
  BOOST_TEST(about(duration_of([&] { BOOST_TEST(!tested.get_until(user_clock::now() + 100ms)); }), 100ms));
  tested.put(1);
  BOOST_TEST(!tested.put_until(2, user_clock::now() - 1ms));
}

}  // namespace
