#pragma once
/// What a future's scenarios hand over.

#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// A promise with its future, and plain data that the outcome publishes.
template <template <class> class F>
struct errand {
  void fulfil() {
    page.set(42);
    promised.set_result(7);
  }
  void check_page(const char* what) const { sync::check(page.get() == 42, what); }

  typename F<int>::promise_type promised;
  F<int> outcome{promised.get_future()};
  sync::var<int> page{0};
};

}  // namespace gauntlet::contracts
