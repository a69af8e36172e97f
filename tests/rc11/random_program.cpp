#include "tests/rc11/random_program.hpp"

#include <algorithm>
#include <initializer_list>

#include "models/litmus/catalogue.hpp"

namespace gauntlet::oracle {

namespace {

using namespace litmus;

/// One number below another, an instruction, and so on, from the random numbers.
class dice {
 public:
  explicit dice(std::mt19937_64& numbers) : numbers_(numbers) {}

  unsigned below(std::size_t bound) { return static_cast<unsigned>(numbers_() % bound); }
  bool one_in(unsigned times) { return below(times) == 0; }
  template <class T>
  T pick(std::initializer_list<T> from) {
    return from.begin()[below(from.size())];
  }
  template <class T>
  T& pick(std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  std::mt19937_64& numbers_;
};

std::initializer_list<order> orders_of(action what) {
  static constexpr auto none = {rlx};
  static constexpr auto loads = {rlx, acq, sc};
  static constexpr auto stores = {rlx, rel, sc};
  static constexpr auto updates = {rlx, acq, rel, acq_rel, sc};
  static constexpr auto fences = {acq, rel, acq_rel, sc};
  switch (what) {
    case action::load:
    case action::await:
      return loads;
    case action::wait:
    case action::timed_wait:
    case action::wake:
      return none;
    case action::store:
      return stores;
    case action::fence:
      return fences;
    default:
      return updates;
  }
}

unsigned events(const program& of) {
  unsigned out = 0;
  for (const auto& thread : of)
    for (const auto& each : thread) out += updates(each.what) || sleeps(each.what) ? 2 : 1;
  return out;
}

/// A register that no instruction names, if there is one: threads must not share any.
std::optional<reg> free_register(const program& in) {
  std::array<bool, register_count> used{};
  for (const auto& thread : in)
    for (const auto& each : thread) {
      if (reads(each.what)) used[each.into] = true;
      if (each.only_if) used[each.only_if->which] = true;
      for (const auto& operand : {each.by, each.expected})
        if (operand.from) used[*operand.from] = true;
    }
  const auto found = std::find(used.begin(), used.end(), false);
  if (found == used.end()) return std::nullopt;
  return static_cast<reg>(found - used.begin());
}

class generator {
 public:
  generator(std::mt19937_64& numbers, const proportions& of) : dice_(numbers), of_(of) {
    locations_ = 1 + dice_.below(3);
    plain_ = of.plain && dice_.one_in(6);
    // Programs of one order only are as interesting as mixed ones, and rarely come by chance.
    favourite_ = dice_.pick({rlx, rlx, acq_rel, sc, sc});
    loyalty_ = dice_.below(4);
  }

  /// Appends the release of what a thread has taken, mostly.
  program released(program on) {
    for (auto& thread : on)
      for (std::size_t i = 0; i < thread.size(); ++i) {
        const auto taken = thread[i];
        if (taken.what != action::take || dice_.one_in(8)) continue;
        const auto releases = [&](const instruction& it) {
          return it.what == action::store && it.where == taken.where;
        };
        if (std::any_of(thread.begin() + static_cast<std::ptrdiff_t>(i), thread.end(), releases)) continue;
        auto made = store(taken.where, 0, among(orders_of(action::store)));
        made.only_if = taken.only_if;
        thread.push_back(made);
      }
    return on;
  }

  program anew() {
    program out(2 + dice_.below(3));
    const unsigned longest = out.size() == 2 ? 5 : (out.size() == 3 ? 3 : 2);
    for (auto& thread : out)
      for (unsigned length = 1 + dice_.below(longest); length > 0 && events(out) + 2 <= of_.most_events; --length)
        insert(out, thread, thread.size());
    return out;
  }

  /// What tells models apart is rare; close to a test of the literature it isn't.
  program variation(program on) {
    for (unsigned changes = 1 + dice_.below(3); changes > 0; --changes) {
      auto& thread = dice_.pick(on);
      const std::size_t at = dice_.below(thread.size() + 1);
      if (at == thread.size() || dice_.one_in(4)) {
        if (events(on) + 2 <= of_.most_events + 2) insert(on, thread, at);
        continue;
      }
      auto& it = thread[at];
      if (dice_.one_in(4))
        it.only_if.reset();
      else if (dice_.one_in(5))
        thread.erase(thread.begin() + static_cast<std::ptrdiff_t>(at));
      else if (it.what == action::store && dice_.one_in(3))
        promote(on, it);
      else if (of_.awaits && it.what == action::load && dice_.one_in(2))
        it = awaiting(it);
      else if (dice_.one_in(6) && it.what != action::fence && !is_plain(it.where))
        it.where = static_cast<location>(dice_.below(3));
      else
        it.how = among(orders_of(it.what));
    }
    return on;
  }

