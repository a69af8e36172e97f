#pragma once
/// Calls that meet: a few fixed ones by each of some threads, all that the specification lets them give back, and what
/// they did give back.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/scenario.hpp"
#include "harness/specification.hpp"
#include "harness/workload.hpp"

namespace gauntlet::harness {

struct planned_call {
  unsigned operation = 0;
  std::int64_t argument = 0;
};

/// Which calls are made. Whatever order they come in, each must end: one that blocks finds what it waits for.
struct program {
  /// Alone, before the roles' and after them.
  std::vector<planned_call> first = {};
  std::vector<std::vector<planned_call>> roles;
  std::vector<planned_call> last = {};
  /// What calls may conceivably give back; the specification chooses of these.
  std::vector<outcome> results = {0, 1};
};

/// A program, and what it may come to by its specification: the results of its calls, as the program lists them.
class staged_program {
 public:
  /// @param how of a specification none of whose operations here takes effect twice
  /// @throws std::logic_error if the specification leaves a call waiting, or has no result for one
  staged_program(const program& what, const calls& how);

  /// How many calls there are.
  std::size_t size() const { return told_.size(); }
  /// Its roles, and the most calls that one makes.
  shape extent() const;
  const std::vector<prospect>& allowed() const { return allowed_; }
  /// Each result that tells something, by role: one that others don't have, or that must not be.
  std::string words(std::span<const outcome> results) const;

  /// Makes some of the calls on `object`, and puts their results where they belong.
  void first(void* object, std::span<outcome> results) const { perform(0, object, results); }
  void thread(unsigned role, void* object, std::span<outcome> results) const { perform(role + 1, object, results); }
  void last(void* object, std::span<outcome> results) const { perform(parts_.size() - 1, object, results); }

 private:
  class enumeration;

  /// What one thread calls in a row.
  struct part {
    std::string name;
    std::vector<planned_call> calls;
    /// The place of its first result.
    std::size_t begin;
  };

  void perform(std::size_t which, void* object, std::span<outcome> results) const;

  calls how_;
  std::vector<part> parts_;
  std::vector<outcome> results_;
  /// By call, whether its result says anything: where nothing is given back, the specification takes whatever it is.
  std::vector<bool> told_;
  std::vector<prospect> allowed_;
};

/// The scenario of a program. @tparam Specification as in harness/specification.hpp
template <class P, class Specification, program (*make)()>
class collision {
 public:
  explicit collision(shape) : results_(staged().size()) {}

  void before() {
    object_ = Specification::create();
    staged().first(object_.get(), results_);
  }
  void thread(unsigned role) { staged().thread(role, object_.get(), results_); }
  void after() {
    staged().last(object_.get(), results_);
    object_.reset();
  }

  std::span<const std::int64_t> outcome() const { return results_; }
  static std::vector<prospect> allowed() { return staged().allowed(); }
  static std::string words(std::span<const std::int64_t> results) { return staged().words(results); }
  static shape extent() { return staged().extent(); }

 private:
  /// Asked first when the contract is made: an engine may take back what is made in an execution.
  static const staged_program& staged() {
    static const staged_program made(make(), calls_of<P, Specification>());
    return made;
  }

  std::unique_ptr<P> object_;
  std::vector<std::int64_t> results_;
};

/// Adds the scenario of a program, at the program's size.
template <class P, class Specification, program (*make)()>
void add_collision(contract& made, std::string name, std::string promise) {
  using scenario_of_it = collision<P, Specification, make>;
  made.add<scenario_of_it>(std::move(name), std::move(promise),
                           {.model = {scenario_of_it::extent()}, .native = scenario_of_it::extent()});
}

}  // namespace gauntlet::harness
