#pragma once
/// The outcome of something that happens elsewhere, after Python's concurrent.futures.Future; the promise is the side
/// that makes it happen (Baker & Hewitt 1977, "The incremental garbage collection of processes").
///
/// Promises
///   safety      a future is done once: it has a result, or an exception, or was cancelled, and that never changes. Of
///               cancel() and set_running() that race one succeeds. Setting an outcome twice, or after a cancel(),
///               throws and changes nothing.
///   progress    waits block, everything else doesn't but for the time that another thread needs to move a result in.
///               Who waits is woken by whoever ends the future, also by cancel().
///   callbacks   each is called once: by the thread that ends the future, in the order in which they were added; or at
///               once, by the thread that adds it to one that is done. It is called without any lock. What it throws is
///               printed to stderr, and the others are called nevertheless.
///   lifetime    futures are handles, copied at will; what they share goes with the last handle. A promise that is
///               destroyed before there is an outcome leaves std::future_error (broken_promise).
///
/// Memory ordering: what came before the outcome was set, or before cancel(), is visible to whoever sees the future
/// done, in any way, and to the callbacks.
///
///   phase      what is true               who moves it on
///   pending    nothing has begun          set_running(): running. cancel(): cancelled. The outcome: finished
///   running    too late to cancel         the outcome: finished
///   cancelled  there will be no outcome   nobody
///   finished   there is an outcome        nobody
///
/// The word also says whether somebody sleeps on it (`waited`), whether the lists are in use (`listed`), and that an
/// outcome is being moved in (`settling`): what it comes to then, everybody waits for who must know.
///
/// Invariants
///   F1  Phase and flags are one word: who ends a future learns by the same step whom to tell.
///   F2  Under lock_, a list grows only while the future isn't done, and after `listed` is set.
///   F3  The outcome is written before the word says `finished`, by the one that set `settling`, or that alone runs it.
///
/// Python's CANCELLED_AND_NOTIFIED does not exist: there a cancelled future keeps its waiters until a worker finds it
/// in its queue. Here cancel() itself tells everybody, so a cancelled future is done.

#include <chrono>
#include <concepts>
#include <exception>
#include <functional>
#include <future>
#include <ostream>
#include <string_view>
#include <type_traits>
#include <utility>

#include "primitives/future/future_state.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

template <class T>
class promise;

/// @tparam T void, or an object type that can be moved
template <class T>
class future {
  static_assert(std::is_void_v<T> || (std::movable<T> && std::same_as<T, std::remove_cv_t<T>>),
                "gauntlet: future<T> needs void, or a T that can be moved and assigned");

 public:
  using value_type = T;
  using promise_type = promise<T>;

  /// No future at all: all but valid() throws std::future_error (no_state).
  future() = default;
  /// For whoever makes outcomes. @param state that counts this handle
  explicit future(future_value<T>* state) noexcept : state_(state) {}

  bool valid() const noexcept { return state_.get() != nullptr; }

  future_phase phase() const { return state_->phase(); }
  bool running() const { return phase() == future_phase::running; }
  bool cancelled() const { return phase() == future_phase::cancelled; }
  /// Whether it is cancelled or finished.
  bool done() const { return state_->done(); }

  /// Nobody shall begin with it.
  /// @return whether it is cancelled: false if it runs, or is finished
  bool cancel() { return state_->cancel(); }

  /// Returns when it is done.
  void wait() const { state_->wait(sync::deadline::never()); }
  /// @param duration zero, or negative: one look; too long to be represented: no limit
  /// @return whether it is done
  template <class Rep, class Period>
  bool wait_for(const std::chrono::duration<Rep, Period>& duration) const {
    return state_->wait(sync::deadline::after(duration));
  }
  /// @param when a point on any clock, passed or not
  template <class Clock, class Duration>
  bool wait_until(const std::chrono::time_point<Clock, Duration>& when) const {
    return state_->wait(sync::deadline::at(when));
  }

  /// Waits for the result.
  /// @return where it is kept, as long as there is a handle
  /// @throws what was set instead, or cancelled_error
  std::add_lvalue_reference_t<const T> result() const& {
    wait();
    return state_->value();
  }
  /// Waits for the result and moves it out, also from under other handles.
  T result() && {
    wait();
    return take();
  }
  /// @throws timeout_error if there is none in time, what was set instead, or cancelled_error
  template <class Rep, class Period>
  std::add_lvalue_reference_t<const T> result_for(const std::chrono::duration<Rep, Period>& duration) const& {
    in_time(wait_for(duration));
    return state_->value();
  }
  template <class Rep, class Period>
  T result_for(const std::chrono::duration<Rep, Period>& duration) && {
    in_time(wait_for(duration));
    return take();
  }
  template <class Clock, class Duration>
  std::add_lvalue_reference_t<const T> result_until(const std::chrono::time_point<Clock, Duration>& when) const& {
    in_time(wait_until(when));
    return state_->value();
  }
  template <class Clock, class Duration>
  T result_until(const std::chrono::time_point<Clock, Duration>& when) && {
    in_time(wait_until(when));
    return take();
  }

