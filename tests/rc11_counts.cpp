/// How many executions the rc11 engine finds: the numbers that the literature gives, or that can be counted by hand.

#define BOOST_TEST_MODULE rc11_counts
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/rc11/explorer.hpp"

namespace {

namespace rc11 = gauntlet::rc11;
using rc11::order;

constexpr order rlx = order::relaxed;
constexpr order acq = order::acquire;
constexpr order rel = order::release;
constexpr order ar = order::acq_rel;
constexpr order sc = order::seq_cst;

/// One shared number.
class number {
 public:
  number() { here().create(this, 4, 0, {}); }
  number(const number&) = delete;
  number& operator=(const number&) = delete;
  unsigned load(order how) const { return static_cast<unsigned>(here().load(this, 4, how, {})); }
  void store(unsigned value, order how) { here().store(this, 4, value, how, {}); }
  unsigned add(unsigned value, order how) {
    return static_cast<unsigned>(here().modify(this, 4, rc11::operation::add, value, how, {}));
  }
  bool exchange_if(unsigned expected, unsigned desired, order how) {
    rc11::bits seen = expected;
    return here().compare_exchange(this, 4, seen, desired, how, rlx, false, {});
  }
  void await(unsigned value, order how) const {
    here().await_begin({});
    while (load(how) != value) here().await_again({});
    here().await_end();
  }

