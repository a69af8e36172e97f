#pragma once
/// What every semaphore promises.
///
/// A semaphore is made with a number of permits, `explicit S(std::uint32_t initial = 1)`, never copied, and has
/// `void acquire()`, `bool try_acquire()`, `bool try_acquire_for(duration)`, `bool try_acquire_until(time_point)` and
/// `void release(std::uint32_t n = 1)`, as std::counting_semaphore does; errors are exceptions, see behaviour.cpp. A
/// try fails only if no permit is free, and a timed one only after its time. One that is also made as `S(initial,
/// limit)` refuses to have more than `limit` permits free: release() throws std::overflow_error instead, and adds none.

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "harness/scenario.hpp"
#include "primitives/semaphore/specification.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// For after(): exactly `expected` permits are free. Takes them.
template <class S>
void expect_permits(S& semaphore, unsigned expected) {
  for (unsigned i = 0; i < expected; ++i) sync::check(semaphore.try_acquire(), "a permit was lost");
  sync::check(!semaphore.try_acquire(), "there is a permit that nobody released");
  // A wait has ways to a permit of its own.
  sync::check(!semaphore.try_acquire_for(std::chrono::seconds(0)), "a waiter gets a permit that nobody released");
}

template <class S>
class permits_bound {
 public:
  explicit permits_bound(harness::shape size)
      : size_(size), permits_(size.threads > 1 ? size.threads - 1 : 1), semaphore_(permits_) {}
  static bool alike(unsigned, unsigned) { return true; }

  void thread(unsigned) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      semaphore_.acquire();
      // relaxed: ordered by the semaphore under test.
      sync::check(inside_.fetch_add(1, std::memory_order_relaxed) < permits_, "more threads are inside than permitted");
      // relaxed: ordered by the semaphore under test.
      inside_.fetch_sub(1, std::memory_order_relaxed);
      semaphore_.release();
    }
  }
  void after() { expect_permits(semaphore_, permits_); }

 private:
  harness::shape size_;
  unsigned permits_;
  S semaphore_;
  sync::atomic<unsigned> inside_{0};
};

template <class S>
class one_permit_excludes {
 public:
  explicit one_permit_excludes(harness::shape size) : size_(size) {}
  static bool alike(unsigned, unsigned) { return true; }

  void thread(unsigned) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      semaphore_.acquire();
      visits_.set(visits_.get() + 1);
      semaphore_.release();
    }
  }
  void after() {
    sync::check(visits_.get() == size_.threads * size_.operations, "a holder's update was lost");
    expect_permits(semaphore_, 1);
  }

 private:
  harness::shape size_;
  S semaphore_{1};
  sync::var<unsigned> visits_{0};
};

/// The releases come one by one and fast, so that a woken acquirer is often still on its way when the next one comes
/// (libc++'s lost_wakeup.pass.cpp).
template <class S>
class no_lost_wakeup {
 public:
  explicit no_lost_wakeup(harness::shape size) : size_(size) {}
  static std::string_view role(unsigned which) { return which == 0 ? "releaser" : "acquirer"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    if (role == 0)
      for (unsigned i = 0; i < releases(); ++i) semaphore_.release();
    else
      for (unsigned i = 0; i < size_.operations; ++i) semaphore_.acquire();
  }
  void after() { expect_permits(semaphore_, 0); }

 private:
  unsigned releases() const { return (size_.threads - 1) * size_.operations; }

  harness::shape size_;
  S semaphore_ = with_permits<S>(0, releases());
};

template <class S>
class release_many_wakes_as_many {
 public:
  explicit release_many_wakes_as_many(harness::shape size) : size_(size) {}
  static std::string_view role(unsigned which) { return which == 0 ? "releaser" : "acquirer"; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      if (role != 0) {
        semaphore_.acquire();
        continue;
      }
      for (unsigned acquirer = 1; acquirer < size_.threads; ++acquirer) harness::until_blocked(acquirer);
      semaphore_.release(size_.threads - 1);
    }
  }
  void after() { expect_permits(semaphore_, 0); }

 private:
  harness::shape size_;
  // A woken acquirer may still be on its way to its permit when the next round's come.
  S semaphore_ = with_permits<S>(0, (size_.threads - 1) * size_.operations);
};

