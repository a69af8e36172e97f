#pragma once
/// thread_local_value kept in a table by the thread's number, which nobody clears when the thread ends.
///
///     a thread sets its value, and ends
///     its value lives on, for as long as the table
///
/// A program that starts many threads grows without a leak to be seen: all can be reached. behaviour, stress and relacy
/// must catch it.

#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

template <class T>
class thread_local_value_kept_at_exit {
 public:
  thread_local_value_kept_at_exit() : initial_([] { return T(); }) {}
  explicit thread_local_value_kept_at_exit(std::function<T()> initial) : initial_(std::move(initial)) {}
  thread_local_value_kept_at_exit(const thread_local_value_kept_at_exit&) = delete;
  thread_local_value_kept_at_exit& operator=(const thread_local_value_kept_at_exit&) = delete;
  ~thread_local_value_kept_at_exit() {
    for (row* each = first_.get(); each != nullptr;) sync::destroy(std::exchange(each, each->next));
  }

  T& get() {
    std::optional<T>& found = mine();
    if (!found) found.emplace(initial_());
    return *found;
  }
  void set(T value) { mine() = std::move(value); }
  bool has_value() { return mine().has_value(); }
  void reset() { mine().reset(); }

 private:
  struct row {
    row(sync::thread_id who, row* before) : owner(who), next(before) {}
    const sync::thread_id owner;
    row* const next;
    std::optional<T> value;
  };

  std::optional<T>& mine() {
    const std::lock_guard guard(lock_);
    const auto me = sync::this_thread();
    for (row* each = first_.get(); each != nullptr; each = each->next)
      if (each->owner == me) return each->value;
    // flaw: the row stays when its thread ends.
    first_.set(sync::make<row>(me, first_.get()));
    return first_.get()->value;
  }

  const std::function<T()> initial_;
  mutex lock_;
  sync::var<row*> first_{nullptr};
};

}  // namespace gauntlet
