#pragma once
/// Scenarios whose verdict is known beforehand: what each engine must say of code that is broken in one way, and that
/// it says nothing of code that isn't. They use the seam directly, so that it is the engine that is on trial.

#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "harness/scenario.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::trials {

using enum std::memory_order;
using harness::shape;

struct unordered_writes {
  explicit unordered_writes(shape) {}
  void thread(unsigned role) { data.set(static_cast<int>(role)); }
  sync::var<int> data{0};
};

/// Message passing by fences alone. @tparam missing 0 none, 1 the release fence, 2 the acquire fence
template <int missing>
struct message_by_fences {
  explicit message_by_fences(shape) {}
  void thread(unsigned role) {
    if (role == 0) {
      data.set(42);
      if (missing != 1) sync::fence(release);
      flag.store(1, relaxed);
    } else {
      sync::spin_until([this] { return flag.load(relaxed) == 1; });
      if (missing != 2) sync::fence(acquire);
      sync::check(data.get() == 42, "the message is incomplete");
    }
  }
  sync::var<int> data{0};
  sync::atomic<int> flag{0};
};

/// Dekker's way in, tried once by each: what was stored before a fence, or what the other stored, is seen.
struct one_gets_in {
  explicit one_gets_in(shape) {}
  void thread(unsigned role) {
    wants[role].store(1, relaxed);
    sync::fence(seq_cst);
    if (wants[1 - role].load(relaxed) == 0) {
      sync::fence(acquire);
      inside.set(inside.get() + 1);
    }
    wants[role].store(0, release);
  }
  sync::atomic<int> wants[2]{0, 0};
  sync::var<int> inside{0};
};

struct failing_assertion {
  explicit failing_assertion(shape) {}
  // noexcept: failing must not need to unwind.
  void thread(unsigned role) noexcept { sync::check(role == 0, "only role 0 may"); }
};

struct failing_afterwards {
  explicit failing_afterwards(shape) {}
  void thread(unsigned) {}
  void after() { sync::check(false, "in after()"); }
};

struct leaving_exception {
  explicit leaving_exception(shape) {}
  void thread(unsigned role) {
    if (role == 1) throw std::runtime_error("thrown");
  }
};

/// The word changes and nobody is woken.
struct store_without_wake {
  explicit store_without_wake(shape) {}
  void thread(unsigned role) {
    if (role == 0)
      while (word.load(acquire) == 0) sync::futex_wait(word, 0);
    else
      word.store(1, release);
  }
  sync::atomic<std::uint32_t> word{0};
};

struct store_and_wake : store_without_wake {
  using store_without_wake::store_without_wake;
  void thread(unsigned role) {
    store_without_wake::thread(role);
    if (role == 1) sync::futex_wake(word, 1);
  }
};

struct waiting_that_ends_by_itself {
  explicit waiting_that_ends_by_itself(shape) {}
  void thread(unsigned) {
    sync::atomic<std::uint32_t> word{0};
    const auto soon = sync::deadline::after(std::chrono::milliseconds(1));
    while (sync::futex_wait_until(word, 0, soon) != sync::wait_result::timed_out) {
    }
  }
};

struct endless_spin {
  explicit endless_spin(shape) {}
  void thread(unsigned role) {
    if (role == 1) sync::spin_until([this] { return go.load(acquire); });
  }
  sync::atomic<bool> go{false};
};

struct started_thread_publishes {
  explicit started_thread_publishes(shape) {}
  void thread(unsigned role) {
    if (role == 1) return;
    sync::thread child([this] { data.set(1); });
    child.join();
    sync::check(data.get() == 1, "join() must order what the thread did");
  }
  sync::var<int> data{0};
};

struct started_thread_unjoined {
  explicit started_thread_unjoined(shape) {}
  void thread(unsigned role) {
    if (role == 1) return;
    sync::thread child([this] { data.set(1); });
    data.set(2);
  }
  sync::var<int> data{0};
};

struct started_thread_never_woken {
  explicit started_thread_never_woken(shape) {}
  void thread(unsigned role) {
    if (role == 1) return;
    sync::thread child([this] {
      while (word.load(acquire) == 0) sync::futex_wait(word, 0);
    });
    child.join();
  }
  sync::atomic<std::uint32_t> word{0};
};

/// Values are a thread's own, and end with it.
struct slots_apart {
  struct counted {
    ~counted() {
      if (owner != nullptr) owner->ended.fetch_add(1, relaxed);
    }
    slots_apart* owner = nullptr;
    int value = 0;
  };
  explicit slots_apart(shape) {}
  void thread(unsigned role) {
    if (role == 1) return;
    mine.get().value = 1;
    sync::thread child([this] {
      sync::check(mine.get().value == 0, "a value of another thread");
      mine.get().owner = this;
    });
    child.join();
    sync::check(ended.load(relaxed) == 1, "a value outlived its thread");
    sync::check(mine.get().value == 1, "a value was lost");
  }
  sync::atomic<int> ended{0};
  sync::slot<counted> mine;
};

struct node {
  sync::atomic<int> value{0};
};

struct forgotten_node {
  explicit forgotten_node(shape) {}
  void thread(unsigned role) {
    if (role == 0) sync::make<node>();
  }
};

struct use_after_destruction {
  explicit use_after_destruction(shape) {}
  void before() { shared = sync::make<node>(); }
  void thread(unsigned role) {
    if (role == 0)
      sync::destroy(shared);
    else
      shared->value.load(acquire);
  }
  node* shared = nullptr;
};

struct destroyed_twice {
  explicit destroyed_twice(shape) {}
  void before() { shared = sync::make<node>(); }
  void thread(unsigned role) {
    if (role == 1) return;
    sync::destroy(shared);
    sync::destroy(shared);
  }
  node* shared = nullptr;
};

}  // namespace gauntlet::trials
