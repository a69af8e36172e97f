#pragma once
/// What a future, its promise and whoever waits for it share: one word that decides, and the lists of those to tell.
/// future.hpp says what its users may rely on.

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

enum class future_phase : std::uint32_t { pending, running, cancelled, finished };

/// Thrown to who asks for the outcome of a future that was cancelled.
class cancelled_error : public std::runtime_error {
 public:
  cancelled_error() : std::runtime_error("future: cancelled") {}
};

/// Thrown where a time is up that the caller has set.
class timeout_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Somebody who is told once that a future is done.
class observer {
 public:
  observer() = default;
  observer(const observer&) = delete;
  observer& operator=(const observer&) = delete;

  /// Called under the future's lock: it must not use the future.
  virtual void told(bool failed) noexcept = 0;

 protected:
  ~observer() = default;

 private:
  friend class future_state;
  sync::var<observer*> next_{nullptr};
};

class future_state {
 public:
  /// What is called once when the future is done, outside of all locks; then it is gone.
  class callback {
   public:
    callback() = default;
    callback(const callback&) = delete;
    callback& operator=(const callback&) = delete;
    virtual void call(future_state& done) = 0;
    virtual void reclaim() noexcept = 0;

   protected:
    ~callback() = default;

   private:
    friend class future_state;
    /// The next one, of the last the first.
    sync::var<callback*> next_{nullptr};
  };

  future_state(const future_state&) = delete;
  future_state& operator=(const future_state&) = delete;

  void hold() noexcept {
    // relaxed: carries no data: the caller holds it already.
    holders_.fetch_add(1, std::memory_order_relaxed);
  }

