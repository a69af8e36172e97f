#pragma once
/// Futures in the order in which they are done, after Python's concurrent.futures.as_completed.
///
/// Memory ordering: what came before the end of a future is visible to whoever is given it.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "primitives/event/event.hpp"
#include "primitives/future/future_state.hpp"
#include "primitives/future/wait.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

/// A range that is gone through once, and gives each future once; it keeps none that it gave. Neither copied nor moved.
template <class Future>
class completions {
 public:
  class iterator {
   public:
    using value_type = Future;
    using difference_type = std::ptrdiff_t;

    /// Once for each.
    Future operator*() const { return std::move(from_->current_); }
    /// Waits for the next. @throws timeout_error that says how many are unfinished
    iterator& operator++() {
      from_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return from_->over_; }

   private:
    friend class completions;
    explicit iterator(completions* from) : from_(from) {}
    completions* from_;
  };

  completions(std::vector<Future> futures, const sync::deadline& until)
      : until_(until), links_(futures.size()), left_(futures.size()) {
    for (std::size_t i = 0; i < links_.size(); ++i) {
      links_[i].whole = this;
      links_[i].of = std::move(futures[i]);
      if (!links_[i].of.observe(links_[i])) arrive(links_[i]);
    }
  }
  completions(const completions&) = delete;
  completions& operator=(const completions&) = delete;
  ~completions() {
    for (link& each : links_)
      if (each.of.valid()) each.of.ignore(each);
  }

  /// Waits for the first. Once.
  iterator begin() {
    next();
    return iterator(this);
  }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  struct link final : observer {
    void told(bool) noexcept override { whole->arrive(*this); }
    completions* whole = nullptr;
    Future of;
    link* next = nullptr;
  };

  void arrive(link& done) noexcept {
    // relaxed: revalidated by the compare-exchange.
    link* newest = arrived_.load(std::memory_order_relaxed);
    sync::retry_until([&] {
      done.next = newest;
      // release [arrive]: pairs with next()'s acquire of arrived_; carries the link and what came before the end.
      // relaxed: on failure revalidated by the next attempt.
      return arrived_.compare_exchange_weak(newest, &done, std::memory_order_release, std::memory_order_relaxed);
    });
    news_.set();
  }

  void next() {
    over_ = left_ == 0;
    if (over_) return;
    while (ready_ == nullptr) {
      // What comes after this is announced anew.
      news_.clear();
      // acquire [arrive]: pairs with arrive()'s release of arrived_; carries the links and what came before the ends.
      for (link* each = arrived_.exchange(nullptr, std::memory_order_acquire); each != nullptr;)
        ready_ = std::exchange(each, std::exchange(each->next, ready_));
      if (ready_ == nullptr && !news_.wait_until(until_.when()))
        throw timeout_error(std::to_string(left_) + " (of " + std::to_string(links_.size()) + ") futures unfinished");
    }
    link* const first = ready_;
    ready_ = first->next;
    --left_;
    // A link that was told is needed by nobody but for the lock that its teller may still hold.
    first->of.ignore(*first);
    current_ = std::move(first->of);
  }

  const sync::deadline until_;
  std::vector<link> links_;
  sync::atomic<link*> arrived_{nullptr};
  event news_;
  // The caller's.
  std::size_t left_;
  link* ready_ = nullptr;
  Future current_;
  bool over_ = false;
};

/// @param futures any range of them; one that comes twice is given once
template <range_of_futures Futures>
auto as_completed(Futures&& futures) {
  return completions<std::ranges::range_value_t<Futures>>(distinct(futures), sync::deadline::never());
}
/// @param duration from now on, for all together; zero, or negative: those that are done; too long: no limit
template <range_of_futures Futures, class Rep, class Period>
auto as_completed_for(Futures&& futures, const std::chrono::duration<Rep, Period>& duration) {
  return completions<std::ranges::range_value_t<Futures>>(distinct(futures), sync::deadline::after(duration));
}
/// @param until a point on any clock, passed or not
template <range_of_futures Futures, class Clock, class Duration>
auto as_completed_until(Futures&& futures, const std::chrono::time_point<Clock, Duration>& until) {
  return completions<std::ranges::range_value_t<Futures>>(distinct(futures), sync::deadline::at(until));
}

}  // namespace gauntlet
