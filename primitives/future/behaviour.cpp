/// A future's API on real threads. A test's name begins with the ids of the behaviours that it covers.

#include <unistd.h>

#include <array>
#include <chrono>
#include <concepts>
#include <cstdio>
#include <exception>
#include <forward_list>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/behaviour.hpp"
#include "primitives/future/as_completed.hpp"
#include "primitives/future/wait.hpp"
#include GAUNTLET_HEADER

namespace {

using namespace std::chrono_literals;
using gauntlet::cancelled_error;
using gauntlet::future_phase;
using gauntlet::return_when;
using gauntlet::timeout_error;
using gauntlet::harness::about;
using gauntlet::harness::crew;
using gauntlet::harness::duration_of;

template <class T>
using future = GAUNTLET_TYPE<T>;
template <class T>
using promise = typename future<T>::promise_type;

const auto failure = std::make_exception_ptr(std::domain_error("the failure"));

// Futures in each of the states that there are.
future<int> returned(int value) {
  promise<int> from;
  from.set_result(value);
  return from.get_future();
}
future<int> raised() {
  promise<int> from;
  from.set_exception(failure);
  return from.get_future();
}
future<int> cancelled(promise<int>& from) {
  from.get_future().cancel();
  return from.get_future();
}
future<int> begun(promise<int>& from) {
  from.set_running();
  return from.get_future();
}

/// What is printed to stderr meanwhile.
template <std::invocable Function>
std::string printed_by(Function&& function) {
  std::fflush(stderr);
  const int before = dup(STDERR_FILENO);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> kept(std::tmpfile(), &std::fclose);
  dup2(fileno(kept.get()), STDERR_FILENO);
  std::forward<Function>(function)();
  std::fflush(stderr);
  dup2(before, STDERR_FILENO);
  close(before);
  std::rewind(kept.get());
  std::string text(4096, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), kept.get()));
  return text;
}

BOOST_AUTO_TEST_CASE(F1_callback_is_called_with_the_future_when_it_ends) {
  promise<int> with_result;
  promise<int> with_exception;
  promise<int> given_up;
  for (promise<int>* each : {&with_result, &with_exception, &given_up}) {
    const auto mine = each->get_future();
    int calls = 0;
    bool same = false;
    mine.add_done_callback([&](const future<int>& ended) {
      ++calls;
      same = ended == mine && ended.done();
    });
    BOOST_TEST(calls == 0);
    if (each == &with_result) each->set_result(5);
    if (each == &with_exception) each->set_exception(failure);
    if (each == &given_up) BOOST_TEST(each->get_future().cancel());
    BOOST_TEST(calls == 1);
    BOOST_TEST(same);
    each->get_future().cancel();
    BOOST_TEST(calls == 1);
  }
}

