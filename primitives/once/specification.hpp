#pragma once
/// A once in sequence.

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "harness/specification.hpp"

namespace gauntlet::contracts {

/// The state is whether a function has run. Each call brings its own, and tells what became of that.
template <class O>
struct once_specification {
  static constexpr std::string_view operations[] = {"call", "call_throwing"};
  enum : unsigned { call, call_throwing };
  enum : harness::outcome { threw = -1, passed_over, ran };

  static std::unique_ptr<O> create() { return std::make_unique<O>(); }
  static harness::model_state initial() { return {0}; }
  static std::int64_t argument(unsigned) { return 0; }

  static harness::outcome apply(O& on, unsigned operation, std::int64_t) {
    bool began = false;
    try {
      on.call([&] {
        began = true;
        if (operation == call_throwing) throw std::domain_error("from the function");
      });
    } catch (const std::domain_error&) {
      return threw;
    }
    return began ? ran : passed_over;
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    if (state[0] == 1) return done.result == passed_over;
    if (done.operation == call) state[0] = 1;
    return done.result == (done.operation == call ? ran : threw);
  }
};

}  // namespace gauntlet::contracts