  /// Waits for the outcome.
  /// @return what was set instead of a result; null if there is one
  /// @throws cancelled_error
  std::exception_ptr exception() const {
    wait();
    return state_->failure();
  }
  /// @throws timeout_error if it is not done in time, or cancelled_error
  template <class Rep, class Period>
  std::exception_ptr exception_for(const std::chrono::duration<Rep, Period>& duration) const {
    in_time(wait_for(duration));
    return state_->failure();
  }
  template <class Clock, class Duration>
  std::exception_ptr exception_until(const std::chrono::time_point<Clock, Duration>& when) const {
    in_time(wait_until(when));
    return state_->failure();
  }

  /// Has `function` called when the future is done; at once if it is.
  /// @param function called once, with this future
  template <std::invocable<future> Function>
  void add_done_callback(Function&& function) const {
    class calling final : public future_state::callback {
     public:
      explicit calling(Function&& called) : called_(std::forward<Function>(called)) {}
      void call(future_state& done) override {
        done.hold();
        static_cast<void>(std::invoke(std::move(called_), future(static_cast<future_value<T>*>(&done))));
      }
      void reclaim() noexcept override { sync::destroy(this); }

     private:
      std::decay_t<Function> called_;
    };
    state_->when_done(sync::make<calling>(std::forward<Function>(function)));
  }

  // For those that wait for several, see wait.hpp.
  /// @return false if it is done: then `who` will not be told
  bool observe(observer& who) const { return state_->observe(who); }
  void ignore(observer& who) const { state_->ignore(who); }

  /// The same, not the like.
  friend bool operator==(const future&, const future&) = default;
  /// By identity.
  std::size_t hash() const noexcept { return std::hash<const void*>()(state_.get()); }

 private:
  static void in_time(bool is) {
    if (!is) throw timeout_error("future: not done in time");
  }
  T take() {
    if constexpr (std::is_void_v<T>)
      state_->value();
    else
      return std::move(state_->value());
  }

  holder<future_value<T>> state_;
};

/// The side of a future that sets its outcome. Its calls may overlap with each other, too.
template <class T>
class promise {
 public:
  promise() : state_(sync::make<shared>()) {}
  promise(promise&&) noexcept = default;
  promise& operator=(promise&& other) noexcept {
    const promise old(std::move(*this));
    state_ = std::move(other.state_);
    return *this;
  }
  ~promise() {
    if (state_.get() != nullptr) state_->break_promise();
  }

  /// As often as one likes. @throws std::future_error (no_state) if it was moved from
  future<T> get_future() const {
    state_->hold();
    return future<T>(state_.get());
  }

  /// It can't be cancelled any more.
  /// @return false if it was cancelled: then nobody wants an outcome
  /// @throws std::future_error (promise_already_satisfied) if it runs already, or is finished
  bool set_running() { return state_->set_running(); }

  /// What moving it throws becomes the outcome.
  /// @throws std::future_error (promise_already_satisfied) if there is an outcome, or it was cancelled
  template <class... Value>
    requires(std::is_void_v<T> ? sizeof...(Value) == 0 : std::constructible_from<T, Value...>)
  void set_result(Value&&... value) {
    state_->set_result(std::forward<Value>(value)...);
  }
  /// @param thrown not null
  void set_exception(std::exception_ptr thrown) { state_->set_exception(std::move(thrown)); }

 private:
  class shared final : public future_value<T> {
   public:
    shared() noexcept : future_value<T>(1) {}

    template <class... Value>
    void set_result(Value&&... value) {
      satisfied(this->settle([&] { this->keep(std::forward<Value>(value)...); }));
    }
    void set_exception(std::exception_ptr thrown) {
      satisfied(this->settle([&] { this->fail(std::move(thrown)); }));
    }
    void break_promise() {
      if (this->done()) return;
      this->settle(
          [this] { this->fail(std::make_exception_ptr(std::future_error(std::future_errc::broken_promise))); });
    }

   private:
    static void satisfied(bool by_this) {
      if (!by_this) throw std::future_error(std::future_errc::promise_already_satisfied);
    }
    void reclaim() noexcept override { sync::destroy(this); }
  };

  holder<shared> state_;
};

inline std::string_view to_string(future_phase phase) noexcept {
  constexpr std::string_view names[] = {"pending", "running", "cancelled", "finished"};
  return names[static_cast<std::size_t>(phase)];
}

inline std::ostream& operator<<(std::ostream& out, future_phase phase) {
  return out << to_string(phase);
}

}  // namespace gauntlet

/// By identity, so that a map tells what a future was for.
template <class T>
struct std::hash<gauntlet::future<T>> {
  std::size_t operator()(const gauntlet::future<T>& of) const noexcept { return of.hash(); }
};
