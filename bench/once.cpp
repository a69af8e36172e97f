/// What a call costs once the function has run.

#include "primitives/once/once.hpp"

#include <absl/base/call_once.h>

#include <mutex>

#include "bench/race.hpp"

namespace gauntlet::bench {
namespace {

class std_once {
 public:
  template <class Function>
  void call(Function&& function) {
    std::call_once(flag_, function);
  }

 private:
  std::once_flag flag_;
};

class absl_once {
 public:
  template <class Function>
  void call(Function&& function) {
    absl::call_once(flag_, function);
  }

 private:
  absl::once_flag flag_;
};

/// A round: each thread calls.
template <class Once>
class alignas(64) calls {
 public:
  calls(unsigned, std::uint64_t) {}

  void run(unsigned, std::uint64_t rounds) {
    for (; rounds != 0; --rounds) once_.call([this] { ++ran_; });
  }

  bool correct() const { return ran_ == 1; }

 private:
  Once once_;
  unsigned ran_ = 0;
};

const bool entered = [] {
  enter<calls<once>>("once/done", "once");
  enter<calls<std_once>>("once/done", "std::call_once");
  enter<calls<absl_once>>("once/done", "absl::call_once");
  return true;
}();

}  // namespace
}  // namespace gauntlet::bench

BENCHMARK_MAIN();
