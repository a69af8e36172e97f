#pragma once
/// Programs as people write them, each with one bug of the kind that people make, and what an engine must say of each:
/// scripts/detection.py counts how often it does.

#include <cstdint>
#include <iterator>
#include <string_view>

#include "harness/scenario.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::trials {

using enum std::memory_order;
using harness::shape;

/// `++hits` by everybody.
struct unguarded_counter {
  explicit unguarded_counter(shape how) : operations(how.operations) {}
  void thread(unsigned) {
    for (unsigned i = 0; i < operations; ++i) hits.set(hits.get() + 1);
  }
  unsigned operations;
  sync::var<unsigned> hits{0};
};

/// What the locks below guard. @tparam Lock has lock() and unlock()
template <class Lock>
struct guarded_pair {
  explicit guarded_pair(shape how) : operations(how.operations) {}
  void thread(unsigned) {
    for (unsigned i = 0; i < operations; ++i) {
      lock.lock();
      sync::check(first.get() == second.get(), "half of another's update is seen");
      first.set(first.get() + 1);
      second.set(second.get() + 1);
      lock.unlock();
    }
  }
  unsigned operations;
  Lock lock;
  sync::var<unsigned> first{0};
  sync::var<unsigned> second{0};
};

/// Both orders are too weak.
struct relaxed_spin_lock {
  void lock() {
    sync::spin_until([this] { return !taken.exchange(true, relaxed); });
  }
  void unlock() { taken.store(false, relaxed); }
  sync::atomic<bool> taken{false};
};

/// Looks, and takes: two steps.
struct test_then_set_lock {
  void lock() {
    sync::spin_until([this] { return !taken.load(acquire); });
    taken.store(true, release);
  }
  void unlock() { taken.store(false, release); }
  sync::atomic<bool> taken{false};
};

/// Double-checked: who finds the instance made isn't ordered with its making.
struct double_checked_instance {
  explicit double_checked_instance(shape) {}
  void thread(unsigned) {
    if (!made.load(relaxed)) {
      sync::spin_until([this] { return !making.exchange(true, acquire); });
      if (!made.load(relaxed)) {
        instance.set(42);
        made.store(true, relaxed);
      }
      making.store(false, release);
    }
    sync::check(instance.get() == 42, "half an instance is seen");
  }
  sync::atomic<bool> making{false};
  sync::atomic<bool> made{false};
  sync::var<int> instance{0};
};

/// A sequence lock. @tparam marked whether the writer says that it writes @tparam Data of the two values
template <bool marked, class Data>
struct sequence_lock {
  explicit sequence_lock(shape how) : operations(how.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "writer" : "reader"; }
  void thread(unsigned role) {
    for (unsigned i = 1; i <= operations; ++i) role == 0 ? write(i) : read();
  }
  void write(unsigned value) {
    if (marked) sequence.store(2 * value - 1, relaxed);
    sync::fence(release);
    first.set(value);
    second.set(value);
    sequence.store(2 * value, release);
  }
  void read() {
    const unsigned before = sequence.load(acquire);
    if (before % 2 == 1) return;
    const unsigned one = first.get(), other = second.get();
    sync::fence(acquire);
    if (sequence.load(relaxed) == before) sync::check(one == other, "a reader trusts half a write");
  }
  unsigned operations;
  sync::atomic<unsigned> sequence{0};
  Data first;
  Data second;
};

/// As the data of a sequence lock has to be.
struct atomic_data {
  unsigned get() const { return value.load(relaxed); }
  void set(unsigned to) { value.store(to, relaxed); }
  sync::atomic<unsigned> value{0};
};

/// A ring for one producer and one consumer whose tail is published relaxed.
struct relaxed_ring {
  explicit relaxed_ring(shape how) : operations(how.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "producer" : "consumer"; }
  void thread(unsigned role) {
    for (unsigned i = 0; i < operations; ++i) {
      if (role == 0) {
        sync::spin_until([&] { return i - head.load(acquire) < std::size(ring); });
        ring[i % std::size(ring)].set(i);
        tail.store(i + 1, relaxed);
      } else {
        sync::spin_until([&] { return tail.load(acquire) > i; });
        sync::check(ring[i % std::size(ring)].get() == i, "an item was read before it was there");
        head.store(i + 1, release);
      }
    }
  }
  unsigned operations;
  sync::var<unsigned> ring[4];
  sync::atomic<unsigned> head{0};
  sync::atomic<unsigned> tail{0};
};

/// The waiter looks, then says that it sleeps; who sets the flag between the two wakes nobody.
struct sleeps_too_late {
  explicit sleeps_too_late(shape) {}
  static std::string_view role(unsigned which) { return which == 0 ? "waiter" : "setter"; }
  void thread(unsigned role) {
    if (role == 0) {
      if (flag.load(acquire)) return;
      sleeping.store(1, release);
      while (sleeping.load(acquire) == 1) sync::futex_wait(sleeping, 1);
    } else {
      flag.store(true, release);
      if (sleeping.exchange(0, acq_rel) == 1) sync::futex_wake(sleeping, 1);
    }
  }
  sync::atomic<bool> flag{false};
  sync::atomic<std::uint32_t> sleeping{0};
};

/// A readers-writer lock whose writer looks for readers before it shuts them out.
struct writer_looks_first {
  explicit writer_looks_first(shape how) : operations(how.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "writer" : "reader"; }
  void thread(unsigned role) {
    for (unsigned i = 1; i <= operations; ++i) {
      if (role == 0) {
        sync::spin_until([this] { return readers.load(acquire) == 0; });
        writing.store(true, seq_cst);
        first.set(i);
        second.set(i);
        writing.store(false, release);
      } else {
        readers.fetch_add(1, seq_cst);
        if (!writing.load(seq_cst)) sync::check(first.get() == second.get(), "a reader sees half a write");
        readers.fetch_sub(1, release);
      }
    }
  }
  unsigned operations;
  sync::atomic<unsigned> readers{0};
  sync::atomic<bool> writing{false};
  sync::var<unsigned> first{0};
  sync::var<unsigned> second{0};
};

}  // namespace gauntlet::trials