/// Who has acquired k permits knows of k releases, at least, and sees what came before each.
template <class S>
class publication {
 public:
  explicit publication(harness::shape size) : size_(size), pages_((size.threads - 1) * size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "publisher" : "reader"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    if (role == 0) {
      for (auto& page : pages_) {
        page.set(42);
        semaphore_.release();
      }
      return;
    }
    for (unsigned i = 0; i < size_.operations; ++i) {
      semaphore_.acquire();
      sync::check(pages_[i].get() == 42, "what came before release() is not visible after acquire()");
    }
  }

 private:
  harness::shape size_;
  std::vector<sync::var<int>> pages_;
  S semaphore_ = with_permits<S>(0, static_cast<std::uint32_t>(pages_.size()));
};

template <class S>
class timeout_races_with_release {
 public:
  explicit timeout_races_with_release(harness::shape size) : size_(size), taken_(size.threads) {}
  static std::string_view role(unsigned which) { return which == 0 ? "releaser" : "impatient"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      if (role == 0)
        semaphore_.release();
      else if (semaphore_.try_acquire_for(std::chrono::microseconds(20)))
        ++taken_[role];
    }
  }
  void after() {
    unsigned left = size_.operations;
    for (const unsigned taken : taken_) {
      sync::check(taken <= left, "more permits were taken than released");
      left -= taken;
    }
    expect_permits(semaphore_, left);
  }

 private:
  harness::shape size_;
  S semaphore_ = with_permits<S>(0, size_.operations);
  std::vector<unsigned> taken_;
};

/// A wake-up that reaches a waiter whose time is up must not be lost for those who wait on.
template <class S>
class timeout_takes_no_wakeup {
 public:
  explicit timeout_takes_no_wakeup(harness::shape size) : size_(size) {}
  static std::string_view role(unsigned which) {
    return which == 0 ? "releaser" : which == 1 ? "patient" : "impatient";
  }
  static bool alike(unsigned one, unsigned other) { return one > 1 && other > 1; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      if (role == 0)
        semaphore_.release();
      else if (role == 1)
        semaphore_.acquire();
      else if (semaphore_.try_acquire_for(std::chrono::microseconds(20)))
        semaphore_.release();
    }
  }
  void after() { expect_permits(semaphore_, size_.threads > 1 ? 0 : size_.operations); }

 private:
  harness::shape size_;
  S semaphore_ = with_permits<S>(0, size_.operations);
};

/// The last acquirer destroys the semaphore while the release that let it through may still be on its way out.
template <class S>
class destroyed_after_last_acquire {
 public:
  explicit destroyed_after_last_acquire(harness::shape size) : size_(size), rounds_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "releaser" : "acquirer"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void before() {
    for (auto& one : rounds_) one = sync::make<round>(size_.threads - 1);
  }

  void thread(unsigned role) {
    for (round* const one : rounds_) {
      if (role == 0) {
        one->semaphore.release(size_.threads - 1);
        continue;
      }
      one->semaphore.acquire();
      // acq_rel [last]: pairs with the other acquirers' fetch_sub of left; carries that their acquire() has returned.
      if (one->left.fetch_sub(1, std::memory_order_acq_rel) == 1) sync::destroy(one);
    }
  }

 private:
  struct round {
    explicit round(unsigned acquirers) : semaphore(with_permits<S>(0, acquirers)), left(acquirers) {}
    S semaphore;
    sync::atomic<unsigned> left;
  };

  harness::shape size_;
  std::vector<round*> rounds_;
};

/// Together they release more than there is room for, by ones and by twos: what is refused is refused as a whole.
template <class S>
class the_limit_holds {
 public:
  explicit the_limit_holds(harness::shape size) : size_(size), seen_(size.threads) {}
  static bool alike(unsigned one, unsigned other) { return one % 2 == other % 2; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      const std::uint32_t n = 1 + (role + i) % 2;
      try {
        semaphore_.release(n);
        seen_[role].added += n;
      } catch (const std::overflow_error&) {
        seen_[role].refused_one |= n == 1;
      }
    }
  }
  void after() {
    tally all;
    for (const tally& each : seen_) {
      all.added += each.added;
      all.refused_one |= each.refused_one;
    }
    sync::check(all.added <= limit(), "more permits were released than the semaphore was made for");
    // None was taken meanwhile, so that a release of one is refused only when all are free.
    sync::check(!all.refused_one || all.added == limit(), "a release was refused though there was room for it");
    expect_permits(semaphore_, all.added);
  }

 private:
  struct tally {
    unsigned added = 0;
    bool refused_one = false;
  };
  std::uint32_t limit() const { return size_.threads * size_.operations; }

  harness::shape size_;
  S semaphore_ = with_permits<S>(0, limit());
  std::vector<tally> seen_;
};

