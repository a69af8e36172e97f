#pragma once
/// Compare-exchanges that try again, by ways of their own: what they expect lies in memory, or was never loaded.

#include <atomic>
#include <cassert>

#include "tests/unmodified/loops/together.hpp"

namespace {

struct pushed {
  pushed* below;
};
pushed nodes[3];
std::atomic<pushed*> top;

/// Treiber's push as the books have it.
void load_into_node(pushed* made) {
  made->below = top.load(relaxed);
  while (!top.compare_exchange_weak(made->below, made, release, relaxed)) {
  }
}

/// The first attempt looks what is there.
void load_by_failing(pushed* made) {
  made->below = nullptr;
  while (!top.compare_exchange_weak(made->below, made, release, relaxed)) {
  }
}

template <void push(pushed*)>
void pushes() {
  std::vector<std::function<void()>> what;
  for (pushed& each : nodes) what.emplace_back([&each] { push(&each); });
  together(what);
  int count = 0;
  for (const pushed* each = top.load(); each != nullptr; each = each->below) ++count;
  assert(count == 3);
}

void increments_from_nothing() {
  together(times(3, [] {
    int expected = 0;
    while (!x.compare_exchange_strong(expected, expected + 1, relaxed, relaxed)) {
    }
  }));
  assert(x.load() == 3);
}

/// That a failure for no reason would be in vain here is seen when it goes round only.
void forgets_what_it_found() {
  together(times(2, [] {
    for (int before = 0;;) {
      int expected = 0;
      const bool done = x.compare_exchange_weak(expected, 1, acquire, relaxed);
      before = done ? 2 : expected;
      if (done) break;
      assert(before != 5);
    }
    ++shared_data;
    x.store(0, release);
  }));
}

}  // namespace
