#pragma once
/// The seam as an author would have written it without one: std::atomic, plain data, std::thread, the futex, new and
/// delete. So a primitive becomes an ordinary program, which is explored as one; see program.cpp.
///
/// What a program can't say is asked of the engine (models/rc11/unmodified/scenarios.hpp): which thread this is, and
/// what belongs to it, as bookkeeping of that would be events; whether a deadline passes, as time stands still in the
/// models; what a loop is for; whether plain data has been given a value.

#include "models/rc11/unmodified/scenarios.hpp"
#include "primitives/native.hpp"

namespace gauntlet::sync::engine {

using native::cell;
using native::destroy;
using native::fence;
using native::futex_wait;
using native::futex_wake;
using native::lock_identity;
using native::lock_scope;
using native::make;
using native::thread;

template <class T>
class plain {
 public:
  explicit plain(site) : value_() { rc11::unmodified::has_value(&value_, false); }
  plain(T initial, site) : value_(std::move(initial)) { rc11::unmodified::has_value(&value_, true); }

  T get(site where) const {
    rc11::unmodified::expect_value(&value_, where);
    return value_;
  }
  void set(T value, site) {
    value_ = std::move(value);
    rc11::unmodified::has_value(&value_, true);
  }
  T take(site where) {
    rc11::unmodified::expect_value(&value_, where);
    return std::move(value_);
  }

 private:
  T value_;
};

inline clock::time_point now() noexcept {
  return clock::time_point();
}
inline bool passed(clock::time_point, site) noexcept {
  return rc11::unmodified::deadline_passes();
}

/// For a moment: a point in time would lie behind the clock once a wait has ended by it.
inline wait_result futex_wait_until(cell<std::uint32_t>& word, std::uint32_t expected, clock::time_point,
                                    site) noexcept {
  const timespec moment{1, 0};
  if (syscall(SYS_futex, word.address(), FUTEX_WAIT_PRIVATE, expected, &moment, nullptr, 0) == 0)
    return wait_result::woken;
  return errno == ETIMEDOUT ? wait_result::timed_out : wait_result::changed;
}

/// Without a back-off: that is a count, by which iterations would differ.
struct spin {
  explicit spin(site) noexcept { rc11::unmodified::next_loop_waits(); }
  void again() noexcept {}
};

/// Asks once, which stands for any number: see sync::spin_briefly.
struct brief {
  explicit brief(site) noexcept {}
  static constexpr bool begins() noexcept { return true; }
  static constexpr bool again(auto&&) noexcept { return false; }
};

struct retry {
  explicit retry(site) noexcept { rc11::unmodified::next_loop_retries(); }
  void again() noexcept {}
};

inline std::uint32_t this_thread() noexcept {
  return rc11::unmodified::thread_number();
}

template <class T>
class slot {
 public:
  slot() = default;
  slot(const slot&) = delete;
  slot& operator=(const slot&) = delete;
  ~slot() {
    while (void* const left = rc11::unmodified::take_own(this)) delete static_cast<T*>(left);
  }

  T& get(site) {
    if (void* const mine = rc11::unmodified::own(this)) return *static_cast<T*>(mine);
    T* const made = new T();
    rc11::unmodified::keep_own(this, made, [](void* mine) { delete static_cast<T*>(mine); });
    return *made;
  }
};

[[noreturn]] inline void failed(const char* what, site where) {
  rc11::unmodified::fail("assertion", what, where);
}

}  // namespace gauntlet::sync::engine
