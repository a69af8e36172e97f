#pragma once
/// future whose done() reads a flag of its own that orders nothing.
///
///     producer                      who polls
///     writes the data
///     sets the result, and the flag
///                                   done(): true
///                                   reads the data: a race
///
/// tsan must catch it, and relacy, as a race on what came before the result. x86 orders it by itself: all that stress
/// could see is that the flag comes late.

#include <exception>
#include <utility>

#include "primitives/future/future.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

template <class T>
class future_relaxed_done : public future<T> {
  class state final : public future_value<T> {
   public:
    state() : future_value<T>(1) {}
    using future_value<T>::keep;
    using future_state::fail;
    using future_state::settle;

    sync::atomic<bool> flag{false};

   private:
    void reclaim() noexcept override { sync::destroy(this); }
  };

 public:
  class promise_type {
   public:
    promise_type() : state_(sync::make<state>()) {}
    promise_type(promise_type&&) = default;
    ~promise_type() {
      if (!state_->done()) set_exception(std::make_exception_ptr(std::future_error(std::future_errc::broken_promise)));
    }

    future_relaxed_done get_future() const { return future_relaxed_done(state_.get()); }
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
      // flaw: it must be a release.
      state_->flag.store(true, std::memory_order_relaxed);
    }

    holder<state> state_;
  };

  future_relaxed_done() = default;

  bool done() const {
    // flaw: it must be an acquire; and without the flag a cancelled future would be done, too.
    return state_->flag.load(std::memory_order_relaxed) || this->cancelled();
  }

 private:
  explicit future_relaxed_done(state* of) : future<T>(counted(of)), state_(counted(of)) {}

  static state* counted(state* of) {
    of->hold();
    return of;
  }

  holder<state> state_;
};

}  // namespace gauntlet
