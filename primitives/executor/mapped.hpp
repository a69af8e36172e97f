#pragma once
/// The results of one function for many arguments, in the arguments' order.

#include <cstddef>
#include <deque>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

#include "primitives/future/future.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

/// A range that is gone through once. After an error or a time-out it is over, and what has not begun is cancelled; so
/// it is where somebody stops half-way. Who never looks leaves all of it running.
template <class T>
class mapped {
 public:
  class iterator {
   public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;

    /// Waits for the result, and gives it away. @throws as next()
    T operator*() const { return from_->next(); }
    iterator& operator++() noexcept { return *this; }
    void operator++(int) noexcept {}
    bool operator==(std::default_sentinel_t) const noexcept { return from_->empty(); }

   private:
    friend class mapped;
    explicit iterator(mapped* from) noexcept : from_(from) {}
    mapped* from_;
  };

  mapped(std::deque<future<T>> results, const sync::deadline& until) : rest_(std::move(results)), until_(until) {}
  mapped(mapped&&) noexcept = default;
  mapped& operator=(mapped&&) = delete;
  ~mapped() {
    if (begun_) abandon();
  }

  iterator begin() noexcept { return iterator(this); }
  std::default_sentinel_t end() const noexcept { return {}; }
  bool empty() const noexcept { return rest_.empty(); }

  /// Waits for the next result. There is one: it is not empty.
  /// @throws what the function threw for this argument, timeout_error, or cancelled_error
  T next() {
    begun_ = true;
    future<T> first = std::move(rest_.front());
    rest_.pop_front();
    if (!first.wait_until(until_.when())) {
      first.cancel();
      abandon();
      throw timeout_error("map: time is up");
    }
    if (first.cancelled() || first.exception() != nullptr) abandon();
    return std::move(first).result();
  }

  /// Waits for all that are left. @return a vector of them; nothing of void @throws as next()
  auto all() {
    if constexpr (std::is_void_v<T>) {
      while (!empty()) next();
    } else {
      std::vector<T> results;
      results.reserve(rest_.size());
      while (!empty()) results.push_back(next());
      return results;
    }
  }

 private:
  void abandon() noexcept {
    for (auto& each : rest_) each.cancel();
    rest_.clear();
  }

  std::deque<future<T>> rest_;
  sync::deadline until_;
  bool begun_ = false;
};

}  // namespace gauntlet
