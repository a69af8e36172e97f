#pragma once
/// The seam's native meaning: std::atomic, plain data, the Linux futex, std::thread. Included by sync.hpp, and by
/// engines that add to it.

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iterator>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace gauntlet::sync::native {

template <class T>
class cell {
 public:
  constexpr cell(T initial, site) noexcept : value_(initial) {}

  T load(std::memory_order order, site) const noexcept { return value_.load(order); }
  void store(T value, std::memory_order order, site) noexcept { value_.store(value, order); }

  template <bool weak>
  bool compare_exchange(T& expected, T desired, std::memory_order success, std::memory_order failure, site) noexcept {
    if constexpr (weak)
      return value_.compare_exchange_weak(expected, desired, success, failure);
    else
      return value_.compare_exchange_strong(expected, desired, success, failure);
  }

  template <rmw operation, class Operand>
  T fetch(Operand operand, std::memory_order order, site) noexcept {
    if constexpr (operation == rmw::exchange) return value_.exchange(operand, order);
    if constexpr (operation == rmw::add) return value_.fetch_add(operand, order);
    if constexpr (operation == rmw::subtract) return value_.fetch_sub(operand, order);
    if constexpr (operation == rmw::bit_and) return value_.fetch_and(operand, order);
    if constexpr (operation == rmw::bit_or) return value_.fetch_or(operand, order);
    if constexpr (operation == rmw::bit_xor) return value_.fetch_xor(operand, order);
  }

  void* address() noexcept { return &value_; }

 private:
  std::atomic<T> value_;
};

template <class T>
class plain {
 public:
  constexpr explicit plain(site) : value_() {}
  constexpr plain(T initial, site) : value_(std::move(initial)) {}

  T get(site) const { return value_; }
  void set(T value, site) { value_ = std::move(value); }
  T take(site) { return std::move(value_); }

 private:
  T value_;
};

inline void fence(std::memory_order order, site) noexcept {
  std::atomic_thread_fence(order);
}

inline clock::time_point now() noexcept {
  return clock::now();
}
inline bool passed(clock::time_point when, site) noexcept {
  return clock::now() >= when;
}

inline wait_result futex_wait_for(void* word, std::uint32_t expected, const timespec* until) noexcept {
  // FUTEX_WAIT_BITSET takes an absolute time on the monotonic clock, so a signal doesn't stretch the wait.
  if (syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, until, nullptr, FUTEX_BITSET_MATCH_ANY) == 0)
    return wait_result::woken;
  if (errno == ETIMEDOUT) return wait_result::timed_out;
  return errno == EAGAIN ? wait_result::changed : wait_result::woken;
}

inline wait_result futex_wait(cell<std::uint32_t>& word, std::uint32_t expected, site) noexcept {
  return futex_wait_for(word.address(), expected, nullptr);
}

inline wait_result futex_wait_until(cell<std::uint32_t>& word, std::uint32_t expected, clock::time_point when,
                                    site) noexcept {
  using namespace std::chrono;
  const auto since_boot = when.time_since_epoch();
  const auto whole = floor<seconds>(since_boot);
  if (whole.count() < 0) return wait_result::timed_out;
  const timespec until{whole.count(), static_cast<long>(duration_cast<nanoseconds>(since_boot - whole).count())};
  return futex_wait_for(word.address(), expected, &until);
}

inline void futex_wake(cell<std::uint32_t>& word, std::uint32_t count, site) noexcept {
  const auto most = count < static_cast<std::uint32_t>(INT_MAX) ? static_cast<int>(count) : INT_MAX;
  syscall(SYS_futex, word.address(), FUTEX_WAKE_PRIVATE, most, nullptr, nullptr, 0);
}

inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Exponential back-off, and soon the processor is given away: with more threads than cores the awaited one must run.
class spin {
 public:
  explicit spin(site) noexcept {}
  void again() noexcept {
    if (round_ < yield_after) {
      for (unsigned i = 0; i < 1U << round_; ++i) relax();
      ++round_;
    } else {
      std::this_thread::yield();
    }
  }

 private:
  static constexpr unsigned yield_after = 3;
  unsigned round_ = 0;
};

/// As spin, until that has cost about as much as falling asleep and being woken.
class brief {
 public:
  explicit brief(site where) noexcept : wait_(where) {}
  static constexpr bool begins() noexcept { return true; }
  bool again(auto&& passed) noexcept {
    if (left_ == 0) return false;
    --left_;
    wait_.again();
    return !passed();
  }

 private:
  spin wait_;
  unsigned left_ = 20;
};

class retry {
 public:
  explicit retry(site) noexcept {}
  void again() noexcept {}
};

class thread {
 public:
  thread() noexcept = default;
  template <class Function>
  thread(Function&& function, site) : thread_(std::forward<Function>(function)) {}

  bool joinable() const noexcept { return thread_.joinable(); }
  void join(site) { thread_.join(); }

