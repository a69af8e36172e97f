/// A thread's API on real threads. A test's name begins with the behaviours that it covers (T thread). What shows
/// outside of the program only is in outside.cpp.
///
/// Not covered: T2 (arguments; a lambda's captures are C++'s), the inheritance of daemon in T7 (a group knows no
/// parents), T13 (C++ has no main thread's object), T15, T16, T19 to T21 and T23, T24 (Python's run time).

#include <atomic>
#include <chrono>
#include <future>
#include <limits>
#include <list>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "harness/behaviour.hpp"
#include "primitives/thread/contract.hpp"
#include GAUNTLET_HEADER

namespace {

using namespace std::chrono_literals;
using gauntlet::harness::about;
using gauntlet::harness::crew;
using gauntlet::harness::duration_of;
using gauntlet::harness::only_if;
namespace contracts = gauntlet::contracts;

using thread = GAUNTLET_TYPE;
using grouped = only_if<contracts::grouped_thread<thread>, thread>;
using checked = only_if<contracts::checked_thread<thread>, thread>;
using joining = only_if<contracts::joining_thread<thread>, thread>;

constexpr auto at_once = 2s;

/// Holds threads until the test lets them go; for 20 s, so that a test that fails before doesn't hang.
class gate {
 public:
  void pass() { opened_.wait_for(20s); }
  void open() { opening_.set_value(); }

