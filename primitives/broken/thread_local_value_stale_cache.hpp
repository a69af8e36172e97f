#pragma once
/// thread_local_value that remembers who asked last, and with which value: two words that don't belong together.
///
///     A writes its number, and is suspended
///     B writes its number and its value
///     A writes its value
///     B finds its own number, and takes A's value for its own
///
/// Both words are atomic. stress and relacy must catch it, as a value that its thread did not set, or by what happens
/// when that value has gone with its own thread.

#include <functional>
#include <optional>
#include <utility>

#include "primitives/sync.hpp"

namespace gauntlet {

template <class T>
class thread_local_value_stale_cache {
 public:
  thread_local_value_stale_cache() : initial_([] { return T(); }) {}
  explicit thread_local_value_stale_cache(std::function<T()> initial) : initial_(std::move(initial)) {}
  thread_local_value_stale_cache(const thread_local_value_stale_cache&) = delete;
  thread_local_value_stale_cache& operator=(const thread_local_value_stale_cache&) = delete;

  T& get() {
    std::optional<T>& found = mine();
    if (!found) found.emplace(initial_());
    return *found;
  }
  void set(T value) { mine() = std::move(value); }
  bool has_value() { return mine().has_value(); }
  void reset() { mine().reset(); }

 private:
  std::optional<T>& mine() {
    const auto me = sync::this_thread();
    // acquire [cache]: pairs with the release of last_ below.
    if (last_.load(std::memory_order_acquire) == me) {
      // acquire [cache]: pairs with the release of value_ below; carries what it points to.
      return *value_.load(std::memory_order_acquire);
    }
    std::optional<T>& found = values_.get();
    // release [cache]: pairs with the acquire of last_ above.
    last_.store(me, std::memory_order_release);
    // flaw: another thread may have put its number there since.
    // release [cache]: pairs with the acquire of value_ above; carries what it points to.
    value_.store(&found, std::memory_order_release);
    return found;
  }

  const std::function<T()> initial_;
  sync::slot<std::optional<T>> values_;
  sync::atomic<sync::thread_id> last_{0};
  sync::atomic<std::optional<T>*> value_{nullptr};
};

}  // namespace gauntlet
