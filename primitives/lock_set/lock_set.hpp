#pragma once
/// Several locks taken together, always in the order of their addresses, so that no two sets can wait for each other
/// in a circle (resource ordering: Havender 1968, "Avoiding deadlock in multitasking systems").
///
///     lock_set both(left, right);
///     const std::lock_guard guard(both);
///
/// Promises
///   safety    between a successful lock() or try_lock() and the unlock() that ends it the caller holds every lock of
///             the set; after a try that failed, or a call that threw, none.
///   progress  blocking. Sets alone can't deadlock, whatever the order in which they name their locks. A lock that is
///             held while a set is locked is outside of that order: the checker in lock_order/ watches over both.
///   fairness  each lock's own: a set waits for one lock after the other and gives none back meanwhile.
///   lifetime  the locks outlive the set. The set has no state but their addresses: one may be made for each use, or
///             one be shared by any number of threads.
///
/// Order by address or std::scoped_lock, which takes one lock, tries the others, and backs off? A set waits in each
/// lock's queue, once: right where the locks are contended, fair or many. std::scoped_lock holds nothing while it
/// waits: right where a thread that waits for a late lock must not hold up those who want an early one, and the only
/// way for locks whose order can't be known, such as views of locks that lie elsewhere. Both may be used on the same
/// locks at once.
///
/// Memory ordering: as the locks have it.
///
/// Invariant
///   O1  members_ is sorted and names no lock twice: locks are taken from its beginning, and given back from its end.
///
/// There are no timed forms: they would have to give back what they took, and that is std::scoped_lock's way.

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <ranges>
#include <type_traits>
#include <vector>

#include "primitives/sync.hpp"

namespace gauntlet {

class lock_set;

/// A lock that has an address of its own for as long as it lives. Guards such as std::unique_lock have not, they can
/// be moved; a set in a set would be ordered by the set's address instead of its locks'.
template <class L>
concept orderable_lock =
    !std::same_as<std::remove_const_t<L>, lock_set> && !std::move_constructible<L> && requires(L& lock) {
      lock.lock();
      { lock.try_lock() } -> std::same_as<bool>;
      lock.unlock();
    };

class lock_set {
 public:
  /// @param locks any number, of any types, in any order; one that is named twice counts once
  template <orderable_lock... L>
  explicit lock_set(L&... locks) : members_{member(locks)...} {
    sort();
  }

  /// @param locks a range of locks; O(n log n), as above
  template <std::ranges::input_range R>
    requires(std::is_lvalue_reference_v<std::ranges::range_reference_t<R>> &&
             orderable_lock<std::remove_reference_t<std::ranges::range_reference_t<R>>>)
  explicit lock_set(R&& locks) {
    for (auto& lock : locks) members_.push_back(member(lock));
    sort();
  }

  lock_set(const lock_set&) = delete;
  lock_set& operator=(const lock_set&) = delete;

  /// @throws what a lock's lock() throws; none of the set is held then
  void lock() {
    progress taken(members_);
    for (const member& each : members_) {
      each.how->lock(each.address);
      taken.one_more();
    }
    taken.keep();
  }

  /// @return whether all were free; each is tried once, from the first to the one that is not
  bool try_lock() {
    progress taken(members_);
    for (const member& each : members_) {
      if (!each.how->try_lock(each.address)) return false;
      taken.one_more();
    }
    taken.keep();
    return true;
  }

  /// @throws the first of what the locks' unlock() throw; the others are unlocked all the same
  void unlock() {
    std::exception_ptr thrown;
    for (const member& each : std::views::reverse(members_)) {
      try {
        each.how->unlock(each.address);
      } catch (...) {
        if (!thrown) thrown = std::current_exception();
      }
    }
    if (thrown) std::rethrow_exception(thrown);
  }

  /// How many locks it takes; one that was named twice counts once.
  std::size_t size() const noexcept { return members_.size(); }

 private:
  /// What a lock can do, without its type.
  struct verbs {
    void (*lock)(void*);
    bool (*try_lock)(void*);
    void (*unlock)(void*);
  };
  template <class L>
  static constexpr verbs verbs_of{
      .lock = [](void* self) { static_cast<L*>(self)->lock(); },
      .try_lock = [](void* self) -> bool { return static_cast<L*>(self)->try_lock(); },
      .unlock = [](void* self) { static_cast<L*>(self)->unlock(); },
  };

  struct member {
    template <class L>
    explicit member(L& lock) : address(std::addressof(lock)), how(&verbs_of<L>) {}

    /// std::less orders any two addresses, also of different objects ([comparisons.general]).
    bool operator<(const member& other) const noexcept { return std::less<>()(address, other.address); }
    bool operator==(const member& other) const noexcept { return address == other.address; }

    void* address;
    const verbs* how;
  };

  /// The locks that were taken from the beginning of the set; gives them back unless all were.
  class progress {
   public:
    explicit progress(const std::vector<member>& members) noexcept : members_(members) {}
    progress(const progress&) = delete;
    progress& operator=(const progress&) = delete;
    ~progress() {
      for (; taken_ > 0; --taken_) members_[taken_ - 1].how->unlock(members_[taken_ - 1].address);
    }

    void one_more() noexcept { ++taken_; }
    void keep() noexcept { taken_ = 0; }

   private:
    const std::vector<member>& members_;
    std::size_t taken_ = 0;
  };

  /// O1.
  void sort() {
    std::ranges::sort(members_, std::less<>());
    const auto twice = std::ranges::unique(members_);
    members_.erase(twice.begin(), twice.end());
  }

  std::vector<member> members_;
};

}  // namespace gauntlet
