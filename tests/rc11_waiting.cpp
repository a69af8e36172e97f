/// What the rc11 engine makes of waiting, plain data and the heap: each fault is named, and what is right is clean.

#define BOOST_TEST_MODULE rc11_waiting
#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <vector>

#include "models/rc11/explorer.hpp"

namespace {

namespace rc11 = gauntlet::rc11;
using rc11::order;

rc11::explorer& here() {
  return *rc11::explorer::current();
}

struct word {
  word() { here().create(this, 4, 0, {}); }
  word(const word&) = delete;
  word& operator=(const word&) = delete;
  unsigned load(order how) const { return static_cast<unsigned>(here().load(this, 4, how, {})); }
  void store(unsigned value, order how) { here().store(this, 4, value, how, {}); }
  void sleep_while(unsigned expected, bool timed = false) { here().futex_wait(this, 4, expected, timed, {}); }
  void wake(unsigned count) { here().futex_wake(this, count, {}); }
  void await(unsigned value, order how) const {
    here().await_begin({});
    while (load(how) != value) here().await_again({});
    here().await_end();
  }
  alignas(4) unsigned char bytes[4];
};

struct plain {
  explicit plain(bool initialised = true) { here().plain_create(this, 4, initialised, {}); }
  plain(const plain&) = delete;
  plain& operator=(const plain&) = delete;
  void read() const { here().plain_read(this, {}); }
  void write() { here().plain_write(this, {}); }
  unsigned char bytes[4];
};

void together(const std::vector<std::function<void()>>& all) {
  for (const auto& one : all)
    here().thread_start([](void* it) { (*static_cast<const std::function<void()>*>(it))(); },
                        const_cast<std::function<void()>*>(&one), {});
  for (unsigned i = 1; i <= all.size(); ++i) here().thread_join(i, {});
}

struct shared {
  word flag;
  word other;
  plain data;
  unsigned noted = 0;
};

using role = std::function<void(shared&)>;

rc11::statistics explore(const std::vector<role>& roles, unsigned spurious = 0) {
  rc11::explorer check;
  rc11::limits how;
  how.spurious = spurious;
  return check.explore(
      [&] {
        shared all;
        std::vector<std::function<void()>> bound;
        for (const auto& one : roles) bound.emplace_back([&all, &one] { one(all); });
        together(bound);
      },
      how);
}

/// @return the violation's class, or "clean"
std::string verdict(const std::vector<role>& roles) {
  const auto found = explore(roles);
  BOOST_TEST((found.exhausted || found.broken));
  return found.broken ? found.broken->violation_class : "clean";
}

void wait_for_flag(shared& it) {
  while (it.flag.load(order::relaxed) == 0) it.flag.sleep_while(0);
}

BOOST_AUTO_TEST_CASE(a_wake_that_follows_the_store_is_never_lost) {
  // Relaxed: the kernel's own order is enough for the word, and it orders nothing else.
  const role waker = [](shared& it) { it.flag.store(1, order::relaxed), it.flag.wake(1); };
  BOOST_TEST(verdict({wait_for_flag, waker}) == "clean");
  BOOST_TEST(verdict({wait_for_flag, wait_for_flag,
                      [](shared& it) { it.flag.store(1, order::relaxed), it.flag.wake(2); }}) == "clean");
  BOOST_TEST(verdict({wait_for_flag, wait_for_flag, waker}) == "lost_wakeup");
}

BOOST_AUTO_TEST_CASE(a_wake_before_the_store_is_lost) {
  BOOST_TEST(verdict({wait_for_flag, [](shared& it) { it.flag.wake(1), it.flag.store(1, order::seq_cst); }}) ==
             "lost_wakeup");
}

BOOST_AUTO_TEST_CASE(a_wake_may_pick_any_sleeper) {
  // Both sleep for good reason; one wake; who was picked wakes the other. Whichever that is, all end.
  const role passes_on = [](shared& it) { it.flag.sleep_while(0), it.flag.wake(1); };
  const auto found = explore({passes_on, passes_on, [](shared& it) {
                                here().watch(1, {}), here().watch(2, {});
                                it.flag.wake(1);
                              }});
  BOOST_TEST(!found.broken);
  BOOST_TEST(found.complete >= 2U);
}

BOOST_AUTO_TEST_CASE(who_watches_all_finds_nobody_running) {
  // One sleeps for good reason, until it is found asleep. What each notes in ordinary memory is there then.
  const role sleeper = [](shared& it) { ++it.noted, wait_for_flag(it), ++it.noted; };
  const role worker = [](shared& it) { it.other.store(1, order::relaxed), it.noted += 10; };
  const role watcher = [](shared& it) {
    here().watch_all(3, {});
    if (it.noted != 11) here().fail("assertion", "somebody runs, or what it did is not there", {});
    it.flag.store(1, order::seq_cst), it.flag.wake(1);
    here().watch_all(3, {});
    if (it.noted != 12) here().fail("assertion", "the sleeper was not waited for", {});
  };
  BOOST_TEST(verdict({sleeper, worker, watcher}) == "clean");
}

BOOST_AUTO_TEST_CASE(who_watches_all_does_not_take_what_is_seen_late_for_a_wait) {
  const role spinner = [](shared& it) { it.flag.await(1, order::relaxed), it.noted = 1; };
  const role opener = [](shared& it) { it.flag.store(1, order::relaxed); };
  const role watcher = [](shared& it) {
    here().watch_all(3, {});
    if (it.noted != 1) here().fail("assertion", "the spinner had no reason to wait", {});
  };
  BOOST_TEST(verdict({spinner, opener, watcher}) == "clean");
}

BOOST_AUTO_TEST_CASE(wakes_that_find_nobody_are_not_ordered) {
  const role wakes = [](shared& it) { it.flag.wake(1); };
  BOOST_TEST(explore({wakes, wakes, wakes}).complete == 1U);
  // Beside a sleeper: each of them comes before it, or finds it, or comes after who did.
  const auto found =
      explore({[](shared& it) { it.flag.sleep_while(0), it.flag.store(1, order::relaxed); }, wakes, wakes});
  BOOST_TEST(found.broken->violation_class == "deadlock");
}

BOOST_AUTO_TEST_CASE(futexes_publish_nothing) {
  const role waiter = [](shared& it) { wait_for_flag(it), it.data.read(); };
  const role publisher = [](shared& it) { it.data.write(), it.flag.store(1, order::relaxed), it.flag.wake(1); };
  BOOST_TEST(verdict({waiter, publisher}) == "data_race");
}

BOOST_AUTO_TEST_CASE(who_waits_for_what_never_comes_is_stuck) {
  BOOST_TEST(verdict({[](shared& it) { it.flag.sleep_while(0); }}) == "deadlock");
  BOOST_TEST(verdict({[](shared& it) { it.flag.sleep_while(0, true); }}) == "clean");
  BOOST_TEST(verdict({[](shared& it) { it.flag.await(1, order::acquire); },
                      [](shared& it) { it.flag.store(2, order::release); }}) == "livelock");
  const role first = [](shared& it) { it.flag.await(1, order::acquire), it.other.store(1, order::release); };
  const role second = [](shared& it) { it.other.await(1, order::acquire), it.flag.store(1, order::release); };
  BOOST_TEST(verdict({first, second}) == "livelock");
}

BOOST_AUTO_TEST_CASE(what_an_await_acquires_is_published) {
  const auto program = [](order store, order load) {
    return verdict({[=](shared& it) { it.data.write(), it.flag.store(1, store); },
                    [=](shared& it) { it.flag.await(1, load), it.data.read(); }});
  };
  BOOST_TEST(program(order::release, order::acquire) == "clean");
  BOOST_TEST(program(order::relaxed, order::acquire) == "data_race");
  BOOST_TEST(program(order::release, order::relaxed) == "data_race");
}

BOOST_AUTO_TEST_CASE(ordinary_memory_holds_what_the_execution_wrote) {
  int written = 0;
  rc11::explorer check;
  const auto found = check.explore(
      [&] {
        written = 0;
        word flag;
        word other;
        together({[&] {
                    flag.await(1, order::acquire);
                    if (written != 1) here().fail("assertion", "the write is missing", {});
                    other.load(order::relaxed);
                  },
                  // By a thread that is started late: in a replay, too, its write has to come first.
                  [&] {
                    std::function<void()> late = [&] { written = 1, flag.store(1, order::release); };
                    const unsigned child =
                        here().thread_start([](void* it) { (*static_cast<std::function<void()>*>(it))(); }, &late, {});
                    here().thread_join(child, {});
                  },
                  [&] { other.store(1, order::relaxed); }});
      },
      {});
  BOOST_TEST(!found.broken);
  BOOST_TEST(found.complete == 2U);
}

BOOST_AUTO_TEST_CASE(a_retry_that_learns_goes_on) {
  const role increments = [](shared& it) {
    here().await_begin({}, false);
    rc11::bits seen = it.flag.load(order::relaxed);
    while (!here().compare_exchange(&it.flag, 4, seen, seen + 1, order::relaxed, order::relaxed, true, {}))
      here().await_again({});
    here().await_end();
  };
  BOOST_TEST(verdict({increments, increments, increments}) == "clean");
}

BOOST_AUTO_TEST_CASE(the_simplest_violation_has_the_fewest_stale_reads) {
  // Wrong are two stale reads, which the search comes to first, and one.
  const std::function<void()> program = [] {
    std::vector<word> all(4);
    together({[&] {
                for (word& each : all) each.store(1, order::relaxed);
              },
              [&] {
                if (all[3].load(order::relaxed) == 0) return;
                const bool first = all[0].load(order::relaxed) == 0;
                const bool second = all[1].load(order::relaxed) == 0;
                const bool third = all[2].load(order::relaxed) == 0;
                if (first || (second && third)) here().fail("assertion", "what is stored before is not there", {});
              }});
  };
  rc11::explorer check;
  const auto stale = [&] {
    unsigned sum = 0;
    for (unsigned i = 0; i < check.execution().size(); ++i) {
      const auto& it = check.execution()[static_cast<rc11::event_id>(i)];
      if (it.kind == rc11::kind::read && it.stale) ++sum;
    }
    return sum;
  };
  BOOST_REQUIRE(check.explore(program, {}).broken);
  BOOST_TEST(stale() == 2U);
  BOOST_TEST(check.simplify(program, 0).broken.violation_class == "assertion");
  BOOST_TEST(stale() == 2U);
  BOOST_TEST(check.simplify(program, 10'000).broken.violation_class == "assertion");
  BOOST_TEST(stale() == 1U);
  check.repeat(program);
  BOOST_TEST(stale() == 1U);
}

BOOST_AUTO_TEST_CASE(the_heap_is_watched) {
  const auto alone = [](std::function<void()> what) { return verdict({[what](shared&) { what(); }}); };
  BOOST_TEST(alone([] { here().release(here().allocate(8, 8, "node", {}), {}); }) == "clean");
  BOOST_TEST(alone([] { here().allocate(8, 8, "node", {}); }) == "leak");
  BOOST_TEST(alone([] {
               void* const node = here().allocate(8, 8, "node", {});
               here().release(node, {}), here().release(node, {});
             }) == "double_free");
  BOOST_TEST(alone([] {
               const plain data;
               here().plain_destroy(&data, {});
               data.read();
             }) == "use_after_free");
  BOOST_TEST(alone([] { plain(false).read(); }) == "undefined");
}

BOOST_AUTO_TEST_CASE(released_storage_may_come_back) {
  bool same = false;
  bool fresh = false;
  rc11::explorer check;
  const auto found = check.explore(
      [&] {
        void* const first = here().allocate(8, 8, "node", {});
        here().release(first, {});
        void* const second = here().allocate(8, 8, "node", {});
        (first == second ? same : fresh) = true;
        here().release(second, {});
      },
      {});
  BOOST_TEST(found.complete == 2U);
  BOOST_TEST((same && fresh));
}

BOOST_AUTO_TEST_CASE(a_loop_without_an_end_is_held_and_named) {
  rc11::explorer check;
  rc11::limits how;
  how.events = 50;
  const auto found = check.explore(
      [] {
        word flag;
        while (flag.load(order::relaxed) == 0) {
        }
      },
      how);
  BOOST_TEST(found.complete == 0U);
  BOOST_TEST(found.bound.has_value());
  BOOST_TEST(!found.broken);
}

BOOST_AUTO_TEST_CASE(a_program_that_changes_its_mind_is_told_so) {
  unsigned runs = 0;
  rc11::explorer check;
  const auto program = [&] {
    word flag;
    together({[&] { flag.store(1, order::relaxed); },
              [&] { ++runs % 2 == 0 ? flag.store(7, order::relaxed) : static_cast<void>(flag.load(order::relaxed)); }});
  };
  BOOST_CHECK_THROW(check.explore(program, {}), rc11::nondeterminism);
}

BOOST_AUTO_TEST_CASE(many_threads_and_events_are_no_problem) {
  rc11::explorer check;
  const auto found = check.explore(
      [] {
        std::vector<word> all(300);
        std::vector<std::function<void()>> bodies;
        for (unsigned i = 0; i < 24; ++i)
          bodies.emplace_back([&all, i] {
            for (unsigned k = 0; k < 50; ++k) all[(i * 12 + k % 12) % 300].store(k, order::release);
          });
        together(bodies);
      },
      {});
  BOOST_TEST(found.complete == 1U);
  BOOST_TEST(found.events > 1200U);
  BOOST_TEST(found.threads == 25U);
  BOOST_TEST(found.locations == 300U);
}

}  // namespace