 private:
  std::thread thread_;
};

inline std::uint32_t this_thread() noexcept {
  static constinit std::atomic<std::uint32_t> next{1};
  // relaxed: an id carries no data; being unique is all.
  static thread_local const std::uint32_t mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine;
}

/// What every slot<T> shares: the values by thread, and the way they end. A thread that ends takes its values out of
/// all slots that still live; a slot that ends takes its values with it.
class slot_store {
 public:
  using value = std::unique_ptr<void, void (*)(void*)>;

  /// The calling thread's value, or null. A value that was used not long ago is found without a lock, which would order
  /// what threads do around it: a race in the slot's user could not be seen.
  void* find(std::uint32_t thread) {
    entry& recent = recent_entry();
    if (recent.serial == serial_) return recent.value;
    const std::lock_guard guard(mutex_);
    const auto found = values_.find(thread);
    if (found == values_.end()) return nullptr;
    recent = {serial_, found->second.get()};
    return recent.value;
  }
  void* put(std::uint32_t thread, value fresh) {
    const std::lock_guard guard(mutex_);
    return values_.emplace(thread, std::move(fresh)).first->second.get();
  }
  /// The value's destructor runs outside of the lock: it may use slots itself.
  void drop(std::uint32_t thread) {
    if (recent_entry().serial == serial_) recent_entry() = {};
    std::unique_lock guard(mutex_);
    const auto leaving = values_.extract(thread);
    guard.unlock();
  }

  /// Drops the calling thread's value of `store` when the thread ends.
  static void drop_at_exit(const std::shared_ptr<slot_store>& store) {
    struct leaver {
      std::vector<std::weak_ptr<slot_store>> stores;
      ~leaver() {
        for (; !stores.empty(); stores.pop_back()) {
          // First: a value's destructor may reach for values itself.
          reached.fill({});
          if (const auto living = stores.back().lock()) living->drop(native::this_thread());
        }
      }
    };
    static thread_local leaver mine;
    mine.stores.push_back(store);
  }

  /// Slots are numbered from 1, none twice: so a dead one's values can't be taken for another's.
  static std::uint64_t next_number() noexcept {
    static constinit std::atomic<std::uint64_t> last{0};
    // relaxed: a number carries no data; being unique is all.
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
  }

  struct memory {
    std::uint64_t slot;
    void* value;
  };
  /// Values that the calling thread reached lately, by their slot's number modulo the size.
  static constinit inline thread_local std::array<memory, 8> reached{};

 private:
  struct entry {
    std::uint64_t serial = 0;
    void* value = nullptr;
  };

  /// Of the calling thread's recent values, the place for one of this store. A store that ended leaves its serial,
  /// which no other gets.
  entry& recent_entry() const noexcept {
    static constinit thread_local entry recent[16] = {};
    return recent[serial_ % std::size(recent)];
  }

  static std::uint64_t next_serial() noexcept {
    static constinit std::atomic<std::uint64_t> next{1};
    // relaxed: a serial carries no data; being unique is all.
    return next.fetch_add(1, std::memory_order_relaxed);
  }

  const std::uint64_t serial_ = next_serial();
  std::mutex mutex_;
  std::unordered_map<std::uint32_t, value> values_;
};

template <class T>
class slot {
 public:
  T& get(site) {
    auto& lately = slot_store::reached[number_ % slot_store::reached.size()];
    if (lately.slot != number_) [[unlikely]]
      lately = {number_, find()};
    return *static_cast<T*>(lately.value);
  }

 private:
  void* find() {
    const auto me = native::this_thread();
    if (void* const mine = store_->find(me)) return mine;
    slot_store::value fresh(new T(), [](void* old) { delete static_cast<T*>(old); });
    slot_store::drop_at_exit(store_);
    return store_->put(me, std::move(fresh));
  }

  const std::uint64_t number_ = slot_store::next_number();
  std::shared_ptr<slot_store> store_ = std::make_shared<slot_store>();
};

[[noreturn]] inline void failed(const char* what, site where) {
  std::fprintf(stderr, "%s:%u: %s: check failed: %s\n", where.file, where.line, where.function, what);
  std::abort();
}

struct lock_identity {
  constexpr lock_identity(released_by = released_by::holder) noexcept {}
};

struct lock_scope {
  lock_scope(lock_identity&, lock_action) noexcept {}
  void result(bool) noexcept {}
};

// Announcing costs nothing natively: no byte in a lock, no instruction at its end.
static_assert(std::is_empty_v<lock_identity> && std::is_empty_v<lock_scope>);
static_assert(std::is_trivially_destructible_v<lock_scope>);

template <class T, class... Arguments>
T* make(Arguments&&... arguments) {
  return new T(std::forward<Arguments>(arguments)...);
}

template <class T>
void destroy(T* node, site) noexcept {
  delete node;
}

}  // namespace gauntlet::sync::native