 private:
  order among(std::initializer_list<order> allowed) {
    if (dice_.below(4) < loyalty_)
      for (const auto each : allowed)
        if (each == favourite_ || (favourite_ == acq_rel && (each == acq || each == rel))) return each;
    return dice_.pick(allowed);
  }

  /// A load becomes an await, of a value that is likely to come.
  instruction awaiting(const instruction& it) {
    instruction made = await(it.into, it.where, static_cast<int>(dice_.one_in(6) ? 0 : 1), it.how);
    made.only_if = it.only_if;
    return made;
  }

  /// A store becomes an exchange or an addition.
  void promote(const program& in, instruction& it) {
    const auto into = free_register(in);
    if (!into) return;
    it.into = *into;
    it.what = dice_.pick({action::exchange, action::add});
    if (it.what == action::add) it.by = 1;
  }

  void insert(const program& in, std::vector<instruction>& thread, std::size_t at) {
    std::vector<reg> loaded;
    for (std::size_t i = 0; i < at; ++i)
      if (reads(thread[i].what)) loaded.push_back(thread[i].into);
    instruction made = any(free_register(in), loaded);
    if (!loaded.empty() && dice_.one_in(6)) made = when(dice_.pick(loaded), static_cast<value>(dice_.below(3)), made);
    thread.insert(thread.begin() + static_cast<std::ptrdiff_t>(at), made);
  }

  instruction any(std::optional<reg> into, std::vector<reg>& loaded) {
    const auto where = static_cast<location>(dice_.below(locations_));
    if (plain_ && dice_.one_in(3)) {
      if (into && dice_.one_in(2)) return read(*into, a);
      return write(a, static_cast<int>(1 + dice_.below(2)));
    }
    if (of_.futexes && dice_.one_in(2)) return sleep_or_wake(into);
    if (of_.locks && into && dice_.one_in(3))
      return take(*into, dice_.one_in(4) ? y : x, static_cast<int>(1 + dice_.below(2)), among(orders_of(action::take)));
    auto what = dice_.pick({action::load, action::load, action::load, action::load, action::store, action::store,
                            action::store, action::store, action::fence, action::fence, action::add, action::exchange,
                            action::compare_exchange});
    if (!into && reads(what)) what = action::store;
    const auto how = among(orders_of(what));
    switch (what) {
      case action::load:
        if (of_.awaits && dice_.one_in(3)) return await(*into, where, static_cast<int>(dice_.below(3)), how);
        return load(*into, where, how);
      case action::store:
        return store(where, some_value(loaded), how);
      case action::fence:
        return fence(how);
      case action::add:
        return add(*into, where, 1, how);
      case action::exchange:
        return exchange(*into, where, some_value(loaded), how);
      default:
        return compare_exchange(*into, where, static_cast<int>(dice_.below(3)), some_value(loaded), how,
                                among(orders_of(action::load)));
    }
  }

  /// Mostly timed, as a search ends with the first thread that sleeps for ever.
  instruction sleep_or_wake(std::optional<reg> into) {
    const auto where = dice_.one_in(4) ? y : x;
    if (!into || dice_.one_in(2)) return wake(where, static_cast<int>(1 + dice_.below(2)));
    const int expected = dice_.one_in(4) ? 1 : 0;
    return dice_.one_in(6) ? wait(*into, where, expected) : timed_wait(*into, where, expected);
  }

  operand some_value(std::vector<reg>& loaded) {
    if (!loaded.empty() && dice_.one_in(6)) return dice_.pick(loaded);
    return static_cast<int>(1 + dice_.below(3));
  }

  dice dice_;
  proportions of_;
  unsigned locations_;
  bool plain_;
  order favourite_;
  unsigned loyalty_;
};

/// The catalogue's programs that are no larger than asked for.
std::vector<program> known(const proportions& of) {
  static const auto tests = catalogue();
  std::vector<program> out;
  for (const auto& test : tests) {
    const bool plain = std::any_of(test.threads.begin(), test.threads.end(), [](const auto& thread) {
      return std::any_of(thread.begin(), thread.end(), [](const auto& each) { return is_plain(each.where); });
    });
    if (events(test.threads) <= of.most_events && (of.plain || !plain)) out.push_back(test.threads);
  }
  return out;
}

}  // namespace

program random_program(std::mt19937_64& numbers, const proportions& of) {
  generator made(numbers, of);
  const auto any = [&] {
    if (numbers() % 2 == 0) return made.anew();
    auto models = known(of);
    return made.variation(models[numbers() % models.size()]);
  };
  return of.locks ? made.released(any()) : any();
}

}  // namespace gauntlet::oracle
