#pragma once
/// What the seam's names mean under stress: their native meaning, disturbed before each operation, with every wait
/// published. stress/sync.hpp and stress/tsan_sync.hpp put them in place.

#include <exception>
#include <string>

#include "primitives/native.hpp"
#include "stress/activity.hpp"
#include "stress/locks.hpp"

namespace gauntlet::stress {

using sync::site;
using sync::wait_result;

/// Ends the check with a violation; the calling thread does not return. Async-signal-unsafe.
[[noreturn]] void violated(const char* violation_class, const std::string& message, site where) noexcept;

/// A place for a sync::thread of the current round. Never null; too many is a violation.
activity* adopt(site where) noexcept;

/// Makes the calling thread known as `me`, which has begun a round, for its lifetime.
class presence {
 public:
  explicit presence(activity* me) noexcept {
    mine = me;
    me->thread.store(static_cast<pid_t>(syscall(SYS_gettid)), std::memory_order_relaxed);
  }
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;
  ~presence() {
    mine->tell(doing::finished);
    mine = nullptr;
  }
};

template <class T>
class cell {
 public:
  constexpr cell(T initial, site where) noexcept : cell_(initial, where) {}

  T load(std::memory_order order, site where) const noexcept {
    perturb(moment::operation);
    return cell_.load(order, where);
  }

  void store(T value, std::memory_order order, site where) noexcept {
    perturb(moment::operation);
    cell_.store(value, order, where);
  }

  template <bool weak>
  bool compare_exchange(T& expected, T desired, std::memory_order success, std::memory_order failure,
                        site where) noexcept {
    perturb(moment::compare_exchange);
    return cell_.template compare_exchange<weak>(expected, desired, success, failure, where);
  }

  template <sync::rmw operation, class Operand>
  T fetch(Operand operand, std::memory_order order, site where) noexcept {
    perturb(moment::operation);
    return cell_.template fetch<operation>(operand, order, where);
  }

  /// Undisturbed: nothing of the caller's program happens here.
  void* address() noexcept { return cell_.address(); }
  sync::native::cell<T>& bare() noexcept { return cell_; }

 private:
  sync::native::cell<T> cell_;
};

template <class T>
class plain {
 public:
  constexpr explicit plain(site where) : plain_(where) {}
  constexpr plain(T initial, site where) : plain_(std::move(initial), where) {}

  T get(site where) const {
    perturb(moment::operation);
    return plain_.get(where);
  }
  void set(T value, site where) {
    perturb(moment::operation);
    plain_.set(std::move(value), where);
  }
  T take(site where) {
    perturb(moment::operation);
    return plain_.take(where);
  }

 private:
  sync::native::plain<T> plain_;
};

/// A futex wait, from just before the call to just after it.
template <class Wait>
wait_result publish_sleep(cell<std::uint32_t>& word, std::uint32_t expected, doing what, site where,
                          Wait&& wait) noexcept {
  perturb(moment::operation);
  activity* const me = mine;
  if (me != nullptr) {
    me->word.store(word.address(), std::memory_order_relaxed);
    me->expected.store(expected, std::memory_order_relaxed);
    me->tell(what, where);
  }
  const auto how = wait();
  if (me != nullptr) {
    me->tell(doing::running);
    if (me->waits == 0) me->advance();
  }
  return how;
}

inline wait_result futex_wait(cell<std::uint32_t>& word, std::uint32_t expected, site where) noexcept {
  return publish_sleep(word, expected, doing::sleeping, where,
                       [&] { return sync::native::futex_wait(word.bare(), expected, where); });
}

inline wait_result futex_wait_until(cell<std::uint32_t>& word, std::uint32_t expected, sync::clock::time_point when,
                                    site where) noexcept {
  return publish_sleep(word, expected, doing::sleeping_until, where,
                       [&] { return sync::native::futex_wait_until(word.bare(), expected, when, where); });
}

inline void futex_wake(cell<std::uint32_t>& word, std::uint32_t count, site where) noexcept {
  perturb(moment::operation);
  sync::native::futex_wake(word.bare(), count, where);
}

inline void fence(std::memory_order order, site where) noexcept {
  perturb(moment::operation);
  sync::native::fence(order, where);
}

/// A wait that consists of iterations. Published once one has failed.
template <class Native>
class iteration {
 public:
  explicit iteration(site where) noexcept : native_(where), where_(where) {
    if (mine != nullptr) ++mine->waits;
  }
  iteration(const iteration&) = delete;
  iteration& operator=(const iteration&) = delete;
  ~iteration() {
    if (mine == nullptr || --mine->waits != 0) return;
    mine->tell(doing::running);
    mine->advance();
  }

  void again() noexcept {
    if (mine != nullptr) {
      mine->tell(doing::spinning, where_);
      mine->fruitless.store(mine->fruitless.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      // Here too: the predicate may use none of the seam's operations.
      perturb(moment::iteration);
    }
    native_.again();
  }

 private:
  Native native_;
  site where_;
};

using spin = iteration<sync::native::spin>;
using retry = iteration<sync::native::retry>;

/// Asks once: a thread that spins on would seldom sleep, and its sleep is what is to be tested.
struct brief {
  explicit brief(site) noexcept {}
  static constexpr bool begins() noexcept { return true; }
  static constexpr bool again(auto&&) noexcept { return false; }
};

class thread {
 public:
  thread() noexcept = default;
  template <class Function>
  thread(Function&& function, site where)
      : thread_(
            [place = adopt(where), where, run = std::forward<Function>(function)]() mutable {
              const presence here(place);
              try {
                run();
              } catch (const std::exception& thrown) {
                violated("assertion", std::string("an exception left a thread: ") + thrown.what(), where);
              }
            },
            where) {}

  bool joinable() const noexcept { return thread_.joinable(); }
  void join(site where) {
    if (mine != nullptr) mine->tell(doing::joining, where);
    thread_.join(where);
    if (mine != nullptr) {
      mine->tell(doing::running);
      mine->advance();
    }
  }

 private:
  sync::native::thread thread_;
};

[[noreturn]] inline void failed(const char* what, site where) {
  violated("assertion", what, where);
}

using sync::native::destroy;
using sync::native::make;
using sync::native::now;
using sync::native::passed;
using sync::native::slot;
using sync::native::this_thread;

}  // namespace gauntlet::stress