template <class S>
void describe(harness::contract& made) {
  constexpr bool has_acquire = requires(S& semaphore) {
    { semaphore.acquire() } -> std::same_as<void>;
  };
  constexpr bool has_try_acquire = requires(S& semaphore) {
    { semaphore.try_acquire() } -> std::same_as<bool>;
  };
  constexpr bool has_try_acquire_for = requires(S& semaphore, std::chrono::microseconds duration) {
    { semaphore.try_acquire_for(duration) } -> std::same_as<bool>;
  };
  constexpr bool has_try_acquire_until = requires(S& semaphore, std::chrono::system_clock::time_point when) {
    { semaphore.try_acquire_until(when) } -> std::same_as<bool>;
  };
  constexpr bool has_release = requires(S& semaphore, std::uint32_t n) {
    { semaphore.release(n) } -> std::same_as<void>;
    { semaphore.release() } -> std::same_as<void>;
  };
  static_assert(std::constructible_from<S, std::uint32_t> && std::default_initializable<S>,
                "gauntlet: kind semaphore needs a public constructor `explicit S(std::uint32_t initial = 1)`");
  static_assert(!std::copy_constructible<S>, "gauntlet: a semaphore must not be copyable; delete its copy constructor");
  static_assert(has_acquire, "gauntlet: kind semaphore needs `void acquire()`");
  static_assert(has_try_acquire, "gauntlet: kind semaphore needs `bool try_acquire()`");
  static_assert(has_try_acquire_for, "gauntlet: kind semaphore needs `bool try_acquire_for(duration)`");
  static_assert(has_try_acquire_until, "gauntlet: kind semaphore needs `bool try_acquire_until(time_point)`");
  static_assert(has_release, "gauntlet: kind semaphore needs `void release(std::uint32_t n = 1)`");

  if constexpr (std::constructible_from<S, std::uint32_t> && std::default_initializable<S> && has_acquire &&
                has_try_acquire && has_try_acquire_for && has_try_acquire_until && has_release) {
    made.add<permits_bound<S>>("permits_bound", "Never more threads are inside than there are permits.",
                               {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
    made.add<one_permit_excludes<S>>("one_permit_excludes",
                                     "With one permit, each holder sees all that the holders before it did.",
                                     {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
    made.add<no_lost_wakeup<S>>("no_lost_wakeup", "As many acquirers get through as permits are released one by one.",
                                {.model = {{2, 2}, {3, 1}, {3, 2}}, .native = {4, 20}});
    made.add<release_many_wakes_as_many<S>>("release_many_wakes_as_many", "release(n) wakes n of those who wait.",
                                            {.model = {{2, 1}, {3, 1}}, .native = {4, 2}});
    made.add<publication<S>>("publication", "What came before k releases is visible to whoever has acquired k permits.",
                             {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
    made.add<timeout_races_with_release<S>>(
        "timeout_races_with_release", "An acquire that times out takes no permit, and one that doesn't takes one.",
        {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 5}});
    made.add<timeout_takes_no_wakeup<S>>("timeout_takes_no_wakeup",
                                         "A waiter that times out takes nobody's wake-up with it.",
                                         {.model = {{3, 1}, {3, 2}}, .native = {4, 5}});
    made.add<destroyed_after_last_acquire<S>>(
        "destroyed_after_last_acquire", "The last to acquire may destroy the semaphore: release() doesn't look back.",
        {.model = {{2, 1}, {3, 1}}, .native = {4, 10}});
    harness::add_collision<S, semaphore_specification<S>, &last_permit<S>>(
        made, "last_permit", "Of two that try for one permit one gets it.");
    harness::add_collision<S, semaphore_specification<S>, &release_meets_tries<S>>(
        made, "release_meets_tries", "A try gets the permit that is there, and no other.");
    harness::add_collision<S, semaphore_specification<S>, &two_releases<S>>(made, "two_releases",
                                                                            "Permits are added as long as they fit.");
    made.add<harness::linearizability<S, semaphore_specification<S>>>(
        "linearizability", "Each call takes effect at one point between call and return, and none waits in vain.",
        {.model = {{2, 2}, {3, 2}}, .native = {3, 4}});
    if constexpr (limited_semaphore<S>)
      made.add<the_limit_holds<S>>(
          "the_limit_holds", "Of releases that are too many together, those that fit are done, the others refused.",
          {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
  }
}

}  // namespace gauntlet::contracts
