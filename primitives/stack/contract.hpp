#pragma once
/// What every stack promises.
///
/// A stack is a class template, `S<T>`, default-constructed, never copied, and has `void push(T)` and
/// `std::optional<T> try_pop()`, which gives nothing only if the stack is empty. One that claims
/// `static constexpr bool lock_free` completes calls however long a thread is suspended within one.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/collision.hpp"
#include "harness/ledger.hpp"
#include "harness/progress.hpp"
#include "harness/scenario.hpp"
#include "harness/specification.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// Everybody takes items out and pushes them again, over few items, so that nodes are reused at once: while one thread
/// is about to pop A with B below it, others pop A and B, and push A again. The first role takes one item at a time,
/// the others two, which they push in the order in which they popped them.
template <class S>
class items_conserved {
 public:
  explicit items_conserved(harness::shape size)
      : operations_(size.operations), items_(static_cast<int>(size.threads)), ledger_(1) {}
  static std::string_view role(unsigned which) { return which == 0 ? "popper" : "recycler"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void before() {
    for (int item = 0; item < items_; ++item) {
      ledger_.in(0, item);
      stack_.push(item);
    }
  }
  void thread(unsigned role) {
    for (unsigned i = 0; i < operations_; ++i) {
      const auto first = stack_.try_pop();
      const auto second = role == 0 ? std::nullopt : stack_.try_pop();
      if (first) stack_.push(*first);
      if (second) stack_.push(*second);
    }
  }
  void after() {
    // One more than there should be: a stack that runs in a circle must not keep the test in it.
    for (int i = 0; i <= items_; ++i)
      if (const auto item = stack_.try_pop()) ledger_.out(0, *item);
    ledger_.expect_balance();
  }

 private:
  unsigned operations_;
  int items_;
  harness::ledger ledger_;
  S stack_;
};

/// Everybody pushes; then, with nobody else there, the items of each come out in reverse.
template <class S>
class last_in_first_out {
 public:
  explicit last_in_first_out(harness::shape size)
      : operations_(static_cast<int>(size.operations)), left_(size.threads, operations_) {}
  static bool alike(unsigned, unsigned) { return true; }

  void thread(unsigned role) {
    for (int i = 0; i < operations_; ++i) stack_.push(static_cast<int>(role) * operations_ + i);
  }
  void after() {
    for (std::size_t i = left_.size() * static_cast<std::size_t>(operations_); i > 0; --i) {
      const auto item = stack_.try_pop();
      sync::check(item.has_value(), "an item was lost");
      int& left = left_.at(static_cast<std::size_t>(*item / operations_));
      sync::check(*item % operations_ == --left, "an item came out before one that the same thread pushed later");
    }
    sync::check(!stack_.try_pop(), "an item came out twice");
  }

 private:
  int operations_;
  /// How many of each thread's items are on the stack.
  std::vector<int> left_;
  S stack_;
};

/// The poppers look as often as there are items, and may find none.
template <class S>
class publication {
 public:
  explicit publication(harness::shape size)
      : items_(static_cast<int>(size.operations)), payload_(static_cast<std::size_t>(items_)) {}
  static std::string_view role(unsigned which) { return which == 0 ? "pusher" : "popper"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    for (int i = 0; i < items_; ++i)
      if (role == 0) {
        payload_[static_cast<std::size_t>(i)].set(i + 1);
        stack_.push(i);
      } else if (const auto item = stack_.try_pop()) {
        sync::check(payload_.at(static_cast<std::size_t>(*item)).get() == *item + 1,
                    "what came before push() is not visible after try_pop()");
      }
  }

 private:
  int items_;
  std::vector<sync::var<int>> payload_;
  S stack_;
};

template <class S>
struct stack_specification {
  static constexpr harness::outcome nothing = -1;
  static constexpr std::string_view operations[] = {"push", "try_pop"};