  void drop() noexcept {
    // acquire [last]: pairs with drop()'s release of holders_; carries what the others did with it.
    // acq_rel [last]: pairs with drop()'s acquires of holders_; carries what this one did with it.
    if (holders_.load(std::memory_order_acquire) == 1 || holders_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      reclaim();
  }

  future_phase phase() const noexcept {
    // acquire [done]: pairs with publish()'s and cancel()'s releases of word_; carries the outcome.
    return phase_of(word_.load(std::memory_order_acquire));
  }
  bool done() const noexcept { return phase() >= future_phase::cancelled; }

  /// @return whether it is done
  bool wait(const sync::deadline& when) noexcept {
    // acquire [done]: pairs with publish()'s and cancel()'s releases of word_; carries the outcome.
    auto seen = word_.load(std::memory_order_acquire);
    for (bool late = false; !done(seen);) {
      if (late || when.passed()) return false;
      // acquire [done]: on failure pairs with publish()'s and cancel()'s releases of word_; carries the outcome.
      // relaxed: revalidated by the acquire after the sleep.
      if ((seen & waited) == 0 &&
          !word_.compare_exchange_strong(seen, seen | waited, std::memory_order_relaxed, std::memory_order_acquire))
        continue;
      late = sync::futex_wait_until(word_, seen | waited, when) == sync::wait_result::timed_out;
      // acquire [done]: pairs with publish()'s and cancel()'s releases of word_; carries the outcome.
      seen = word_.load(std::memory_order_acquire);
    }
    return true;
  }

  /// What was thrown instead of a result; null if there is a result. The caller knows that it is done.
  /// @throws cancelled_error
  const std::exception_ptr& failure() const {
    if (phase() == future_phase::cancelled) throw cancelled_error();
    return failure_;
  }

  /// Running from now on: it can't be cancelled any more.
  /// @return false if it was cancelled
  /// @throws std::future_error (promise_already_satisfied) if it runs already, or is finished
  bool set_running() {
    auto seen = settled_word();
    do {
      if (phase_of(seen) == future_phase::cancelled) return false;
      if (phase_of(seen) != future_phase::pending) throw std::future_error(std::future_errc::promise_already_satisfied);
    } while (!advance(seen, seen | word_of(future_phase::running)));
    return true;
  }

  /// @return whether it is cancelled now
  bool cancel() noexcept {
    auto seen = settled_word();
    do {
      if (phase_of(seen) != future_phase::pending) return phase_of(seen) == future_phase::cancelled;
    } while (!advance(seen, word_of(future_phase::cancelled)));
    forget();
    if (tell(seen)) call_back();
    return true;
  }

  /// Tells `who` when it is done. @return false if it is done already: `who` is not told
  bool observe(observer& who) {
    const std::lock_guard guard(lock_);
    if (!list()) return false;
    who.next_.set(observers_.get());
    observers_.set(&who);
    return true;
  }

  /// `who` is not told from now on; nor is it being told when this returns.
  void ignore(observer& who) {
    const std::lock_guard guard(lock_);
    for (auto* at = &observers_; at->get() != nullptr; at = &at->get()->next_)
      if (at->get() == &who) return at->set(who.next_.get());
  }

  /// Calls `what` when it is done; at once if it is.
  void when_done(callback* what) {
    if (!enqueue(what)) call(what);
  }

 protected:
  explicit future_state(std::uint32_t holders) noexcept : holders_(holders) {}
  ~future_state() = default;

  /// Makes what `store` keeps the outcome, or what it throws.
  /// @return false if there is an outcome already, or it was cancelled: then nothing has changed
  template <std::invocable Store>
  bool settle(Store store) {
    auto seen = settled_word();
    do {
      if (done(seen)) return false;
    } while (!advance(seen, seen | settling));
    attempt(store);
    if (publish()) call_back();
    return true;
  }

  /// Leaves an outcome that nobody sees before publish(). The caller is the one that settles.
  template <class Store>
  void attempt(Store& store) noexcept {
    try {
      store();
    } catch (...) {
      failure_ = std::current_exception();
    }
  }

  void fail(std::exception_ptr with) noexcept { failure_ = std::move(with); }

  /// Makes the outcome known. @return whether there is somebody to call back
  bool publish() noexcept {
    // release [done]: pairs with the acquires of word_; carries the outcome.
    return tell(word_.exchange(word_of(future_phase::finished), std::memory_order_release));
  }

  /// What was left to be called when it ended, by the thread that ended it.
  void call_back() noexcept {
    callback* const last = last_callback_.take();
    for (callback* next = last->next_.get(); next != nullptr;) {
      callback* const each = next;
      next = each == last ? nullptr : each->next_.get();
      call(each);
    }
  }

  /// It was cancelled, and what it would have needed to run is of no use.
  virtual void forget() noexcept {}
  virtual void reclaim() noexcept = 0;

 private:
  static constexpr std::uint32_t phase_bits = 3;
  static constexpr std::uint32_t waited = 4;
  static constexpr std::uint32_t listed = 8;
  static constexpr std::uint32_t settling = 16;

  static constexpr std::uint32_t word_of(future_phase phase) noexcept { return static_cast<std::uint32_t>(phase); }
  static constexpr future_phase phase_of(std::uint32_t word) noexcept { return future_phase(word & phase_bits); }
  static constexpr bool done(std::uint32_t word) noexcept { return phase_of(word) >= future_phase::cancelled; }

  /// The word while nobody settles: what that comes to is then known.
  std::uint32_t settled_word() const noexcept {
    std::uint32_t seen = 0;
    sync::spin_until([&] {
      // acquire [done]: pairs with publish()'s and cancel()'s releases of word_; carries the outcome.
      seen = word_.load(std::memory_order_acquire);
      return (seen & settling) == 0;
    });
    return seen;
  }

  /// Moves the word on from `seen`, which is read anew if that fails.
  bool advance(std::uint32_t& seen, std::uint32_t to) noexcept {
    // acq_rel [done]: pairs with the acquires of word_; carries what came before cancel().
    // relaxed: on failure the value is dropped, and revalidated by settled_word().
    if (word_.compare_exchange_strong(seen, to, std::memory_order_acq_rel, std::memory_order_relaxed)) return true;
    seen = settled_word();
    return false;
  }

  /// Under lock_: has whoever ends the future look at the lists. @return false if it is done
  bool list() {
    // relaxed: revalidated by the compare-exchange. Where it is stale and has `listed`, who ends the future has not yet
    // come for the lists: else lock_'s acquire would show it as done.
    auto seen = word_.load(std::memory_order_relaxed);
    while (!done(seen) && (seen & listed) == 0)
      // relaxed: carries no data: lock_'s acquire, by whoever ends the future, orders the lists.
      // relaxed: on failure likewise.
      if (word_.compare_exchange_strong(seen, seen | listed, std::memory_order_relaxed, std::memory_order_relaxed))
        break;
    return !done(seen);
  }

  bool enqueue(callback* what) {
    const std::lock_guard guard(lock_);
    if (!list()) return false;
    callback* const last = last_callback_.get();
    what->next_.set(last == nullptr ? what : last->next_.get());
    if (last != nullptr) last->next_.set(what);
    last_callback_.set(what);
    return true;
  }

  /// Wakes and tells who was there when the word was `before`, the last that was not done.
  /// @return whether there is somebody to call back: nobody will be added any more
  bool tell(std::uint32_t before) noexcept {
    if ((before & waited) != 0) sync::futex_wake(word_, sync::everyone);
    if ((before & listed) == 0) return false;
    const std::lock_guard guard(lock_);
    for (observer* each = observers_.get(); each != nullptr;) {
      observer* const after = each->next_.get();
      each->told(failure_ != nullptr);
      each = after;
    }
    observers_.set(nullptr);
    return last_callback_.get() != nullptr;
  }

  void call(callback* what) noexcept {
    try {
      what->call(*this);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "Exception in a future's callback: %s\n", error.what());
    } catch (...) {
      std::fprintf(stderr, "Exception in a future's callback: not a std::exception\n");
    }
    what->reclaim();
  }

