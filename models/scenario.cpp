/// What a scenario may ask of its engine, where no model has more to say: their threads have no speed.

#include "harness/engine.hpp"

namespace gauntlet::harness {

bool explores(const scenario& what) {
  return !what.model.empty();
}

bool is_blocked(unsigned) {
  return false;
}

void suspend_within(std::uint32_t) {}

void record_fairness(const std::vector<unsigned>&, const std::vector<unsigned>&) {}

std::uint64_t timestamp_error() {
  return 0;
}

}  // namespace gauntlet::harness
