/// What specifications accept, and what they must not: a history for each promise of a kind, broken.

#define BOOST_TEST_MODULE specifications
#include <boost/test/unit_test.hpp>
#include <vector>

#include "primitives/barrier/barrier.hpp"
#include "primitives/barrier/specification.hpp"
#include "primitives/condition/condition.hpp"
#include "primitives/condition/specification.hpp"
#include "primitives/executor/specification.hpp"
#include "primitives/executor/thread_pool_executor.hpp"
#include "primitives/future/future.hpp"
#include "primitives/future/specification.hpp"
#include "primitives/lock_set/lock_set.hpp"
#include "primitives/lock_set/specification.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/mutex/specification.hpp"
#include "primitives/once/once.hpp"
#include "primitives/once/specification.hpp"
#include "primitives/recursive_mutex/recursive_mutex.hpp"
#include "primitives/recursive_mutex/specification.hpp"
#include "primitives/shared_mutex/shared_mutex.hpp"
#include "primitives/shared_mutex/specification.hpp"
#include "primitives/thread/specification.hpp"
#include "primitives/thread/thread.hpp"
#include "primitives/thread_local_value/specification.hpp"
#include "primitives/thread_local_value/thread_local_value.hpp"
#include "primitives/timer/specification.hpp"
#include "primitives/timer/timer.hpp"

