/// A thread's API on real threads. A test's name begins with the behaviours that it covers (T thread). What shows
/// outside of the program only is in outside.cpp.

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstddef>
#include <functional>
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

BOOST_AUTO_TEST_CASE(T2_arguments_travel_in_the_target_also_such_as_only_move) {
  std::string said;
  const auto say = [&said](int number, const std::string& word, const std::unique_ptr<int>& owned) {
    said = std::to_string(number) + word + std::to_string(*owned);
  };
  thread bound(std::bind_front(say, 1, "and", std::make_unique<int>(2)));
  bound.start();
  bound.join();
  BOOST_TEST(said == "1and2");
  // A result is nobody's.
  thread answering([owned = std::make_unique<int>(3), &said] { return said = std::to_string(*owned); });
  answering.start();
  answering.join();
  BOOST_TEST(said == "3");
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

template <class T>
concept daemon_can_be_set = requires(T& tested) { tested.daemon(true); };

BOOST_AUTO_TEST_CASE_TEMPLATE(T7_daemon_is_not_inherited_and_cannot_be_changed, T, grouped) {
  BOOST_TEST(!daemon_can_be_set<T>);
  bool inherited = true;
  {
    typename T::group group;
    T parent(group,
             [&] {
               const T child(group, [] {});
               inherited = child.daemon();
             },
             {.daemon = true});
    parent.start();
    parent.join();
  }
  BOOST_TEST(!inherited);
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

BOOST_AUTO_TEST_CASE(T13_the_main_thread_s_ident_is_no_other_s_and_does_not_change) {
  const auto main = gauntlet::sync::this_thread();
  BOOST_TEST(main != 0U);
  gauntlet::sync::thread_id other = 0;
  gauntlet::sync::thread_id others_child = 0;
  thread tested([&] {
    other = gauntlet::sync::this_thread();
    thread child([&] { others_child = gauntlet::sync::this_thread(); });
    child.start();
    child.join();
  });
  tested.start();
  tested.join();
  BOOST_TEST((other != 0U && others_child != 0U && other != others_child));
  BOOST_TEST((main != other && main != others_child));
  BOOST_TEST(gauntlet::sync::this_thread() == main);
}

/// How large the calling thread's stack is.
std::size_t stack_size() {
  pthread_attr_t mine;
  std::size_t bytes = 0;
  if (::pthread_getattr_np(::pthread_self(), &mine) == 0) {
    ::pthread_attr_getstacksize(&mine, &bytes);
    ::pthread_attr_destroy(&mine);
  }
  return bytes;
}

std::size_t default_stack_size() {
  pthread_attr_t chosen;
  std::size_t bytes = 0;
  ::pthread_getattr_default_np(&chosen);
  ::pthread_attr_getstacksize(&chosen, &bytes);
  ::pthread_attr_destroy(&chosen);
  return bytes;
}

/// Has new threads get stacks of so many bytes. @return 0, or why not
int set_default_stack_size(std::size_t bytes) {
  pthread_attr_t chosen;
  ::pthread_getattr_default_np(&chosen);
  int error = ::pthread_attr_setstacksize(&chosen, bytes);
  if (error == 0) error = ::pthread_setattr_default_np(&chosen);
  ::pthread_attr_destroy(&chosen);
  return error;
}

BOOST_AUTO_TEST_CASE(T16_stacks_have_the_size_that_the_process_chose) {
  // glibc may give a thread a dead one's stack, up to four times as large as was asked for.
  const auto expect = [](std::size_t chosen) {
    std::size_t bytes = 0;
    thread tested([&] { bytes = stack_size(); });
    tested.start();
    tested.join();
    BOOST_TEST(bytes >= chosen);
    BOOST_TEST(bytes <= 4 * chosen);
  };
  const std::size_t before = default_stack_size();
  for (const std::size_t bytes : {std::size_t{256} << 10U, std::size_t{2} << 20U, std::size_t{32} << 20U}) {
    BOOST_REQUIRE(set_default_stack_size(bytes) == 0);
    expect(bytes);
  }
  // The sizes that a process can't choose leave the one that it chose.
  BOOST_TEST(set_default_stack_size(0) == EINVAL);
  BOOST_TEST(set_default_stack_size(static_cast<std::size_t>(PTHREAD_STACK_MIN) - 1) == EINVAL);
  expect(std::size_t{32} << 20U);
  BOOST_REQUIRE(set_default_stack_size(before) == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(T20_a_handle_is_started_once_and_joined_often_also_when_it_ended_before, T, checked) {
  std::atomic<int> runs{0};
  T tested([&] { ++runs; });
  BOOST_CHECK_EXCEPTION(tested.join(), std::logic_error, misused);
  BOOST_CHECK_EXCEPTION(tested.join_for(0s), std::logic_error, misused);
  tested.start();
  while (tested.is_alive()) std::this_thread::yield();
  for (int i = 0; i < 3; ++i) {
    tested.join();
    BOOST_TEST(tested.join_for(0s));
    BOOST_CHECK_EXCEPTION(tested.start(), std::logic_error, misused);
  }
  BOOST_TEST(runs == 1);
  // Handles that are dropped unstarted are T10's.
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
