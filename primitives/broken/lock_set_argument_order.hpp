#pragma once
/// lock_set that takes its locks in the order in which they are named.
///
///     one thread: set(left, right)    another: set(right, left)
///     takes left                      takes right
///     waits for right                 waits for left, for ever
///
/// stress and relacy must catch it, as a deadlock; tsan as an inversion of the lock order, which needs no deadlock.

#include <concepts>
#include <cstddef>
#include <functional>
#include <ranges>
#include <vector>

#include "primitives/sync.hpp"

namespace gauntlet {

class lock_set_argument_order {
 public:
  template <class... L>
    requires(std::invocable<decltype(&L::try_lock), L&> && ...)
  explicit lock_set_argument_order(L&... locks) {
    (add(locks), ...);
  }
  template <std::ranges::input_range R>
  explicit lock_set_argument_order(R&& locks) {
    for (auto& lock : locks) add(lock);
  }
  lock_set_argument_order(const lock_set_argument_order&) = delete;
  lock_set_argument_order& operator=(const lock_set_argument_order&) = delete;

  // flaw: members_ is not sorted.
  void lock() {
    for (std::size_t taken = 0; taken < members_.size(); ++taken) {
      try {
        members_[taken].lock();
      } catch (...) {
        give_back(taken);
        throw;
      }
    }
  }

  bool try_lock() {
    for (std::size_t taken = 0; taken < members_.size(); ++taken) {
      if (members_[taken].try_lock()) continue;
      give_back(taken);
      return false;
    }
    return true;
  }

  void unlock() { give_back(members_.size()); }
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
    for (const member& known : members_)
      if (known.address == &lock) return;
    members_.push_back(
        {&lock, [&lock] { lock.lock(); }, [&lock] { return lock.try_lock(); }, [&lock] { lock.unlock(); }});
  }
  void give_back(std::size_t taken) {
    for (; taken > 0; --taken) members_[taken - 1].unlock();
  }

  std::vector<member> members_;
};

}  // namespace gauntlet
