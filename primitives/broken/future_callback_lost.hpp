#pragma once
/// future that asks whether it is done, and then appends the callback to its list.
///
///     adds a callback              ends the future
///     looks: not done
///                                  done; the list is empty: nobody to call
///     appends to the list, which
///     nobody will look at again
///
/// stress and relacy must catch it, as a callback that was not called.

#include <exception>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "primitives/future/future.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

template <class T>
class future_callback_lost : public future<T> {
  class state;

 public:
  class promise_type;

  future_callback_lost() = default;
  explicit future_callback_lost(state* of) : future<T>(counted(of)), state_(counted(of)) {}

  bool cancel() {
    const bool is = future<T>::cancel();
    if (is) state_->call_all();
    return is;
  }

  template <class Function>
  void add_done_callback(Function function) const {
    const auto call = [function, mine = *this] { function(mine); };
    // flaw: nothing keeps the future from ending between this look and the append.
    if (this->done()) return call();
    state_->append(call);
  }

 private:
  class state final : public future_value<T> {
   public:
    state() : future_value<T>(1) {}
    virtual ~state() = default;
    using future_value<T>::keep;
    using future_state::fail;
    using future_state::settle;

    void append(std::function<void()> added) {
      const std::lock_guard guard(lock_);
      callbacks_.push_back(std::move(added));
    }
    void call_all() {
      std::vector<std::function<void()>> called;
      {
        const std::lock_guard guard(lock_);
        called.swap(callbacks_);
      }
      for (const auto& each : called) each();
    }

   private:
    void reclaim() noexcept override { sync::destroy(this); }

    mutex lock_;
    std::vector<std::function<void()>> callbacks_;
  };

  static state* counted(state* of) {
    of->hold();
    return of;
  }

  holder<state> state_;
};

template <class T>
class future_callback_lost<T>::promise_type {
 public:
  promise_type() : state_(sync::make<state>()) {}
  promise_type(promise_type&&) = default;
  ~promise_type() {
    if (!state_->done()) set_exception(std::make_exception_ptr(std::future_error(std::future_errc::broken_promise)));
  }

  future_callback_lost get_future() const { return future_callback_lost(state_.get()); }
  bool set_running() { return state_->set_running(); }
  void set_result(T value) {
    end(state_->settle([&] { state_->keep(std::move(value)); }));
  }
  void set_exception(std::exception_ptr thrown) {
    end(state_->settle([&] { state_->fail(std::move(thrown)); }));
  }

 private:
  void end(bool by_this) {
    if (!by_this) throw std::future_error(std::future_errc::promise_already_satisfied);
    state_->call_all();
  }

  holder<state> state_;
};

}  // namespace gauntlet
