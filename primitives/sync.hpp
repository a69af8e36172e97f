#pragma once
/// The seam between a primitive and the engine that explores it.
///
/// A primitive is written on the names below and on nothing else that threads share: no std::atomic, no fence, no
/// thread, no clock, no futex. Each engine gives these names a meaning of its own, chosen when a cell is compiled:
/// `-DGAUNTLET_SYNC='"models/sync.hpp"'`. Without it they mean what they mean natively (`native.hpp`), at no cost over
/// `std::`. One binary has one meaning.
///
/// An engine's header fills `gauntlet::sync::engine`; what a user of the seam may rely on is written here, once.

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace gauntlet::sync {

/// A source position. As a default argument, `site::here()` is the position of the call.
struct site {
  const char* file;
  const char* function;
  unsigned line;

  static constexpr site here(const char* file = __builtin_FILE(), const char* function = __builtin_FUNCTION(),
                             unsigned line = __builtin_LINE()) noexcept {
    return {file, function, line};
  }
};

/// How a futex wait ended. Every wait may end `woken` without a wake (a spurious wake-up): look again.
enum class wait_result { woken, changed, timed_out };

enum class rmw { exchange, add, subtract, bit_and, bit_or, bit_xor };

/// What a lock is about to do; see lock_scope.
enum class lock_action { acquire, try_acquire, acquire_shared, try_acquire_shared, release, release_shared };

/// Who may release a lock: only the thread that acquired it, or any thread.
enum class released_by { holder, anyone };

using clock = std::chrono::steady_clock;

}  // namespace gauntlet::sync

#ifdef GAUNTLET_SYNC
#include GAUNTLET_SYNC
#else
#include "primitives/native.hpp"
namespace gauntlet::sync {
namespace engine = native;
}
#endif

namespace gauntlet::sync {

/// A shared object whose operations are indivisible. Each call spells its memory orders: there are no defaults and no
/// operators, so that each is a decision and an identifiable site.
///
/// @tparam T trivially copyable, 1 to 16 bytes; the fetch operations need an integer, or a pointer for add and
/// subtract.
template <class T>
class atomic {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 16);

 public:
  using value_type = T;
  using difference_type = std::conditional_t<std::is_pointer_v<T>, std::ptrdiff_t, T>;

  constexpr atomic(site where = site::here()) noexcept : cell_(T{}, where) {}
  constexpr atomic(T initial, site where = site::here()) noexcept : cell_(initial, where) {}
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  T load(std::memory_order order, site where = site::here()) const noexcept { return cell_.load(order, where); }

  void store(T value, std::memory_order order, site where = site::here()) noexcept { cell_.store(value, order, where); }

  T exchange(T value, std::memory_order order, site where = site::here()) noexcept {
    return cell_.template fetch<rmw::exchange>(value, order, where);
  }

  /// On failure `expected` holds the value that was there. The weak form may fail though they are equal.
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success, std::memory_order failure,
                             site where = site::here()) noexcept {
    return cell_.template compare_exchange<true>(expected, desired, success, failure, where);
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order success, std::memory_order failure,
                               site where = site::here()) noexcept {
    return cell_.template compare_exchange<false>(expected, desired, success, failure, where);
  }

  T fetch_add(difference_type value, std::memory_order order, site where = site::here()) noexcept {
    return cell_.template fetch<rmw::add>(value, order, where);
  }
  T fetch_sub(difference_type value, std::memory_order order, site where = site::here()) noexcept {
    return cell_.template fetch<rmw::subtract>(value, order, where);
  }
  T fetch_and(T value, std::memory_order order, site where = site::here()) noexcept
    requires std::integral<T>
  {
    return cell_.template fetch<rmw::bit_and>(value, order, where);
  }
  T fetch_or(T value, std::memory_order order, site where = site::here()) noexcept
    requires std::integral<T>
  {
    return cell_.template fetch<rmw::bit_or>(value, order, where);
  }
  T fetch_xor(T value, std::memory_order order, site where = site::here()) noexcept
    requires std::integral<T>
  {
    return cell_.template fetch<rmw::bit_xor>(value, order, where);
  }

 private:
  engine::cell<T> cell_;

  friend wait_result futex_wait(atomic<std::uint32_t>&, std::uint32_t, site) noexcept;
  friend wait_result futex_wait_until(atomic<std::uint32_t>&, std::uint32_t, const class deadline&, site) noexcept;
  friend void futex_wake(atomic<std::uint32_t>&, std::uint32_t, site) noexcept;
};

