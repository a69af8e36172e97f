#pragma once
/// What every barrier throws when its trip fails.

#include <stdexcept>

namespace gauntlet {

/// The trip was broken: a party gave up, the action threw, or somebody called abort() or reset().
class broken_barrier : public std::runtime_error {
 public:
  broken_barrier() : std::runtime_error("barrier: broken") {}
};

}  // namespace gauntlet