BOOST_AUTO_TEST_CASE(F1_callbacks_are_called_in_the_order_in_which_they_were_added) {
  promise<void> from;
  std::vector<int> order;
  for (int i = 0; i < 5; ++i)
    from.get_future().add_done_callback([&order, i](const future<void>&) { order.push_back(i); });
  from.set_result();
  BOOST_TEST(order == (std::vector{0, 1, 2, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(F1_a_callback_may_hold_what_can_only_be_moved_and_use_the_future) {
  promise<int> from;
  int seen = 0;
  from.get_future().add_done_callback([&seen, more = std::make_unique<int>(2)](const future<int>& ended) {
    ended.add_done_callback([&](const future<int>& again) { seen = again.result() + *more; });
  });
  from.set_result(40);
  BOOST_TEST(seen == 42);
}

BOOST_AUTO_TEST_CASE(F1_callbacks_are_destroyed_once_called) {
  const auto held = std::make_shared<int>(0);
  promise<void> from;
  from.get_future().add_done_callback([held](const future<void>&) {});
  BOOST_TEST(held.use_count() == 2);
  from.set_result();
  BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(F2_callback_added_after_the_end_is_called_at_once) {
  promise<int> from;
  for (const auto& each : {returned(5), raised(), cancelled(from)}) {
    bool called = false;
    each.add_done_callback([&](const future<int>& ended) { called = ended == each; });
    BOOST_TEST(called);
  }
}

BOOST_AUTO_TEST_CASE(F3_callback_that_throws_is_reported_and_stops_no_other) {
  promise<void> from;
  int calls = 0;
  from.get_future().add_done_callback([](const future<void>&) { throw std::domain_error("first"); });
  from.get_future().add_done_callback([&](const future<void>&) { ++calls; });
  from.get_future().add_done_callback([](const future<void>&) { throw 3; });
  from.get_future().add_done_callback([&](const future<void>&) { ++calls; });
  const auto text = printed_by([&] { from.set_result(); });
  BOOST_TEST(calls == 2);
  BOOST_TEST(text ==
             "Exception in a future's callback: first\n"
             "Exception in a future's callback: not a std::exception\n");
}

BOOST_AUTO_TEST_CASE(F3_callback_that_throws_at_once_is_reported_too) {
  const auto done = returned(5);
  const auto text =
      printed_by([&] { done.add_done_callback([](const future<int>&) { throw std::domain_error("late"); }); });
  BOOST_TEST(text == "Exception in a future's callback: late\n");
}

BOOST_AUTO_TEST_CASE(F4_cancel_succeeds_only_before_it_runs) {
  promise<int> pending;
  promise<int> running;
  promise<int> gone;
  BOOST_TEST(pending.get_future().cancel());
  BOOST_TEST(pending.get_future().phase() == future_phase::cancelled);
  BOOST_TEST(!begun(running).cancel());
  BOOST_TEST(running.get_future().phase() == future_phase::running);
  BOOST_TEST(cancelled(gone).cancel());
  BOOST_TEST(gone.get_future().phase() == future_phase::cancelled);
  auto with_result = returned(5);
  auto with_exception = raised();
  BOOST_TEST(!with_result.cancel());
  BOOST_TEST(with_result.phase() == future_phase::finished);
  BOOST_TEST(!with_exception.cancel());
  BOOST_TEST(with_exception.phase() == future_phase::finished);
  BOOST_TEST(with_result.result() == 5);
}

BOOST_AUTO_TEST_CASE(F4_the_runner_is_told_that_it_was_cancelled) {
  promise<int> from;
  from.get_future().cancel();
  BOOST_TEST(!from.set_running());
  BOOST_CHECK_THROW(from.set_result(5), std::future_error);
  promise<int> other;
  BOOST_TEST(other.set_running());
  BOOST_CHECK_THROW(other.set_running(), std::future_error);
}

BOOST_AUTO_TEST_CASE(F5_what_each_state_says) {
  struct row {
    future<int> tested;
    bool cancelled, done, running;
  };
  promise<int> pending;
  promise<int> running;
  promise<int> gone;
  const row table[] = {{pending.get_future(), false, false, false},
                       {begun(running), false, false, true},
                       {cancelled(gone), true, true, false},
                       {returned(5), false, true, false},
                       {raised(), false, true, false}};
  for (const row& each : table) BOOST_TEST_CONTEXT(each.tested.phase()) {
      BOOST_TEST(each.tested.cancelled() == each.cancelled);
      BOOST_TEST(each.tested.done() == each.done);
      BOOST_TEST(each.tested.running() == each.running);
    }
}

BOOST_AUTO_TEST_CASE(F6_states_have_names) {
  promise<int> pending;
  promise<int> running;
  promise<int> gone;
  std::ostringstream all;
  for (const auto& each : {pending.get_future(), begun(running), cancelled(gone), returned(5), raised()})
    all << each.phase() << ' ';
  BOOST_TEST(all.str() == "pending running cancelled finished finished ");
  BOOST_TEST(to_string(future_phase::running) == "running");
}

BOOST_AUTO_TEST_CASE(F7_result_without_waiting) {
  promise<int> pending;
  promise<int> running;
  promise<int> gone;
  BOOST_CHECK_THROW(pending.get_future().result_for(0s), timeout_error);
  BOOST_CHECK_THROW(begun(running).result_for(0s), timeout_error);
  BOOST_CHECK_THROW(cancelled(gone).result_for(0s), cancelled_error);
  BOOST_CHECK_THROW(cancelled(gone).result(), cancelled_error);
  BOOST_CHECK_THROW(raised().result_for(0s), std::domain_error);
  BOOST_CHECK_THROW(raised().result(), std::domain_error);
  BOOST_TEST(returned(42).result_for(0s) == 42);
  BOOST_TEST(returned(42).result() == 42);
}

BOOST_AUTO_TEST_CASE(F8_exception_without_waiting) {
  promise<int> pending;
  promise<int> running;
  promise<int> gone;
  BOOST_CHECK_THROW(pending.get_future().exception_for(0s), timeout_error);
  BOOST_CHECK_THROW(begun(running).exception_for(0s), timeout_error);
  BOOST_CHECK_THROW(cancelled(gone).exception_for(0s), cancelled_error);
  BOOST_CHECK_THROW(cancelled(gone).exception(), cancelled_error);
  BOOST_TEST((raised().exception_for(0s) == failure));
  BOOST_TEST((raised().exception() == failure));
  BOOST_TEST((returned(42).exception_for(0s) == nullptr));
  BOOST_TEST((returned(42).exception() == nullptr));
}

BOOST_AUTO_TEST_CASE(F9_result_blocks_until_it_is_set) {
  promise<int> from;
  std::array<int, 3> got{};
  crew waiting(3, [&](unsigned i) {
    const auto mine = from.get_future();
    got[i] = i == 0   ? mine.result()
             : i == 1 ? mine.result_for(1h)
                      : mine.result_until(std::chrono::system_clock::now() + 1h);
  });
  waiting.until_all_blocked();
  from.set_result(42);
  waiting.wait();
  BOOST_TEST(got == (std::array{42, 42, 42}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(F9_result_blocks_until_it_is_cancelled) {
  promise<int> from;
  crew waiting(2, [&](unsigned i) {
    const auto mine = from.get_future();
    try {
      i == 0 ? mine.result() : mine.result_for(1h);
    } catch (const cancelled_error&) {
      return;
    }
    throw std::logic_error("result() of a cancelled future returned");
  });
  waiting.until_all_blocked();
  BOOST_TEST(from.get_future().cancel());
  waiting.wait();
}

BOOST_AUTO_TEST_CASE(F9_exception_blocks_until_it_is_set) {
  promise<void> from;
  std::array<std::exception_ptr, 2> got;
  crew waiting(2, [&](unsigned i) {
    const auto mine = from.get_future();
    got[i] = i == 0 ? mine.exception() : mine.exception_for(1h);
  });
  waiting.until_all_blocked();
  from.set_exception(failure);
  waiting.wait();
  BOOST_TEST((got[0] == failure));
  BOOST_TEST((got[1] == failure));
}

BOOST_AUTO_TEST_CASE(F10_STD10_a_second_outcome_is_an_error_and_changes_nothing) {
  promise<std::string> from;
  from.set_result("first");
  const auto already = [](const std::future_error& thrown) {
    return thrown.code() == std::future_errc::promise_already_satisfied;
  };
  std::string kept = "second";
  std::string&& offered = std::move(kept);
  BOOST_CHECK_EXCEPTION(from.set_result(static_cast<std::string&&>(offered)), std::future_error, already);
  BOOST_CHECK_EXCEPTION(from.set_exception(failure), std::future_error, already);
  BOOST_TEST(offered == "second");
  BOOST_TEST(from.get_future().result() == "first");
  promise<void> other;
  other.set_exception(failure);
  BOOST_CHECK_EXCEPTION(other.set_result(), std::future_error, already);
  BOOST_TEST((other.get_future().exception() == failure));
}

BOOST_AUTO_TEST_CASE(STD10_a_promise_that_goes_is_broken) {
  future<int> left;
  {
    const promise<int> from;
    left = from.get_future();
  }
  BOOST_CHECK_EXCEPTION(left.result(), std::future_error, [](const std::future_error& thrown) {
    return thrown.code() == std::future_errc::broken_promise;
  });
  promise<int> first;
  left = first.get_future();
  promise<int> second(std::move(first));
  BOOST_TEST(!left.done());
  second = promise<int>();
  BOOST_TEST(left.done());
}

BOOST_AUTO_TEST_CASE(STD10_no_future_at_all_is_an_error) {
  const auto nothing = [](const std::future_error& thrown) { return thrown.code() == std::future_errc::no_state; };
  future<int> none;
  BOOST_TEST(!none.valid());
  BOOST_CHECK_EXCEPTION(none.done(), std::future_error, nothing);
  BOOST_CHECK_EXCEPTION(none.cancel(), std::future_error, nothing);
  BOOST_CHECK_EXCEPTION(none.result(), std::future_error, nothing);
  promise<int> first;
  promise<int>& emptied = first;
  const promise<int> second(std::move(first));
  BOOST_CHECK_EXCEPTION(emptied.get_future(), std::future_error, nothing);
  BOOST_CHECK_EXCEPTION(emptied.set_result(5), std::future_error, nothing);
}

/// Unlike std::promise: futures are shared, so that several may wait.
BOOST_AUTO_TEST_CASE(STD10_a_future_can_be_had_again) {
  promise<int> from;
  BOOST_TEST((from.get_future() == from.get_future()));
  from.set_result(5);
  BOOST_TEST(from.get_future().result() == 5);
}

BOOST_AUTO_TEST_CASE(STD10_what_moving_a_result_throws_is_the_outcome) {
  struct heavy {
    heavy() = default;
    heavy(const heavy&) = default;
    heavy& operator=(const heavy&) = default;
    explicit heavy(int) { throw std::domain_error("too heavy"); }
  };
  promise<heavy> from;
  from.set_result(5);
  BOOST_CHECK_THROW(from.get_future().result(), std::domain_error);
}

BOOST_AUTO_TEST_CASE(results_may_be_movable_only_and_are_moved_out_of_a_temporary) {
  promise<std::unique_ptr<int>> from;
  from.set_result(std::make_unique<int>(42));
  BOOST_TEST(*from.get_future().result() == 42);
  auto kept = from.get_future();
  BOOST_TEST((kept.result() == nullptr));
}

BOOST_AUTO_TEST_CASE(a_future_is_a_key) {
  const auto one = returned(1);
  const auto two = returned(2);
  const std::unordered_map<future<int>, std::string> names{{one, "one"}, {two, "two"}};
  BOOST_TEST(names.at(one) == "one");
  BOOST_TEST(names.at(future<int>(two)) == "two");
}

BOOST_AUTO_TEST_CASE(timed_waits_end_in_time) {
  promise<int> from;
  const auto mine = from.get_future();
  BOOST_TEST(about(duration_of([&] { BOOST_TEST(!mine.wait_for(100ms)); }), 100ms));
  BOOST_TEST(
      about(duration_of([&] { BOOST_TEST(!mine.wait_until(std::chrono::system_clock::now() + 100ms)); }), 100ms));
  BOOST_TEST(about(duration_of([&] { BOOST_CHECK_THROW(mine.result_for(100ms), timeout_error); }), 100ms));
  BOOST_TEST((duration_of([&] { BOOST_TEST(!mine.wait_for(-1h)); }) < 1s));
  BOOST_TEST((duration_of([&] { BOOST_TEST(!mine.wait_for(std::chrono::hours::min())); }) < 1s));
  BOOST_TEST((duration_of([&] { BOOST_TEST(!mine.wait_until(std::chrono::steady_clock::time_point::min())); }) < 1s));
  crew patient(2, [&](unsigned i) {
    i == 0 ? mine.wait_for(std::chrono::hours::max()) : mine.wait_until(std::chrono::steady_clock::time_point::max());
  });
  patient.until_all_blocked();
  from.set_result(5);
  patient.wait();
  BOOST_TEST(mine.wait_for(0s));
}

using several = std::vector<future<int>>;

BOOST_AUTO_TEST_CASE(W1_first_completed) {
  promise<int> slow;
  promise<int> quick;
  several done;
  several not_done;
  crew waiting(1, [&](unsigned) {
    auto ended = wait(several{slow.get_future(), quick.get_future()}, return_when::first_completed);
    done = ended.done;
    not_done = ended.not_done;
  });
  waiting.until_blocked(0);
  quick.set_result(5);
  waiting.wait();
  BOOST_TEST((done == several{quick.get_future()}));
  BOOST_TEST((not_done == several{slow.get_future()}));
}

BOOST_AUTO_TEST_CASE(W1_first_completed_returns_at_once_if_one_is_done) {
  promise<int> pending;
  promise<int> gone;
  for (const auto& done : {returned(5), raised(), cancelled(gone)}) {
    const auto ended = wait(several{pending.get_future(), done}, return_when::first_completed);
    BOOST_TEST((ended.done == several{done}));
    BOOST_TEST((ended.not_done == several{pending.get_future()}));
  }
}

/// Where Python has a cancelled future that counts as not done until a worker has noticed.
BOOST_AUTO_TEST_CASE(W1_being_cancelled_ends_the_wait) {
  promise<int> one;
  promise<int> other;
  crew waiting(1, [&](unsigned) { wait(several{one.get_future(), other.get_future()}, return_when::first_completed); });
  waiting.until_blocked(0);
  other.get_future().cancel();
  waiting.wait();
}

BOOST_AUTO_TEST_CASE(W2_first_exception_waits_past_results_and_cancelled_ones) {
  std::array<promise<int>, 4> from;
  std::size_t done = 0;
  crew waiting(1, [&](unsigned) {
    several all;
    for (auto& each : from) all.push_back(each.get_future());
    done = wait(all, return_when::first_exception).done.size();
  });
  waiting.until_blocked(0);
  from[0].set_result(5);
  from[1].get_future().cancel();
  waiting.until_blocked(0);
  from[2].set_exception(failure);
  waiting.wait();
  BOOST_TEST(done == 3U);
}

BOOST_AUTO_TEST_CASE(W2_first_exception_returns_at_once_if_one_has_failed_or_all_are_done) {
  promise<int> pending;
  promise<int> gone;
  const auto ended = wait(several{pending.get_future(), raised()}, return_when::first_exception);
  BOOST_TEST(ended.done.size() == 1U);
  const auto all = wait(several{returned(5), cancelled(gone)}, return_when::first_exception);
  BOOST_TEST(all.not_done.empty());
}

BOOST_AUTO_TEST_CASE(W3_all_completed) {
  promise<int> gone;
  promise<int> late;
  crew waiting(1, [&](unsigned) {
    const auto ended = wait(several{returned(1), raised(), cancelled(gone), late.get_future()});
    if (ended.done.size() != 4 || !ended.not_done.empty()) throw std::logic_error("not all are done");
  });
  waiting.until_blocked(0);
  late.set_result(5);
  waiting.wait();
  BOOST_TEST(wait(several{}).done.empty());
  BOOST_TEST(wait(several{}, return_when::first_completed).done.empty());
}

BOOST_AUTO_TEST_CASE(W4_a_time_out_gives_what_is_done) {
  promise<int> pending;
  const several both{returned(5), pending.get_future()};
  const auto now = wait_for(both, 0s);
  BOOST_TEST((now.done == several{both[0]}));
  BOOST_TEST((now.not_done == several{both[1]}));
  BOOST_TEST(about(duration_of([&] { wait_for(both, 100ms); }), 100ms));
  const auto until = wait_until(both, std::chrono::system_clock::now() + 10ms, return_when::first_exception);
  BOOST_TEST(until.not_done.size() == 1U);
  pending.set_result(5);
  BOOST_TEST(wait_for(both, 1h).not_done.empty());
}

BOOST_AUTO_TEST_CASE(W5_a_future_that_comes_twice_counts_once) {
  promise<int> pending;
  const auto done = returned(5);
  crew waiting(1, [&](unsigned) {
    const auto ended = wait(several{pending.get_future(), done, pending.get_future(), done});
    if (ended.done.size() != 2) throw std::logic_error("a future was counted twice");
  });
  waiting.until_blocked(0);
  pending.set_result(5);
  waiting.wait();
}

BOOST_AUTO_TEST_CASE(W6_futures_that_end_while_the_wait_begins) {
  for (int round = 0; round < 20; ++round) {
    std::vector<promise<int>> from(100);
    several all;
    for (auto& each : from) all.push_back(each.get_future());
    crew ending(2, [&](unsigned i) {
      for (std::size_t at = i; at < from.size(); at += 2) from[at].set_result(5);
    });
    BOOST_TEST(wait(all).not_done.empty());
    ending.wait();
  }
}

BOOST_AUTO_TEST_CASE(A1_each_is_given_once) {
  promise<int> gone;
  promise<int> late;
  const auto early = returned(5);
  const auto failed = raised();
  const auto given_up = cancelled(gone);
  crew ending(1, [&](unsigned) { late.set_result(5); });
  std::unordered_map<future<int>, int> given;
  for (const auto& each : as_completed(several{early, failed, given_up, late.get_future()})) ++given[each];
  BOOST_TEST(given.size() == 4U);
  for (const auto& [each, times] : given) BOOST_TEST(times == 1);
  for (const auto& none : as_completed(several{})) BOOST_TEST(none.valid() == false);
}

BOOST_AUTO_TEST_CASE(A1_in_the_order_in_which_they_end) {
  std::array<promise<int>, 3> from;
  several all;
  for (auto& each : from) all.push_back(each.get_future());
  auto completed = as_completed(all);
  from[2].set_result(2);
  from[0].set_result(0);
  auto at = completed.begin();
  BOOST_TEST(((*at).result() == 2));
  BOOST_TEST(((*++at).result() == 0));
  from[1].set_result(1);
  BOOST_TEST(((*++at).result() == 1));
  BOOST_TEST((++at == completed.end()));
}

BOOST_AUTO_TEST_CASE(A2_what_is_done_comes_before_the_time_out) {
  promise<int> pending;
  for (const auto limit : {0ms, 100ms}) {
    several given;
    const auto all = [&] {
      for (const auto& each : as_completed_for(several{pending.get_future(), returned(1), returned(2)}, limit))
        given.push_back(each);
    };
    BOOST_TEST((duration_of([&] { BOOST_CHECK_THROW(all(), timeout_error); }) >= limit));
    BOOST_TEST(given.size() == 2U);
  }
}

BOOST_AUTO_TEST_CASE(A3_any_range_and_each_once) {
  promise<int> from;
  const auto one = from.get_future();
  crew ending(1, [&](unsigned) { from.set_result(5); });
  int given = 0;
  for (const auto& each : as_completed(std::list{one, one, returned(1), one})) given += each.done() ? 1 : 100;
  for (const auto& each : as_completed(std::forward_list{one})) given += each.done() ? 1 : 100;
  BOOST_TEST(given == 3);
}

BOOST_AUTO_TEST_CASE(A4_what_was_given_is_not_kept) {
  const auto held = std::make_shared<int>(0);
  promise<std::shared_ptr<int>> pending;
  std::vector<future<std::shared_ptr<int>>> all{pending.get_future()};
  for (int i = 0; i < 2; ++i) {
    promise<std::shared_ptr<int>> from;
    from.set_result(held);
    all.push_back(from.get_future());
  }
  auto completed = as_completed(all);
  all.clear();
  BOOST_TEST(held.use_count() == 3);
  auto at = completed.begin();
  {
    const auto first = *at;
  }
  BOOST_TEST(held.use_count() == 2);
  {
    const auto second = *++at;
  }
  BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(A4_given_up_half_way_nothing_is_told) {
  promise<int> late;
  {
    auto completed = as_completed(several{late.get_future(), returned(5)});
    BOOST_TEST(((*completed.begin()).result() == 5));
  }
  late.set_result(5);
  BOOST_TEST(late.get_future().result() == 5);
}

BOOST_AUTO_TEST_CASE(A5_the_message_says_how_many_are_unfinished) {
  promise<int> one;
  promise<int> other;
  const auto all = [&] {
    for (const auto& each :
         as_completed_for(several{one.get_future(), returned(1), other.get_future(), returned(2)}, 0s))
      each.done();
  };
  BOOST_CHECK_EXCEPTION(all(), timeout_error, [](const timeout_error& thrown) {
    return std::string(thrown.what()) == "2 (of 4) futures unfinished";
  });
}

BOOST_AUTO_TEST_CASE(X8_what_came_before_an_outcome_is_visible_after_it) {
  for (int round = 0; round < 200; ++round) {
    promise<void> from;
    int page = 0;
    crew other(1, [&](unsigned) {
      page = 42;
      from.set_result();
    });
    from.get_future().result();
    BOOST_TEST(page == 42);
  }
}

}  // namespace
