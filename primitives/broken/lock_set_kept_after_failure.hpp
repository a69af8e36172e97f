#pragma once
/// lock_set that keeps what it has when a later lock can't be had: with C's locks, what a forgotten `goto unlock` does.
///
///     trier                        others
///     takes left
///     can't take right: gives up
///                                  wait for left, for ever
///
/// behaviour, stress and relacy must catch it: the lock that was kept is never unlocked.

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <ranges>
#include <vector>

#include "primitives/sync.hpp"

namespace gauntlet {

class lock_set_kept_after_failure {
 public:
  template <class... L>
    requires(std::invocable<decltype(&L::try_lock), L&> && ...)
  explicit lock_set_kept_after_failure(L&... locks) {
    (add(locks), ...);
  }
  template <std::ranges::input_range R>
  explicit lock_set_kept_after_failure(R&& locks) {
    for (auto& lock : locks) add(lock);
  }
  lock_set_kept_after_failure(const lock_set_kept_after_failure&) = delete;
  lock_set_kept_after_failure& operator=(const lock_set_kept_after_failure&) = delete;

  // flaw: an exception leaves the locks before it locked.
  void lock() {
    for (auto& each : members_) each.lock();
  }

  // flaw: so does a lock that is taken.
  bool try_lock() {
    return std::ranges::all_of(members_, [](auto& each) { return each.try_lock(); });
  }

  void unlock() {
    for (auto& each : std::views::reverse(members_)) each.unlock();
  }
  std::size_t size() const noexcept { return members_.size(); }

 private:
  struct member {
    const void* address;
    std::function<void()> lock;
    std::function<bool()> try_lock;
    std::function<void()> unlock;
  };

  template <class L>
  void add(L& lock) {
    const auto place =
        std::ranges::lower_bound(members_, static_cast<const void*>(&lock), std::less<>(), &member::address);
    if (place != members_.end() && place->address == &lock) return;
    members_.insert(place,
                    {&lock, [&lock] { lock.lock(); }, [&lock] { return lock.try_lock(); }, [&lock] { lock.unlock(); }});
  }

  std::vector<member> members_;
};

}  // namespace gauntlet