  static std::unique_ptr<S> create() { return std::make_unique<S>(); }
  static harness::model_state initial() { return {}; }
  static std::int64_t argument(unsigned operation, unsigned nth) { return operation == 0 ? nth : 0; }

  static harness::outcome apply(S& stack, unsigned operation, std::int64_t argument) {
    if (operation == 1) return stack.try_pop().value_or(nothing);
    stack.push(static_cast<int>(argument));
    return 0;
  }

  static bool step(harness::model_state& items, const harness::recorded& now) {
    if (now.operation == 0) {
      items.push_back(now.argument);
      return true;
    }
    if (items.empty()) return now.result == nothing;
    if (now.result != items.back()) return false;
    items.pop_back();
    return true;
  }

  static harness::lifo monitored(const harness::recorded& now) {
    using harness::lifo;
    if (now.operation == 0) return {lifo::put, now.argument};
    return now.result == nothing ? lifo{lifo::found_empty} : lifo{lifo::got, now.result};
  }
};

/// Items are popped, and one pushed, while another pop has looked.
template <class S>
harness::program pop_meets_pops_and_push() {
  enum : unsigned { push, try_pop };
  return {.first = {{push, 1}, {push, 2}, {push, 3}},
          .roles = {{{try_pop}, {try_pop}, {push, 4}}, {{try_pop}}},
          .last = {{try_pop}, {try_pop}},
          .results = {stack_specification<S>::nothing, 1, 2, 3, 4}};
}

template <class S>
harness::program two_push_and_pop() {
  enum : unsigned { push, try_pop };
  return {.roles = {{{push, 1}, {try_pop}}, {{push, 2}, {try_pop}}},
          .last = {{try_pop}},
          .results = {stack_specification<S>::nothing, 1, 2}};
}

template <template <class...> class Stack>
void describe(harness::contract& made) {
  using S = Stack<int>;
  constexpr bool has_push = requires(S& stack, int item) {
    { stack.push(item) } -> std::same_as<void>;
  };
  constexpr bool has_try_pop = requires(S& stack) {
    { stack.try_pop() } -> std::same_as<std::optional<int>>;
  };
  static_assert(std::default_initializable<S>, "gauntlet: a stack needs a public constructor without arguments");
  static_assert(!std::copy_constructible<S>, "gauntlet: a stack must not be copyable; delete its copy constructor");
  static_assert(has_push, "gauntlet: kind stack needs `void push(T)`");
  static_assert(has_try_pop, "gauntlet: kind stack needs `std::optional<T> try_pop()`");

  if constexpr (std::default_initializable<S> && has_push && has_try_pop) {
    made.add<items_conserved<S>>("items_conserved", "Each item that is pushed is popped once.",
                                 {.model = {{2, 1}, {3, 1}, {3, 2}}, .native = {4, 20}});
    made.add<last_in_first_out<S>>("last_in_first_out", "What was pushed last is popped first.",
                                   {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
    made.add<publication<S>>("publication", "What a thread did before push() is visible to whoever pops the item.",
                             {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
    harness::add_collision<S, stack_specification<S>, &pop_meets_pops_and_push<S>>(
        made, "pop_meets_pops_and_push", "A pop takes what is on top, whatever came and went since it looked.");
    harness::add_collision<S, stack_specification<S>, &two_push_and_pop<S>>(
        made, "two_push_and_pop", "Who pops after a push gets that item, or one that was pushed on top.");
    made.add<harness::linearizability<S, stack_specification<S>>>(
        "linearizability", "push() and try_pop() take effect at one point between call and return.",
        {.model = {{2, 2}, {3, 2}}, .native = {4, 25}});
    if constexpr (requires { requires S::lock_free; })
      made.add<harness::lock_freedom<S, stack_specification<S>>>(
          "lock_freedom", "Wherever one thread is suspended, the others complete what they do.",
          {.model = {}, .native = {4, 20}});
  }
}

}  // namespace gauntlet::contracts
