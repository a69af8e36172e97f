#pragma once
/// What a put throws once the queue was shut down, and a get once there is nothing left to get.

#include <stdexcept>

namespace gauntlet {

class queue_shut_down : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace gauntlet
