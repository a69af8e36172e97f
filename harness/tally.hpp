#pragma once
/// What the executions of a scenario came to, counted and held against what its contract allows.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/scenario.hpp"

namespace gauntlet::harness {

/// As the contract has it; interesting is allowed, too.
enum class grade { allowed, interesting, forbidden };

/// An outcome, and how often it was seen; 0 if it is allowed and never was.
struct counted {
  std::string words;
  std::uint64_t count = 0;
  grade what = grade::allowed;
};

class tally {
 public:
  /// @param what has an outcome
  explicit tally(const scenario& what);

  /// Takes up what an instance came to whose execution is over. Allocates nothing: an engine may take back what an
  /// execution allocates. @return whether it is allowed
  bool count(void* instance);
  /// Adds what `other`, of the same scenario, has counted.
  void add(const tally& other);

  /// Fails the check: what was counted last isn't allowed.
  [[noreturn]] void fail() const;
  /// Fails the check if it isn't.
  void expect(void* instance) {
    if (!count(instance)) fail();
  }

  /// Forgets it all.
  void clear();

  /// In the contract's order, what is forbidden first.
  std::vector<counted> counts() const;

 private:
  std::span<const std::int64_t> forbidden() const { return std::span(forbidden_).first(forbidden_size_); }

  const scenario* what_;
  std::vector<std::uint64_t> counts_;
  /// The one that failed the check, if any: room for it, and its length.
  std::vector<std::int64_t> forbidden_;
  std::size_t forbidden_size_ = 0;
};

}  // namespace gauntlet::harness
