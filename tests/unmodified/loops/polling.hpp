#pragma once
/// Loops that take a lock to look.

#include <cassert>
#include <chrono>
#include <mutex>
#include <shared_mutex>

#include "tests/unmodified/loops/together.hpp"

namespace {

std::mutex mutex;
std::shared_mutex shared_mutex;

void set() {
  const std::lock_guard<std::mutex> hold(mutex);
  ++shared_data;
}

void wait_until_set() {
  for (;;) {  // waits here
    {
      const std::lock_guard<std::mutex> hold(mutex);
      if (shared_data == 1) return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void polls_a_mutex() {
  together({set, wait_until_set, wait_until_set});
}

void polls_a_shared_mutex() {
  const auto reader = [] {
    for (;;) {
      const std::shared_lock<std::shared_mutex> hold(shared_mutex);
      if (shared_data == 1) return;
    }
  };
  together({[] {
              const std::lock_guard<std::shared_mutex> hold(shared_mutex);
              shared_data = 1;
            },
            reader, reader});
}

void polls_for_ever() {
  together({wait_until_set, wait_until_set});
}

/// Who tries to take the lock may find it taken by one that looks.
void polls_what_is_tried() {
  together({set, wait_until_set, [] {
              if (mutex.try_lock()) mutex.unlock();
            }});
}

void counts_under_the_lock() {
  static int looked;
  together({[] {
              for (;;) {
                const std::lock_guard<std::mutex> hold(mutex);
                if (shared_data == 1) break;
                ++looked;
              }
            },
            [] {
              const std::lock_guard<std::mutex> hold(mutex);
              shared_data = 1;
              assert(looked != 2);
            }});
}

}  // namespace
