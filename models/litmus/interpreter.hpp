#pragma once
/// Runs litmus programs on the seam, as a scenario that any model engine explores.

#include <array>
#include <set>

#include "harness/scenario.hpp"
#include "models/litmus/catalogue.hpp"

namespace gauntlet::litmus {

/// The memory of a program, in the seam's words.
class shared_memory {
 public:
  void perform(const instruction& what, register_file& held) {
    if (what.only_if && held[what.only_if->which] != what.only_if->equals) return;
    switch (what.what) {
      case action::load:
        held[what.into] = atomics_[what.where].load(what.how);
        return;
      case action::await:
        sync::spin_until([&] {
          held[what.into] = atomics_[what.where].load(what.how);
          return held[what.into] == what.expected.constant;
        });
        return;
      case action::store:
        return atomics_[what.where].store(what.by.in(held), what.how);
      case action::exchange:
        held[what.into] = atomics_[what.where].exchange(what.by.in(held), what.how);
        return;
      case action::add:
        held[what.into] = atomics_[what.where].fetch_add(what.by.in(held), what.how);
        return;
      case action::compare_exchange: {
        value found = what.expected.in(held);
        atomics_[what.where].compare_exchange_strong(found, what.by.in(held), what.how, what.failure);
        held[what.into] = found;
        return;
      }
      case action::take:
        sync::spin_until([&] {
          value found = 0;
          return atomics_[what.where].compare_exchange_strong(found, what.by.in(held), what.how, rlx);
        });
        held[what.into] = 0;
        return;
      case action::wait:
      case action::timed_wait:
      case action::wake:
        return sync::check(false, "the seam's futexes have four bytes, and litmus tests' locations one");
      case action::fence:
        return sync::fence(what.how);
      case action::read:
        held[what.into] = plain_[what.where - a].get();
        return;
      case action::write:
        return plain_[what.where - a].set(what.by.in(held));
    }
  }

  value now(location where) { return is_plain(where) ? plain_[where - a].get() : atomics_[where].load(rlx); }

 private:
  sync::atomic<value> atomics_[a]{{0}, {0}, {0}, {0}};
  sync::var<value> plain_[location_count - a]{{0}, {0}};
};

/// What came out of a test's executions. It allocates nothing: an engine may take back what an execution allocates.
class outcome_log {
 public:
  void clear() { count_ = 0; }

  void note(std::string_view outcome) {
    for (unsigned i = 0; i < count_; ++i)
      if (seen_[i].text() == outcome) return;
    sync::check(count_ < seen_.size() && outcome.size() <= entry::longest, "the log is too small for this test");
    outcome.copy(seen_[count_].digits.data(), outcome.size());
    seen_[count_++].size = outcome.size();
  }

  std::set<std::string> all() const {
    std::set<std::string> out;
    for (unsigned i = 0; i < count_; ++i) out.emplace(seen_[i].text());
    return out;
  }

 private:
  struct entry {
    static constexpr std::size_t longest = register_count + location_count;
    std::array<char, longest> digits{};
    std::size_t size = 0;
    std::string_view text() const { return {digits.data(), size}; }
  };
  std::array<entry, 256> seen_{};
  unsigned count_ = 0;
};

/// The test that runs, and what came out of it so far.
inline const test* the_test = nullptr;
inline outcome_log outcomes;

class trial {
 public:
  explicit trial(harness::shape) {}

  void thread(unsigned role) {
    for (const auto& each : the_test->threads[role]) memory_.perform(each, registers_);
  }

  void after() {
    memory_image final{};
    for (const auto where : the_test->observed) final[where] = memory_.now(where);
    outcomes.note(outcome(the_test->threads, the_test->observed, registers_, final));
  }

 private:
  shared_memory memory_;
  // Threads have registers of their own in it.
  register_file registers_{};
};

/// @return `it` as an engine takes it; its outcomes will be in `outcomes`
inline harness::contract scenario_of(const test& it) {
  the_test = &it;
  outcomes.clear();
  const harness::shape size{static_cast<unsigned>(it.threads.size()), 1};
  harness::contract made;
  made.add<trial>(std::string(it.name), "", {.model = {size}, .native = size});
  return made;
}

}  // namespace gauntlet::litmus