namespace gauntlet::contracts {
namespace {

using harness::recorded;
using harness::verdict;

/// A call that returned. What stands one after the other in a history happened so.
recorded did(unsigned thread, unsigned operation, harness::outcome result = 1, std::int64_t argument = 0) {
  return {.thread = thread, .operation = operation, .argument = argument, .result = result};
}
/// A call that still waits when all others have returned.
recorded waits(unsigned thread, unsigned operation, std::int64_t argument = 0) {
  return {.thread = thread, .operation = operation, .argument = argument, .waits = true};
}

template <class S>
bool explained(std::vector<recorded> history) {
  std::uint64_t now = 0;
  for (recorded& one : history) {
    one.called = ++now;
    one.returned = one.waits ? harness::never : ++now;
  }
  const verdict said = judge(harness::meaning_of<S>(), history);
  BOOST_REQUIRE((said != verdict::unknown));
  return said == verdict::ok;
}

}  // namespace

BOOST_AUTO_TEST_CASE(of_a_mutex) {
  using of = mutex_specification<mutex>;
  BOOST_TEST(explained<of>({did(0, of::lock), did(1, of::try_lock, 0), did(0, of::unlock), did(1, of::lock)}));
  BOOST_TEST(!explained<of>({did(0, of::lock), did(1, of::lock)}));
  BOOST_TEST(!explained<of>({did(0, of::try_lock_for), did(1, of::try_lock)}));
  BOOST_TEST(explained<of>({did(0, of::lock), waits(1, of::lock)}));
  BOOST_TEST(!explained<of>({did(0, of::lock), waits(1, of::lock), did(0, of::unlock)}));
}

BOOST_AUTO_TEST_CASE(of_a_recursive_mutex) {
  using of = recursive_mutex_specification<recursive_mutex>;
  BOOST_TEST(explained<of>({did(0, of::lock), did(0, of::try_lock), did(1, of::unlock, of::refused),
                            did(0, of::release_all, 2), did(1, of::lock)}));
  BOOST_TEST(!explained<of>({did(0, of::lock), did(1, of::unlock)}));
  BOOST_TEST(!explained<of>({did(0, of::lock), did(0, of::lock), did(0, of::unlock), did(1, of::try_lock)}));
  BOOST_TEST(!explained<of>({did(0, of::lock), did(0, of::try_lock, 0)}));
  BOOST_TEST(!explained<of>({did(0, of::try_lock, 0)}));
  BOOST_TEST(!explained<of>({did(0, of::lock), did(0, of::lock), did(0, of::release_all, 1)}));
  BOOST_TEST(!explained<of>({did(0, of::lock), waits(1, of::lock), did(0, of::unlock)}));
}

BOOST_AUTO_TEST_CASE(of_a_shared_mutex) {
  using of = shared_mutex_specification<shared_mutex>;
  BOOST_TEST(explained<of>({did(0, of::lock_shared), did(1, of::try_lock_shared), waits(2, of::lock)}));
  BOOST_TEST(!explained<of>({did(0, of::lock_shared), did(1, of::lock)}));
  BOOST_TEST(!explained<of>({did(0, of::lock), did(1, of::try_lock_shared_for)}));
  BOOST_TEST(!explained<of>({did(0, of::lock), waits(1, of::lock_shared), did(0, of::unlock)}));
  BOOST_TEST(!explained<of>({did(0, of::lock_shared), waits(1, of::lock_shared)}));
}

BOOST_AUTO_TEST_CASE(of_a_set_of_locks) {
  using of = lock_set_specification<lock_set>;
  BOOST_TEST(explained<of>({did(0, of::lock_left), did(1, of::try_lock_right), waits(2, of::lock)}));
  BOOST_TEST(!explained<of>({did(0, of::lock), did(1, of::try_lock_right)}));
  BOOST_TEST(!explained<of>({did(0, of::try_lock_right), did(1, of::try_lock)}));
  // A try that failed has kept the left one.
  BOOST_TEST(!explained<of>({did(0, of::try_lock_right), did(1, of::try_lock, 0), waits(2, of::lock_left)}));
}

BOOST_AUTO_TEST_CASE(of_a_once) {
  using of = once_specification<once>;
  BOOST_TEST(explained<of>(
      {did(0, of::call_throwing, of::threw), did(0, of::call, of::ran), did(1, of::call_throwing, of::passed_over)}));
  BOOST_TEST(!explained<of>({did(0, of::call, of::ran), did(1, of::call, of::ran)}));
  BOOST_TEST(!explained<of>({did(0, of::call_throwing, of::threw), did(1, of::call, of::passed_over)}));
}

BOOST_AUTO_TEST_CASE(of_a_thread_local_value) {
  using of = thread_local_value_specification<thread_local_value>;
  BOOST_TEST(explained<of>({did(0, of::set, 0, 5), did(1, of::get, of::made), did(0, of::get, 5), did(0, of::reset, 0),
                            did(0, of::has_value, 0)}));
  BOOST_TEST(!explained<of>({did(0, of::set, 0, 5), did(1, of::get, 5)}));
  BOOST_TEST(!explained<of>({did(0, of::set, 0, 5), did(0, of::reset, 0), did(0, of::get, 5)}));
}

BOOST_AUTO_TEST_CASE(of_a_thread) {
  using of = thread_specification<thread>;
  const auto start = [](unsigned who) { return did(who, of::start); };
  const auto started = [](unsigned who) { return did(who, of::started); };
  BOOST_TEST(explained<of>({did(1, of::join, of::refused), start(0), did(1, of::start, of::refused), started(0),
                            did(1, of::is_alive), did(1, of::join_for, 0), did(1, of::is_alive, 0), did(0, of::join)}));
  BOOST_TEST(!explained<of>({start(0), started(0), start(1), started(1)}));
  BOOST_TEST(!explained<of>({start(0), started(0), did(0, of::join), did(1, of::is_alive)}));
  BOOST_TEST(!explained<of>({start(0), started(0), did(1, of::join, of::refused)}));
  BOOST_TEST(!explained<of>({start(0), started(0), did(0, of::is_alive, 0), did(0, of::join_for, 0)}));
}

BOOST_AUTO_TEST_CASE(of_a_timer) {
  using of = timer_specification<timer>;
  BOOST_TEST(explained<of>(
      {did(0, of::start, 0), did(1, of::cancel, 0), did(1, of::look, 0), did(0, of::join, 0), did(1, of::look, 1)}));
  BOOST_TEST(!explained<of>({did(0, of::start, 0), did(1, of::cancel, 1), did(1, of::look, 1)}));
  BOOST_TEST(!explained<of>({did(0, of::start, 0), did(1, of::cancel, 1), did(2, of::cancel, 1)}));
  BOOST_TEST(!explained<of>({did(0, of::start, 0), did(0, of::join, 0), did(1, of::look, 0)}));
  BOOST_TEST(!explained<of>({did(0, of::cancel, 0)}));
}

BOOST_AUTO_TEST_CASE(of_an_executor) {
  using of = executor_specification<thread_pool_executor>;
  BOOST_TEST(explained<of>({did(0, of::submit), did(1, of::shutdown, 1), did(0, of::submit, 0)}));
  BOOST_TEST(!explained<of>({did(0, of::submit), did(1, of::shutdown, 0)}));
  BOOST_TEST(!explained<of>({did(1, of::shutdown, 0), did(0, of::submit)}));
}

BOOST_AUTO_TEST_CASE(of_a_barrier) {
  using of = barrier_specification<barrier>;
  const auto arrive = [](unsigned who, std::int64_t call) { return did(who, of::arrive, 0, call); };
  const auto pass = [](unsigned who, std::int64_t call, harness::outcome result) {
    return did(who, of::pass, result, call);
  };
  BOOST_TEST(
      explained<of>({arrive(0, 7), arrive(1, 8), pass(1, 8, 1), arrive(1, 9), pass(0, 7, 0), waits(1, of::pass, 9)}));
  BOOST_TEST(!explained<of>({arrive(0, 7), pass(0, 7, 0)}));
  BOOST_TEST(!explained<of>({arrive(0, 7), arrive(1, 8), pass(1, 8, 1), waits(0, of::pass, 7)}));
  // The next trip's party goes on in place of one of this.
  BOOST_TEST(!explained<of>({arrive(0, 7), arrive(1, 8), pass(1, 8, 1), arrive(1, 9), pass(1, 9, 0)}));
  BOOST_TEST(!explained<of>({arrive(0, 7), pass(0, 7, of::refused)}));
  BOOST_TEST(!explained<of>({arrive(0, 7), did(1, of::abort, 0), waits(0, of::pass, 7)}));
  BOOST_TEST(!explained<of>({arrive(0, 7), did(1, of::abort, 0), pass(0, 7, of::refused), did(0, of::broken, 0)}));
  BOOST_TEST(!explained<of>({arrive(0, 7), did(1, of::abort, 0), did(1, of::reset, 0), arrive(1, 8), pass(1, 8, 0)}));
  BOOST_TEST(explained<of>({did(0, of::arrive_for, 0, 7), did(0, of::pass_in_time, of::refused, 7),
                            did(1, of::broken, 1), arrive(1, 8), pass(1, 8, of::refused)}));
}

BOOST_AUTO_TEST_CASE(of_a_condition) {
  using of = condition_specification<condition, true>;
  const auto wait = [](unsigned call) { return did(call, of::wait, 1, call); };
  const auto end = [](unsigned call) { return did(call, of::end, 1, call); };
  const auto notify = [](std::int64_t n) { return did(9, of::notify, 1, n); };
  BOOST_TEST(explained<of>({wait(0), wait(1), notify(1), end(1), waits(0, of::end, 0)}));
  BOOST_TEST(!explained<of>({wait(0), end(0)}));
  BOOST_TEST(!explained<of>({wait(0), wait(1), notify(1), end(1), end(0)}));
  BOOST_TEST(!explained<of>({wait(0), wait(1), notify(2), end(1), waits(0, of::end, 0)}));
  BOOST_TEST(!explained<of>({wait(0), did(9, of::notify_all), waits(0, of::end, 0)}));
  // A notification before the wait is none for it, though another waiter has it to come.
  BOOST_TEST(!explained<of>({notify(1), wait(0), end(0)}));
  BOOST_TEST(!explained<of>({wait(0), notify(1), wait(1), end(1)}));
  // Who times out takes no notification along.
  const auto wait_for = [](unsigned call) { return did(call, of::wait_for, 0, call); };
  const auto timed_out = [](unsigned call) { return did(call, of::end_in_time, 0, call); };
  BOOST_TEST(explained<of>({wait(0), wait_for(1), notify(1), timed_out(1), end(0)}));
  BOOST_TEST(!explained<of>({wait(0), wait_for(1), notify(1), timed_out(1), waits(0, of::end, 0)}));
  BOOST_TEST(explained<of>({wait_for(0), notify(1), timed_out(0), wait(1), waits(1, of::end, 1)}));
  using loose = condition_specification<condition, false>;
  BOOST_TEST(explained<loose>({wait(0), end(0)}));
  BOOST_TEST(!explained<loose>({wait(0), wait(1), notify(2), end(1), waits(0, of::end, 0)}));
}

BOOST_AUTO_TEST_CASE(of_a_future) {
  using of = future_specification<future>;
  BOOST_TEST(explained<of>({did(0, of::result_now, of::late), did(1, of::set_result, 1, 3), did(0, of::result, 3)}));
  BOOST_TEST(!explained<of>({did(0, of::result, 3)}));
  BOOST_TEST(!explained<of>({did(0, of::cancel), did(1, of::set_running)}));
  BOOST_TEST(!explained<of>({waits(0, of::result), did(1, of::cancel)}));
}

}  // namespace gauntlet::contracts
