/// Events: waiting for one that is set, and a token that goes round.

#include "primitives/event/event.hpp"

#include <condition_variable>
#include <mutex>

#include "bench/ring.hpp"

namespace gauntlet::bench {
namespace {

/// What one writes without an event.
class flag_and_condition {
 public:
  void set() {
    {
      const std::lock_guard guard(mutex_);
      set_ = true;
    }
    changed_.notify_all();
  }
  void clear() {
    const std::lock_guard guard(mutex_);
    set_ = false;
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return set_; });
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

template <class Event>
class alignas(64) seat {
 public:
  void take() {
    event_.wait();
    event_.clear();
  }
  void give() { event_.set(); }

 private:
  Event event_;
};

/// A round: each thread waits for an event that is set.
template <class Event>
class alignas(64) open_door {
 public:
  open_door(unsigned, std::uint64_t) { event_.set(); }

  void run(unsigned, std::uint64_t rounds) {
    for (; rounds != 0; --rounds) event_.wait();
  }

  bool correct() { return event_.wait(); }

 private:
  Event event_;
};

template <class Event>
void compare(const std::string& name) {
  enter<open_door<Event>>("event/wait_for_a_set_one", name);
  enter<ring<seat<Event>>>("event/ring", name);
}

const bool entered = [] {
  compare<event>("event");
  compare<flag_and_condition>("bool + std::condition_variable");
  return true;
}();

}  // namespace
}  // namespace gauntlet::bench

BENCHMARK_MAIN();