  static rc11::explorer& here() { return *rc11::explorer::current(); }
};

using threads = std::vector<std::function<void()>>;

/// @param alike_from the threads from this one on do the same
void together(const threads& all, std::size_t alike_from = ~std::size_t{0}) {
  auto& here = number::here();
  std::vector<unsigned> started;
  for (const auto& one : all)
    started.push_back(here.thread_start([](void* it) { (*static_cast<const std::function<void()>*>(it))(); },
                                        const_cast<std::function<void()>*>(&one), {},
                                        started.size() > alike_from ? started.back() : 0));
  for (const unsigned one : started) here.thread_join(one, {});
}

void fence(order how) {
  number::here().fence(how, {});
}

struct variables {
  number x;
  number y;
};

struct counted {
  std::string name;
  std::uint64_t executions;
  std::function<void()> program;
  /// Up to exchanging threads that do the same.
  std::uint64_t orbits = 0;
};

/// Every execution, as the literature counts them.
rc11::limits each_one() {
  rc11::limits how;
  how.symmetry = false;
  return how;
}

std::uint64_t factorial(unsigned n) {
  return n < 2 ? 1 : n * factorial(n - 1);
}

/// In how many orders n threads can do something so many times each.
std::uint64_t orders(unsigned n, unsigned times) {
  std::uint64_t all = factorial(n * times);
  for (unsigned i = 0; i < n; ++i) all /= factorial(times);
  return all;
}

counted two(std::string name, std::uint64_t executions, std::function<void(variables&)> first,
            std::function<void(variables&)> second) {
  return {std::move(name), executions, [first, second] {
            variables v;
            together({[&] { first(v); }, [&] { second(v); }});
          }};
}

/// Independent reads of independent writes. @param between the loads of each reader
counted iriw(std::string name, std::uint64_t executions, order store, order load, std::function<void()> between) {
  return {std::move(name), executions, [=] {
            variables v;
            together({[&] { v.x.store(1, store); }, [&] { v.y.store(1, store); },
                      [&] { v.x.load(load), between(), v.y.load(load); },
                      [&] { v.y.load(load), between(), v.x.load(load); }});
          }};
}

std::vector<counted> litmus() {
  using v = variables&;
  return {
      two(
          "store buffering, relaxed", 4, [](v m) { m.x.store(1, rlx), m.y.load(rlx); },
          [](v m) { m.y.store(1, rlx), m.x.load(rlx); }),
      two(
          "store buffering, seq_cst", 3, [](v m) { m.x.store(1, sc), m.y.load(sc); },
          [](v m) { m.y.store(1, sc), m.x.load(sc); }),
      two(
          "store buffering, fences", 3, [](v m) { m.x.store(1, rlx), fence(sc), m.y.load(rlx); },
          [](v m) { m.y.store(1, rlx), fence(sc), m.x.load(rlx); }),
      two(
          "load buffering", 3, [](v m) { m.x.load(rlx), m.y.store(1, rlx); },
          [](v m) { m.y.load(rlx), m.x.store(1, rlx); }),
      two(
          "message passing, relaxed", 4, [](v m) { m.x.store(1, rlx), m.y.store(1, rlx); },
          [](v m) { m.y.load(rlx), m.x.load(rlx); }),
      two(
          "message passing, release and acquire", 3, [](v m) { m.x.store(1, rlx), m.y.store(1, rel); },
          [](v m) { m.y.load(acq), m.x.load(rlx); }),
      two(
          "message passing, fences", 3, [](v m) { m.x.store(1, rlx), fence(rel), m.y.store(1, rlx); },
          [](v m) { m.y.load(rlx), fence(acq), m.x.load(rlx); }),
      two(
          "2+2W, relaxed", 4, [](v m) { m.x.store(1, rlx), m.y.store(2, rlx); },
          [](v m) { m.y.store(1, rlx), m.x.store(2, rlx); }),
      two(
          "2+2W, seq_cst", 3, [](v m) { m.x.store(1, sc), m.y.store(2, sc); },
          [](v m) { m.y.store(1, sc), m.x.store(2, sc); }),
      two(
          "coherence of reads", 3, [](v m) { m.x.store(1, rlx); }, [](v m) { m.x.load(rlx), m.x.load(rlx); }),
      // What a thread's end and begin order, seq_cst operations before and after are ordered by.
      two(
          "store buffering, by a child that ends", 3, [](v m) { together({[&] { m.x.store(1, sc); }}), m.y.load(sc); },
          [](v m) { m.y.store(1, sc), m.x.load(sc); }),
      two(
          "store buffering, by a child that begins", 3,
          [](v m) { m.x.store(1, sc), together({[&] { m.y.load(sc); }}); },
          [](v m) { m.y.store(1, sc), m.x.load(sc); }),
      iriw("IRIW, acquire", 16, rel, acq, [] {}),
      iriw("IRIW, seq_cst", 15, sc, sc, [] {}),
      iriw("IRIW, fences", 15, rlx, rlx, [] { fence(sc); }),
  };
}

/// n threads increment one number.
counted increments(unsigned n, unsigned times = 1) {
  const std::uint64_t executions = orders(n, times);
  return {"ainc(" + std::to_string(n) + ", " + std::to_string(times) + ")", executions,
          [n, times] {
            number x;
            const auto body = [&] {
              for (unsigned i = 0; i < times; ++i) x.add(1, ar);
            };
            together(threads(n, body), 0);
          },
          executions / factorial(n)};
}

/// One store, n readers.
counted readers(unsigned n) {
  return {"readers(" + std::to_string(n) + ")", std::uint64_t{1} << n,
          [n] {
            number x;
            threads all(n, [&] { x.load(rlx); });
            all.insert(all.begin(), [&] { x.store(1, rlx); });
            together(all, 1);
          },
          n + 1};
}

/// GenMC's lastzero: thread 0 looks for the last zero of an array, thread i writes a[i] = a[i-1] + 1.
counted last_zero(unsigned n, std::uint64_t executions) {
  return {"lastzero(" + std::to_string(n) + ")", executions, [n] {
            std::vector<number> a(n + 1);
            threads all{[&] {
              for (unsigned i = n + 1; i-- > 0;)
                if (a[i].load(acq) == 0) break;
            }};
            for (unsigned j = 1; j <= n; ++j) all.emplace_back([&a, j] { a[j].store(a[j - 1].load(acq) + 1, rel); });
            together(all);
          }};
}

/// GenMC's casrot: thread i tries to go from i to i + 1.
counted cas_rotation(unsigned n, std::uint64_t executions) {
  return {"casrot(" + std::to_string(n) + ")", executions, [n] {
            number x;
            threads all;
            for (unsigned i = 0; i < n; ++i) all.emplace_back([&x, i] { x.exchange_if(i, i + 1, ar); });
            together(all);
          }};
}

/// n threads take a ticket lock so many times each, and a number is safe behind it.
counted ticket_lock(unsigned n, unsigned times = 1) {
  const std::uint64_t executions = orders(n, times);
  return {"ticket lock(" + std::to_string(n) + ", " + std::to_string(times) + ")", executions,
          [n, times] {
            number next;
            number serving;
            unsigned inside = 0;
            number::here().plain_create(&inside, 4, true, {});
            const auto body = [&] {
              for (unsigned i = 0; i < times; ++i) {
                const unsigned mine = next.add(1, rlx);
                serving.await(mine, acq);
                number::here().plain_read(&inside, {});
                number::here().plain_write(&inside, {});
                ++inside;
                serving.store(mine + 1, rel);
              }
            };
            together(threads(n, body), 0);
            number::here().plain_read(&inside, {});
            if (inside != n * times) number::here().fail("assertion", "the lock lost an update", {});
          },
          executions / factorial(n)};
}

/// n threads take a lock once each that they are held by until they get it.
counted lock(unsigned n) {
  return {"lock(" + std::to_string(n) + ")", factorial(n),
          [n] {
            number taken;
            const auto body = [&] {
              number::here().await_modify(&taken, 4, rc11::operation::add_unless, 1, 1, acq, {});
              taken.store(0, rel);
            };
            together(threads(n, body), 0);
          },
          1};
}

/// The same, each of them trying again and again.
counted spin_lock(unsigned n) {
  return {"spin lock(" + std::to_string(n) + ")", factorial(n),
          [n] {
            number taken;
            const auto body = [&] {
              number::here().await_begin({});
              while (!taken.exchange_if(0, 1, acq)) number::here().await_again({});
              number::here().await_end();
              taken.store(0, rel);
            };
            together(threads(n, body), 0);
          },
          1};
}

void expect(const std::vector<counted>& programs) {
  for (const auto& it : programs) {
    rc11::explorer check;
    const auto found = check.explore(it.program, each_one());
    BOOST_TEST(found.complete == it.executions, it.name << ": " << found.complete << ", not " << it.executions);
    BOOST_TEST(found.exhausted);
    BOOST_TEST(!found.bound);
    BOOST_TEST(!found.broken, it.name << ": " << (found.broken ? found.broken->message : ""));
  }
}

BOOST_AUTO_TEST_CASE(litmus_tests_have_the_executions_of_the_literature) {
  expect(litmus());
}

BOOST_AUTO_TEST_CASE(families_of_programs_have_the_executions_of_their_formulas) {
  expect({increments(2), increments(3), increments(4), increments(5), increments(6), readers(2), readers(4), readers(8),
          last_zero(5, 64), last_zero(10, 3328), last_zero(15, 147456), cas_rotation(3, 5), cas_rotation(5, 43)});
}

BOOST_AUTO_TEST_CASE(waiting_threads_multiply_nothing) {
  const std::vector<counted> tickets{ticket_lock(2), ticket_lock(3), ticket_lock(4), ticket_lock(5), ticket_lock(6)};
  const std::vector<counted> locks{lock(2), lock(3), lock(4), lock(5), lock(6)};
  expect(tickets);
  expect(locks);
  expect({spin_lock(2), spin_lock(4), spin_lock(5)});
  // Nor are there executions in which somebody waits in vain.
  for (const auto* const all : {&tickets, &locks})
    for (const auto& it : *all) {
      rc11::explorer check;
      const auto found = check.explore(it.program, each_one());
      BOOST_TEST(found.blocked + found.cut == 0U,
                 it.name << ": " << found.blocked << " blocked, " << found.cut << " cut");
    }
}

BOOST_AUTO_TEST_CASE(threads_that_do_the_same_may_be_exchanged) {
  for (const auto& it :
       {increments(2), increments(8), increments(4, 2), increments(3, 3), readers(2), readers(8), ticket_lock(2),
        ticket_lock(8), ticket_lock(3, 2), ticket_lock(2, 4), lock(2), lock(5), spin_lock(2), spin_lock(5)})
    for (const unsigned workers : {1U, 2U}) {
      rc11::limits how;
      how.workers = workers;
      rc11::explorer check;
      const auto found = check.explore(it.program, how);
      BOOST_TEST(found.exhausted);
      BOOST_TEST(found.twins > 1U);
      BOOST_TEST(found.complete == it.orbits,
                 it.name << ", " << workers << " workers: " << found.complete << ", not " << it.orbits);
    }
}

BOOST_AUTO_TEST_CASE(several_workers_find_what_one_finds) {
  for (const auto& it : {increments(6), last_zero(10, 3328), ticket_lock(5), readers(8), readers(1)}) {
    const auto by = [&](unsigned workers) {
      rc11::limits how = each_one();
      how.workers = workers;
      rc11::explorer check;
      return check.explore(it.program, how);
    };
    const auto one = by(1);
    for (const unsigned workers : {2U, 3U, 8U}) {
      const auto all = by(workers);
      BOOST_TEST(all.exhausted);
      BOOST_TEST(all.complete == one.complete, it.name << ", " << workers << " workers: " << all.complete);
      BOOST_TEST(all.blocked == one.blocked);
      // Whether an alternative to an await's read is found to lead nowhere before it is run depends on who has it.
      BOOST_TEST(all.cut + all.dropped == one.cut + one.dropped);
      BOOST_TEST(all.events == one.events);
      BOOST_TEST(all.explored == 1, boost::test_tools::tolerance(1e-9));
    }
  }
}

BOOST_AUTO_TEST_CASE(several_workers_stop_at_the_same_violation) {
  // Late enough for the work to have been divided.
  const auto found = [&](unsigned workers) {
    rc11::limits how;
    how.workers = workers;
    rc11::explorer check;
    const auto statistics = check.explore(
        [] {
          std::vector<number> all(9);
          threads bodies;
          for (unsigned i = 0; i < 9; ++i) bodies.emplace_back([&all, i] { all[i].store(1, rlx); });
          bodies.emplace_back([&all] {
            unsigned seen = 0;
            for (unsigned i = 0; i < 9; ++i) seen = 2 * seen + all[i].load(rlx);
            if (seen == 0b101010101) number::here().fail("assertion", "every other one", {});
          });
          together(bodies);
        },
        how);
    BOOST_REQUIRE(statistics.broken);
    BOOST_TEST(!statistics.exhausted);
    return statistics.complete;
  };
  const auto alone = found(1);
  BOOST_TEST(alone > 128U);
  BOOST_TEST(found(2) == alone);
  BOOST_TEST(found(4) == alone);
}

BOOST_AUTO_TEST_CASE(a_partial_search_says_how_far_it_came) {
  const auto program = readers(10).program;
  const auto after = [&](std::uint64_t executions) {
    rc11::limits how = each_one();
    how.executions = executions;
    rc11::explorer check;
    return check.explore(program, how).explored;
  };
  BOOST_TEST(after(1) < 0.5);
  BOOST_TEST(after(256) > after(1));
  BOOST_TEST(after(512) > after(256));
  BOOST_TEST(after(1000) > after(512));
  BOOST_TEST(after(1000) < 1);
  BOOST_TEST(after(2000) == 1, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(random_paths_tell_about_how_many_executions_there_are) {
  for (const auto& it : {readers(8), increments(5), last_zero(5, 64), ticket_lock(4)}) {
    rc11::explorer check;
    const auto guess = check.probe(it.program, each_one(), 2000, 1);
    const auto right = static_cast<double>(it.executions);
    BOOST_TEST(std::abs(guess.executions - right) < 5 * guess.deviation + 0.01 * right,
               it.name << ": " << guess.executions << " ± " << guess.deviation << ", not " << right);
    BOOST_TEST(guess.deviation < right / 4, it.name << ": ± " << guess.deviation);
  }
}

}  // namespace