/// Plain shared data: something that some happens-before must order. Native it is a T; the models report two
/// conflicting accesses that nothing orders, and reads of a value that was never set.
template <class T>
class var {
 public:
  /// Holds no value yet: natively T{}, in a model uninitialised until set().
  constexpr var(site where = site::here()) : plain_(where) {}
  constexpr var(T initial, site where = site::here()) : plain_(std::move(initial), where) {}
  var(const var&) = delete;
  var& operator=(const var&) = delete;

  T get(site where = site::here()) const { return plain_.get(where); }
  void set(T value, site where = site::here()) { plain_.set(std::move(value), where); }
  /// Moves the value out; a write to the models.
  T take(site where = site::here()) { return plain_.take(where); }

 private:
  engine::plain<T> plain_;
};

/// std::atomic_thread_fence.
inline void fence(std::memory_order order, site where = site::here()) noexcept {
  engine::fence(order, where);
}

/// The steady clock. In a model time stands still; only waits end, see deadline.
inline clock::time_point now() noexcept {
  return engine::now();
}

/// A point on the steady clock at which a wait gives up, computed once and without overflow: a duration that doesn't
/// fit is never(), a negative one has passed.
///
/// In a model a deadline in the future may pass at any step, within the engine's budget of time-outs.
class deadline {
 public:
  /// @param duration any std::chrono::duration, negative and max() included
  template <class Rep, class Period>
  static deadline after(const std::chrono::duration<Rep, Period>& duration) noexcept {
    using floating = std::chrono::duration<long double, clock::period>;
    const floating wanted = duration;
    if (!(wanted > floating::zero())) return deadline(clock::time_point::min());
    // Without a look at the clock: an untimed wait must not pay for one.
    if (wanted >= floating(clock::duration::max())) return never();
    const auto start = sync::now();
    if (wanted >= floating(clock::time_point::max() - start)) return never();
    return deadline(start + std::chrono::ceil<clock::duration>(duration));
  }

  /// @param when a point on any clock; a clock other than the steady one is read once, here
  template <class Clock, class Duration>
  static deadline at(const std::chrono::time_point<Clock, Duration>& when) noexcept {
    using floating = std::chrono::duration<long double>;
    return after(floating(when.time_since_epoch()) - floating(Clock::now().time_since_epoch()));
  }

  template <class Duration>
  static deadline at(const std::chrono::time_point<clock, Duration>& when) noexcept {
    using floating = std::chrono::duration<long double>;
    return after(floating(when.time_since_epoch()) - floating(sync::now().time_since_epoch()));
  }

  static deadline never() noexcept { return deadline(clock::time_point::max()); }

  bool is_never() const noexcept { return when_ == clock::time_point::max(); }
  clock::time_point when() const noexcept { return when_; }

  bool passed(site where = site::here()) const noexcept {
    return !is_never() && (when_ == clock::time_point::min() || engine::passed(when_, where));
  }

 private:
  explicit deadline(clock::time_point when) noexcept : when_(when) {}
  clock::time_point when_;
};

/// Sleeps while `word` holds `expected`: the check and the falling asleep are one step against futex_wake. Adds no
/// ordering of its own in any engine; order what you read afterwards with the word's own operations.
/// @return woken, or changed if the word held something else
inline wait_result futex_wait(atomic<std::uint32_t>& word, std::uint32_t expected, site where = site::here()) noexcept {
  return engine::futex_wait(word.cell_, expected, where);
}

/// futex_wait that gives up at `when`.
inline wait_result futex_wait_until(atomic<std::uint32_t>& word, std::uint32_t expected, const deadline& when,
                                    site where = site::here()) noexcept {
  if (when.is_never()) return engine::futex_wait(word.cell_, expected, where);
  if (when.when() == clock::time_point::min()) return wait_result::timed_out;
  return engine::futex_wait_until(word.cell_, expected, when.when(), where);
}

inline constexpr std::uint32_t everyone = 0x7fffffff;

/// Wakes up to `count` of the threads that sleep on `word`. Uses the word's address only: natively the word may be
/// gone.
inline void futex_wake(atomic<std::uint32_t>& word, std::uint32_t count, site where = site::here()) noexcept {
  engine::futex_wake(word.cell_, count, where);
}

/// The only way to busy-wait: engines must tell waiting from working. Backs off natively. An iteration that returns
/// false leaves nothing that another thread can see.
template <std::predicate Predicate>
void spin_until(Predicate&& predicate, site where = site::here()) {
  engine::spin wait(where);
  while (!predicate()) wait.again();
}

/// spin_until that gives up at `when`.
/// @return whether the predicate held; it is asked at least once
template <std::predicate Predicate>
bool spin_until(Predicate&& predicate, const deadline& when, site where = site::here()) {
  engine::spin wait(where);
  while (!predicate()) {
    if (when.passed(where)) return false;
    wait.again();
  }
  return true;
}

