#pragma once
/// What an executor runs: a function, where its outcome goes, and its place in a queue, in one piece of memory.

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "primitives/future/future_state.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

/// A task as a queue sees it.
class task {
 public:
  task() = default;
  task(const task&) = delete;
  task& operator=(const task&) = delete;

  /// Runs the function, and destroys it; nobody sees the outcome before publish().
  /// @return false if it was cancelled: then nothing was run, and there is nothing to publish
  virtual bool run() noexcept = 0;
  /// @return whether call_back() is to follow
  virtual bool publish() noexcept = 0;
  /// Calls what was added to the future, which may take its time.
  virtual void call_back() noexcept = 0;
  /// Ends it, if it does not run yet, without running it.
  virtual void withdraw() noexcept = 0;
  virtual void refuse(std::exception_ptr with) noexcept = 0;
  /// The queue has done with it.
  virtual void release() noexcept = 0;

  sync::var<task*> next{nullptr};

 protected:
  ~task() = default;
};

/// @tparam Bound called once, without arguments @tparam T what that gives
template <class Bound, class T>
class job final : public future_value<T>, public task {
 public:
  /// Counts two holders: the queue, and the future that its maker makes.
  explicit job(Bound&& bound) : future_value<T>(2), bound_(std::in_place, std::move(bound)) {}

  bool run() noexcept override {
    if (!this->set_running()) return false;
    const auto call = [this] {
      if constexpr (std::is_void_v<T>) {
        (*bound_)();
        this->keep();
      } else {
        this->keep((*bound_)());
      }
    };
    this->attempt(call);
    bound_.reset();
    return true;
  }
  bool publish() noexcept override { return future_state::publish(); }
  void call_back() noexcept override { future_state::call_back(); }
  void withdraw() noexcept override { this->cancel(); }
  void refuse(std::exception_ptr with) noexcept override {
    if (!this->set_running()) return;
    bound_.reset();
    this->fail(std::move(with));
    if (publish()) call_back();
  }
  void release() noexcept override { this->drop(); }

 private:
  /// Nobody else has a use for the function: it was cancelled before it ran.
  void forget() noexcept override { bound_.reset(); }
  void reclaim() noexcept override { sync::destroy(this); }

  std::optional<Bound> bound_;
};

}  // namespace gauntlet