 private:
  std::promise<void> opening_;
  std::shared_future<void> opened_ = opening_.get_future();
};

const auto misused = [](const std::logic_error& error) { return *error.what() != '\0'; };
const auto deadlocked = [](const std::system_error& error) {
  return error.code() == std::errc::resource_deadlock_would_occur;
};

BOOST_AUTO_TEST_CASE(neither_copied_nor_moved) {
  BOOST_TEST(!std::is_copy_constructible_v<thread>);
  BOOST_TEST(!std::is_copy_assignable_v<thread>);
  BOOST_TEST(!std::is_move_constructible_v<thread>);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(T1_names_are_given_or_numbered, T, grouped) {
  typename T::group group;
  T named(group, [] {}, {.name = "worker"});
  T first(group, [] {});
  T second(group, [] {});
  BOOST_TEST(named.name() == "worker");
  BOOST_TEST(first.name() == "thread-1");
  BOOST_TEST(second.name() == "thread-2");
}

BOOST_AUTO_TEST_CASE(T3_ident_is_known_once_it_was_started_and_unlike_others) {
  gate hold;
  std::list<thread> crowd;
  std::vector<gauntlet::sync::thread_id> seen(5);
  for (auto& mine : seen) {
    crowd.emplace_back([&hold, &mine] {
      mine = gauntlet::sync::this_thread();
      hold.pass();
    });
    BOOST_TEST(crowd.back().ident() == 0U);
    BOOST_TEST(!crowd.back().is_alive());
    crowd.back().start();
    BOOST_TEST(crowd.back().is_alive());
  }
  std::set<gauntlet::sync::thread_id> idents{gauntlet::sync::this_thread()};
  for (const auto& each : crowd) idents.insert(each.ident());
  BOOST_TEST(idents.size() == 6U);
  BOOST_TEST(!idents.contains(0));
  hold.open();
  std::size_t i = 0;
  for (auto& each : crowd) {
    each.join();
    BOOST_TEST(!each.is_alive());
    BOOST_TEST(each.ident() == seen[i++]);
  }
}

BOOST_AUTO_TEST_CASE(T4_join_waits_for_the_end_and_may_be_repeated) {
  gate hold;
  bool over = false;
  thread tested([&] {
    hold.pass();
    over = true;
  });
  tested.start();
  bool seen = false;
  crew joiner(1, [&](unsigned) {
    tested.join();
    seen = over;
  });
  joiner.until_blocked(0);
  hold.open();
  joiner.wait();
  BOOST_TEST(seen);
  tested.join();
  tested.join();
  BOOST_TEST(tested.join_for(0s));
}

BOOST_AUTO_TEST_CASE(T4_nineteen_threads_join_one) {
  for (const unsigned joiners : {2U, 19U}) {
    gate hold;
    thread tested([&] { hold.pass(); });
    tested.start();
    crew everybody(joiners, [&](unsigned member) {
      if (member % 2 == 0 || !tested.join_for(10s)) tested.join();
    });
    everybody.until_all_blocked();
    hold.open();
    everybody.wait();
    BOOST_TEST(!tested.is_alive());
  }
}

BOOST_AUTO_TEST_CASE(T5_a_join_with_a_limit_gives_up_in_time) {
  gate hold;
  thread tested([&] { hold.pass(); });
  tested.start();
  bool ended = true;
  BOOST_TEST(about(duration_of([&] { ended = tested.join_for(50ms); }), 50ms));
  BOOST_TEST(!ended);
  BOOST_TEST(tested.is_alive());
  hold.open();
  BOOST_TEST(tested.join_for(20s));
  BOOST_TEST(!tested.is_alive());
}

BOOST_AUTO_TEST_CASE(T5_a_limit_of_zero_or_less_is_one_look_and_one_too_long_is_none) {
  gate hold;
  thread tested([&] { hold.pass(); });
  tested.start();
  const auto look = [&](auto duration) {
    BOOST_TEST((duration_of([&] { BOOST_TEST(!tested.join_for(duration)); }) < at_once));
  };
  look(0s);
  look(-1ns);
  look(std::chrono::hours::min());
  look(std::chrono::duration<double>(-std::numeric_limits<double>::infinity()));
  std::atomic<unsigned> ended{0};
  crew patient(3, [&](unsigned member) {
    const bool joined = member == 0   ? tested.join_for(std::chrono::hours::max())
                        : member == 1 ? tested.join_for(std::chrono::nanoseconds::max())
                                      : tested.join_for(std::chrono::duration<double>(1e300));
    ended += joined ? 1U : 0U;
  });
  patient.until_all_blocked();
  hold.open();
  patient.wait();
  BOOST_TEST(ended == 3U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(T6_misuse_is_an_error_and_changes_nothing, T, checked) {
  unsigned runs = 0;
  T tested([&] { ++runs; });
  BOOST_CHECK_EXCEPTION(tested.join(), std::logic_error, misused);
  BOOST_CHECK_EXCEPTION(tested.join_for(1s), std::logic_error, misused);
  tested.start();
  BOOST_CHECK_EXCEPTION(tested.start(), std::logic_error, misused);
  tested.join();
  BOOST_CHECK_EXCEPTION(tested.start(), std::logic_error, misused);
  tested.join();
  BOOST_TEST(runs == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(T6_a_thread_cannot_join_itself_and_others_still_can, T, checked) {
  unsigned refused = 0;
  T* self = nullptr;
  T tested([&] {
    const auto attempt = [&](auto join) {
      try {
        join();
      } catch (const std::system_error& error) {
        refused += deadlocked(error) ? 1U : 0U;
      }
    };
    attempt([&] { self->join(); });
    attempt([&] { self->join_for(1h); });
  });
  self = &tested;
  tested.start();
  crew others(2, [&](unsigned) { tested.join(); });
  others.wait();
  BOOST_TEST(refused == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(T7_daemon_is_told_at_construction_and_false_by_default, T, grouped) {
  const T plain([] {});
  const T daemon([] {}, {.daemon = true});
  BOOST_TEST(!plain.daemon());
  BOOST_TEST(daemon.daemon());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(T8_T18_a_group_counts_and_lists_its_threads, T, grouped) {
  typename T::group group;
  gate hold;
  T first(group, [&] { hold.pass(); }, {.name = "first"});
  T second(group, [&] { hold.pass(); }, {.name = "second", .daemon = true});
  BOOST_TEST(group.active_count() == 0U);
  first.start();
  BOOST_TEST(group.active_count() == 1U);
  second.start();
  BOOST_TEST(group.active_count() == 2U);
  const auto listed = group.enumerate();
  BOOST_REQUIRE(listed.size() == 2U);
  BOOST_TEST((listed[0].name == "first" && listed[0].ident == first.ident() && !listed[0].daemon));
  BOOST_TEST((listed[1].name == "second" && listed[1].ident == second.ident() && listed[1].daemon));
  hold.open();
  first.join();
  second.join();
  BOOST_TEST(group.active_count() == 0U);
  BOOST_TEST(group.enumerate().empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(T8_a_joined_thread_is_never_listed, T, grouped) {
  typename T::group group;
  for (int i = 0; i < 100; ++i) {
    T tested(group, [] {});
    tested.start();
    tested.join();
    BOOST_TEST(group.enumerate().empty());
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(T10_a_handle_that_goes_unjoined_waits_for_its_thread, T, joining) {
  const auto held = std::make_shared<int>(0);
  for (int i = 1; i <= 10; ++i) {
    {
      T tested([held] {
        std::this_thread::sleep_for(1ms);
        ++*held;
      });
      tested.start();
    }
    BOOST_TEST(*held == i);
    BOOST_TEST(held.use_count() == 1);
  }
}

BOOST_AUTO_TEST_CASE(T10_a_handle_may_go_unstarted) {
  const auto held = std::make_shared<int>(0);
  {
    const thread tested([held] {});
  }
  BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(T11_the_target_is_gone_after_the_join, T, grouped) {
  for (const bool fails : {false, true}) {
    typename T::group group;
    group.set_excepthook([](const auto&) {});
    const auto held = std::make_shared<int>(0);
    T tested(group, [held, fails] {
      if (fails) throw std::runtime_error("as it should");
    });
    BOOST_TEST(held.use_count() == 2);
    tested.start();
    tested.join();
    BOOST_TEST(held.use_count() == 1);
  }
}

/// A callable that converts to false, and cannot be copied.
struct falsy {
  explicit operator bool() const { return false; }
  void operator()() { *runs += 1; }
  std::unique_ptr<int> own = std::make_unique<int>(0);
  int* runs;
};

BOOST_AUTO_TEST_CASE(T12_a_falsy_target_runs) {
  int runs = 0;
  thread tested(falsy{.runs = &runs});
  tested.start();
  tested.join();
  BOOST_TEST(runs == 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(T14_a_daemon_runs_on_without_its_handle, T, grouped) {
  std::atomic<bool> over{false};
  gate hold;
  {
    typename T::group group;
    {
      const auto target = [&] {
        hold.pass();
        over = true;
      };
      T daemon(group, target, {.daemon = true});
      daemon.start();
    }
    BOOST_TEST(group.active_count() == 1U);
    BOOST_TEST(!over);
    hold.open();
    // Another orphan makes the group look after those that are over.
    for (int i = 0; i < 3; ++i) {
      T another(group, [] {}, {.daemon = true});
      another.start();
    }
  }
  BOOST_TEST(over);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(T17_a_foreign_thread_may_use_it_and_is_not_listed, T, grouped) {
  typename T::group group;
  std::size_t listed = 0;
  crew(1, [&](unsigned) {
    T tested(group, [&] { listed = group.active_count(); });
    tested.start();
    tested.join();
  }).wait();
  BOOST_TEST(listed == 1U);
  BOOST_TEST(group.active_count() == 0U);
}

/// The guide's second way: a class of one's own.
template <class T>
class download : public T {
 public:
  explicit download(std::string url) : T(gauntlet::thread_options{.name = "download"}), url_(std::move(url)) {}
  ~download() override {
    if (this->ident() != 0) this->join();
  }
  const std::string& result() const { return result_; }

 protected:
  void run() override { result_ = "contents of " + url_; }

 private:
  std::string url_;
  std::string result_;
};

BOOST_AUTO_TEST_CASE_TEMPLATE(a_subclass_says_what_runs, T, grouped) {
  download<T> tested("a.txt");
  tested.start();
  tested.join();
  BOOST_TEST(tested.result() == "contents of a.txt");
  BOOST_TEST(tested.name() == "download");
}

}  // namespace

// A cell's behaviour is one translation unit.
#include "primitives/thread/outside.cpp"