/// Waits a moment, in the hope that `predicate` comes true and nobody has to sleep. Natively it is asked for about as
/// long as falling asleep and being woken take, but not beyond `when`; native engines ask once. Rounds that return
/// false leave nothing that another thread can see: rc11 explores not being asked at all, and being asked until it is
/// true.
/// @param predicate as for spin_until @return what it returned last; the caller must sleep, or look again, if it is
/// false
template <std::predicate Predicate>
bool spin_briefly(Predicate&& predicate, const deadline& when = deadline::never(), site where = site::here()) {
  engine::brief wait(where);
  if (!wait.begins()) return false;
  while (!predicate())
    if (!wait.again([&] { return when.passed(where); })) return false;
  return true;
}

/// A lock-free retry loop: spin_until to the models, no back-off natively. Inlined in any case: it is the fast path of
/// what is built on it, and mostly goes round once. If it begins with a value that was loaded right before, nothing
/// else may depend on that: to have loaded another one is what it is to go round again.
template <std::predicate Predicate>
[[gnu::always_inline]] inline void retry_until(Predicate&& predicate, site where = site::here()) {
  engine::retry attempt(where);
  while (!predicate()) attempt.again();
}

/// A thread that is joined at the latest when it is destroyed.
/// @throws std::system_error if none can be started
class thread {
 public:
  thread() noexcept = default;
  template <std::invocable Function>
  explicit thread(Function&& function, site where = site::here()) : thread_(std::forward<Function>(function), where) {}
  thread(thread&&) noexcept = default;
  thread& operator=(thread&& other) noexcept {
    if (joinable()) join();
    thread_ = std::move(other.thread_);
    return *this;
  }
  ~thread() {
    if (joinable()) join();
  }

  bool joinable() const noexcept { return thread_.joinable(); }
  void join(site where = site::here()) { thread_.join(where); }

 private:
  engine::thread thread_;
};

using thread_id = std::uint32_t;

/// Which thread this is: never 0, and no other living thread's.
inline thread_id this_thread() noexcept {
  return engine::this_thread();
}

/// One T for each thread that asks, value-initialised when it first does; destroyed with the thread or with the slot,
/// whichever goes first. A slot that reuses a dead one's storage starts afresh.
template <class T>
class slot {
 public:
  slot() = default;
  slot(const slot&) = delete;
  slot& operator=(const slot&) = delete;

  /// The calling thread's T. O(1).
  T& get(site where = site::here()) { return slot_.get(where); }

 private:
  engine::slot<T> slot_;
};

/// A heap node, so that models see use after free, double free, leaks and reuse. Throws what T's constructor throws,
/// and std::bad_alloc.
template <class T, class... Arguments>
T* make(Arguments&&... arguments) {
  return engine::make<T>(std::forward<Arguments>(arguments)...);
}

/// Ends a node's life; a null pointer is ignored. @param node from make<T>, not destroyed before
template <class T>
void destroy(T* node, site where = site::here()) noexcept {
  if (node != nullptr) engine::destroy(node, where);
}

/// An assertion that is safe on any thread in any engine. Where it fails this thread does not return.
inline void check(bool condition, const char* what, site where = site::here()) {
  if (!condition) [[unlikely]]
    engine::failed(what, where);
}

/// What a lock is known by to lock_scope: a member of the lock, of no size natively. Constructed with who may release
/// the lock, by default its holder.
using lock_identity = engine::lock_identity;

/// Announces what a lock does, from its construction to its destruction, to the native engines, which tell its misuse,
/// to ThreadSanitizer's deadlock detector, or in a debug build to lock_order/checker.hpp. An action that ends by an
/// exception was none. Adds no happens-before: the lock's own atomics stay under test. Nothing elsewhere.
class lock_scope {
 public:
  lock_scope(lock_identity& lock, lock_action action) noexcept : scope_(lock, action) {}
  lock_scope(const lock_scope&) = delete;
  lock_scope& operator=(const lock_scope&) = delete;

  /// For the actions that may fail: says how it went, and returns that.
  bool result(bool acquired) noexcept {
    scope_.result(acquired);
    return acquired;
  }

 private:
  engine::lock_scope scope_;
};

/// What a lock is called in lock_order/'s reports, until it is destroyed; nothing elsewhere.
/// @param name lives as long as the program, such as a literal
template <class Lock, class Identity = lock_identity>
void name_lock([[maybe_unused]] const Lock& lock, [[maybe_unused]] const char* name) {
  if constexpr (requires { Identity::name_lock(&lock, sizeof lock, name); })
    Identity::name_lock(&lock, sizeof lock, name);
}

}  // namespace gauntlet::sync
