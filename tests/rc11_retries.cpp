/// What rc11 doesn't explore of brief waits and of retries loses no outcome.

#define BOOST_TEST_MODULE rc11_retries
#include <array>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

#include "harness/engine.hpp"

namespace {

using namespace gauntlet;

/// What executions of a scenario come to, and how many there are of them.
template <class S>
std::set<std::string> outcomes(harness::shape size, std::uint64_t& executions) {
  harness::contract made;
  made.add<S>("tested", "tested", {.model = {size}, .native = size});
  harness::options how;
  how.primitive = "tested";
  how.engine = "rc11";
  how.seconds = 20;
  const auto found = harness::run(made.scenarios().front(), how);
  BOOST_TEST((found.outcome == harness::finding::clean), (found.broken ? found.broken->message : found.reason));
  BOOST_TEST((found.covered == harness::coverage::complete));
  executions = found.explored;
  std::set<std::string> seen;
  for (const auto& one : found.outcomes)
    if (one.count != 0) seen.insert(one.words);
  return seen;
}

/// So many numbers, the n-th of them below limits[n].
template <std::size_t count>
struct told {
  std::span<const std::int64_t> outcome() const { return values; }
  static std::string words(std::span<const std::int64_t> all) {
    std::string text;
    for (const auto one : all) text += std::to_string(one) + " ";
    return text;
  }
  static std::vector<harness::prospect> all_below(const std::array<std::int64_t, count>& limits) {
    std::vector<harness::prospect> all;
    for (std::vector<std::int64_t> now(count);;) {
      all.push_back({.values = now});
      std::size_t place = 0;
      while (place < count && ++now[place] == limits[place]) now[place++] = 0;
      if (place == count) return all;
    }
  }
  std::array<std::int64_t, count> values{};
};

/// Each counts, and tells what it counted from, and whether it knows what the first one wrote before. @tparam anew
/// every round looks first
template <bool anew>
struct counting : told<6> {
  explicit counting(harness::shape) {}
  static auto allowed() { return all_below({3, 3, 3, 2, 2, 2}); }

  void thread(unsigned role) {
    if (role == 0) written.store(1, std::memory_order_relaxed);
    auto seen = anew ? 0 : count.load(std::memory_order_relaxed);
    sync::retry_until([&] {
      if (anew) seen = count.load(std::memory_order_relaxed);
      return count.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel, std::memory_order_relaxed);
    });
    values[role] = seen;
    values[3 + role] = written.load(std::memory_order_relaxed);
  }

  sync::atomic<std::int64_t> count{0};
  sync::atomic<std::int64_t> written{0};
};

BOOST_AUTO_TEST_CASE(a_look_before_a_retry_is_its_first_round) {
  std::uint64_t before = 0, anew = 0;
  BOOST_TEST(outcomes<counting<false>>({3, 1}, before) == outcomes<counting<true>>({3, 1}, anew),
             boost::test_tools::per_element());
  BOOST_TEST(before == anew);
}

/// The second gives up when it finds a number. A look that found it would have acquired what was written before; its
/// compare-exchange, when that fails, does not.
struct relaxed_failure : told<2> {
  explicit relaxed_failure(harness::shape) {}
  static auto allowed() { return all_below({2, 2}); }

  void thread(unsigned role) {
    if (role == 0) {
      written.store(1, std::memory_order_relaxed);
      number.store(1, std::memory_order_release);
      return;
    }
    auto seen = number.load(std::memory_order_acquire);
    sync::retry_until([&] {
      return seen != 0 || number.compare_exchange_strong(seen, 2, std::memory_order_relaxed, std::memory_order_relaxed);
    });
    values = {seen, written.load(std::memory_order_relaxed)};
  }

  sync::atomic<std::int64_t> number{0};
  sync::atomic<std::int64_t> written{0};
};

BOOST_AUTO_TEST_CASE(a_failure_that_knows_less_is_no_look) {
  std::uint64_t executions = 0;
  const std::set<std::string> all{"0 0 ", "0 1 ", "1 0 ", "1 1 "};
  BOOST_TEST(outcomes<relaxed_failure>({2, 1}, executions) == all, boost::test_tools::per_element());
}

/// The second hopes for what the first writes. @tparam briefly or looks once
template <bool briefly>
struct hoping : told<2> {
  explicit hoping(harness::shape) {}
  static auto allowed() { return all_below({2, 2}); }

  void thread(unsigned role) {
    if (role == 0) {
      written.store(1, std::memory_order_relaxed);
      number.store(1, std::memory_order_relaxed);
      number.store(2, std::memory_order_relaxed);
      number.store(3, std::memory_order_release);
      return;
    }
    const auto has_come = [this] { return number.load(std::memory_order_acquire) == 3; };
    values[0] = briefly ? sync::spin_briefly(has_come) : has_come();
    values[1] = written.load(std::memory_order_relaxed);
  }

  sync::atomic<std::int64_t> number{0};
  sync::atomic<std::int64_t> written{0};
};

BOOST_AUTO_TEST_CASE(a_brief_look_in_vain_is_none) {
  std::uint64_t briefly = 0, once = 0;
  const auto seen = outcomes<hoping<true>>({2, 1}, briefly);
  BOOST_TEST(seen == outcomes<hoping<false>>({2, 1}, once), boost::test_tools::per_element());
  BOOST_TEST(seen.size() == 3U);
  BOOST_TEST(briefly == 3U);
  BOOST_TEST(once == 7U);
}

}  // namespace
