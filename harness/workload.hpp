#pragma once
/// Random calls from several threads, recorded as a history, and judged: what the check of a specification does,
/// whatever is called.

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/history.hpp"
#include "harness/scenario.hpp"

namespace gauntlet::harness {

/// How a specification's operations are called: what harness/specification.hpp asks for, type-erased. What may be null
/// is what a specification need not have.
struct calls {
  /// How many operations there are, numbered from 0.
  unsigned count = 0;
  outcome (*apply)(void* object, unsigned operation, std::int64_t argument) = nullptr;
  std::int64_t (*argument)(unsigned operation, unsigned nth) = nullptr;
  meaning (*judged)() = nullptr;

  bool (*may)(unsigned role, const std::vector<recorded>& mine, unsigned operation) = nullptr;
  bool (*due)(unsigned operation) = nullptr;
  std::optional<unsigned> (*second)(unsigned operation) = nullptr;
  bool (*blocks)(unsigned operation) = nullptr;
  recorded (*rescue)(const recorded& waiting) = nullptr;
};

/// One round of a scenario: every thread calls `operations` random ones, and then what is due. Role 0 calls none that
/// blocks; at last it looks who still waits, and lets them go on.
class workload {
 public:
  workload(shape how, const calls& what);

  void thread(void* object, unsigned role);
  /// Fails the check if no order explains the history.
  void after() const;

 private:
  void call(void* object, unsigned role, unsigned operation, std::int64_t argument);
  std::optional<unsigned> draw(unsigned role) const;
  std::optional<unsigned> due(unsigned role) const;
  bool may(unsigned role, unsigned operation) const;
  bool blocks(unsigned operation) const;
  void close(void* object);
  std::vector<recorded> history() const;
  void expect_ok(std::vector<recorded> history) const;
  std::optional<unsigned> second_half(unsigned operation) const;
  bool is_second(unsigned operation) const;
  unsigned nth(unsigned role) const;

  shape shape_;
  calls calls_;
  std::vector<std::vector<recorded>> records_;
};

}  // namespace gauntlet::harness
