#include "tests/rc11/random_program.hpp"

#include <initializer_list>

namespace gauntlet::oracle {

namespace {

using namespace litmus;

class generator {
 public:
  generator(std::mt19937_64& numbers, const proportions& of) : numbers_(numbers), left_(of.most_events) {
    locations_ = 1 + below(3);
    plain_ = of.plain && below(6) == 0;
    // Programs of one order only are as interesting as mixed ones, and rarely come by chance.
    favourite_ = pick({rlx, rlx, acq_rel, sc, sc});
    loyalty_ = below(4);
  }

  program run() {
    program out(2 + below(3));
    const unsigned longest = out.size() == 2 ? 5 : (out.size() == 3 ? 3 : 2);
    for (auto& thread : out) {
      loaded_.clear();
      for (unsigned length = 1 + below(longest); length > 0 && left_ > 0; --length) thread.push_back(next());
    }
    return out;
  }

 private:
  unsigned below(unsigned bound) { return static_cast<unsigned>(numbers_() % bound); }
  template <class T>
  T pick(std::initializer_list<T> from) {
    return from.begin()[below(static_cast<unsigned>(from.size()))];
  }

  order among(std::initializer_list<order> allowed) {
    if (below(4) < loyalty_)
      for (const auto each : allowed)
        if (each == favourite_ || (favourite_ == acq_rel && (each == acq || each == rel))) return each;
    return pick(allowed);
  }

  instruction next() {
    instruction out = any();
    left_ -= updates(out.what) ? 2 : 1;
    if (!loaded_.empty() && below(6) == 0) out = when(one_of_loaded(), static_cast<value>(below(3)), out);
    if (reads(out.what)) loaded_.push_back(out.into);
    return out;
  }

  instruction any() {
    const auto where = static_cast<location>(below(locations_));
    const bool last = left_ < 2;
    if (plain_ && below(3) == 0) {
      if (below(2) == 0 && next_register_ < register_count) return read(fresh(), a);
      return write(a, static_cast<int>(1 + below(2)));
    }
    const unsigned kind = below(12);
    if (kind == 0) return fence(among({acq, rel, acq_rel, sc, sc}));
    if (kind < 5 || last || next_register_ == register_count) {
      if (kind % 2 == 0 || next_register_ == register_count) return store(where, some_value(), among({rlx, rel, sc}));
      return load(fresh(), where, among({rlx, acq, sc}));
    }
    if (kind < 7) return load(fresh(), where, among({rlx, acq, sc}));
    if (kind < 9) return store(where, some_value(), among({rlx, rel, sc}));
    const auto how = among({rlx, acq, rel, acq_rel, sc});
    if (kind == 9) return add(fresh(), where, 1, how);
    if (kind == 10) return exchange(fresh(), where, some_value(), how);
    return compare_exchange(fresh(), where, static_cast<int>(below(3)), some_value(), how, among({rlx, acq, sc}));
  }

  operand some_value() {
    if (!loaded_.empty() && below(6) == 0) return one_of_loaded();
    return static_cast<int>(1 + below(3));
  }
  reg one_of_loaded() { return loaded_[below(static_cast<unsigned>(loaded_.size()))]; }
  reg fresh() { return static_cast<reg>(next_register_++); }

  std::mt19937_64& numbers_;
  unsigned left_;
  unsigned locations_;
  bool plain_;
  order favourite_;
  unsigned loyalty_;
  unsigned next_register_ = 0;
  std::vector<reg> loaded_;
};

}  // namespace

program random_program(std::mt19937_64& numbers, const proportions& of) {
  return generator(numbers, of).run();
}

}  // namespace gauntlet::oracle