  sync::atomic<std::uint32_t> word_{word_of(future_phase::pending)};
  sync::atomic<std::uint32_t> holders_;
  mutex lock_;
  // Guarded by lock_ until it is done; then theirs who ended it.
  sync::var<observer*> observers_{nullptr};
  sync::var<callback*> last_callback_{nullptr};
  std::exception_ptr failure_;
};

/// What a future<T> shares with its promise.
template <class T>
class future_value : public future_state {
 public:
  /// The result of one that is done. @throws cancelled_error, and what was thrown instead of a result
  std::add_lvalue_reference_t<T> value() {
    if (const auto& thrown = failure()) std::rethrow_exception(thrown);
    if constexpr (!std::is_void_v<T>) return *value_;
  }

 protected:
  using future_state::future_state;
  ~future_value() = default;

  template <class... Value>
  void keep(Value&&... value) {
    value_.emplace(std::forward<Value>(value)...);
  }

 private:
  struct nothing {};
  std::optional<std::conditional_t<std::is_void_v<T>, nothing, T>> value_;
};

/// One of the holders of a state.
template <class State>
class holder {
 public:
  holder() = default;
  /// Takes over what `state` already counts.
  explicit holder(State* state) noexcept : state_(state) {}
  holder(const holder& other) noexcept : state_(other.state_) {
    if (state_ != nullptr) state_->hold();
  }
  holder(holder&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  holder& operator=(holder other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~holder() {
    if (state_ != nullptr) state_->drop();
  }

  State* get() const noexcept { return state_; }
  /// Somebody else drops it.
  void release() noexcept { state_ = nullptr; }
  /// @throws std::future_error (no_state) if it holds none
  State* operator->() const {
    if (state_ == nullptr) throw std::future_error(std::future_errc::no_state);
    return state_;
  }
  friend bool operator==(const holder&, const holder&) = default;

 private:
  State* state_ = nullptr;
};

}  // namespace gauntlet
