#pragma once
/// The seam's meaning for the model engines: every operation goes to models/model.hpp. Included by primitives/sync.hpp,
/// through GAUNTLET_SYNC.

#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>
#include <tuple>
#include <typeinfo>

#include "models/model.hpp"

/// A function whose plain accesses are the model's own: the compiler doesn't tell the engine of them.
#define GAUNTLET_UNTOLD __attribute__((no_sanitize("thread")))

namespace gauntlet::sync::engine {

template <class T>
constexpr model::value_type type_of() {
  if constexpr (std::is_same_v<T, bool>) return {model::value_kind::boolean, sizeof(T)};
  if constexpr (std::is_pointer_v<T>) return {model::value_kind::pointer, sizeof(T)};
  if constexpr (std::is_enum_v<T>) return type_of<std::underlying_type_t<T>>();
  if constexpr (std::is_integral_v<T>)
    return {std::is_signed_v<T> ? model::value_kind::signed_integer : model::value_kind::unsigned_integer, sizeof(T)};
  return {model::value_kind::other, sizeof(T) <= 16 && std::is_trivially_copyable_v<T> ? sizeof(T) : 0};
}

template <class T>
model::bits to_bits(const T& value) noexcept {
  model::bits out = 0;
  if constexpr (type_of<T>().size != 0) std::memcpy(&out, &value, sizeof(T));
  return out;
}

template <class T>
T from_bits(model::bits in) noexcept {
  T out;
  std::memcpy(&out, &in, sizeof(T));
  return out;
}

template <class T>
class cell {
 public:
  cell(T initial, site where) noexcept { model::atomic_create(location_, to_bits(initial), type_of<T>(), where); }
  ~cell() { model::atomic_destroy(location_); }
  cell(const cell&) = delete;
  cell& operator=(const cell&) = delete;

  T load(std::memory_order order, site where) const noexcept {
    return from_bits<T>(model::atomic_load(location_, order, where));
  }
  void store(T value, std::memory_order order, site where) noexcept {
    model::atomic_store(location_, to_bits(value), order, where);
  }

  template <bool weak>
  bool compare_exchange(T& expected, T desired, std::memory_order success, std::memory_order failure,
                        site where) noexcept {
    model::bits seen = to_bits(expected);
    const bool done = model::atomic_compare_exchange(location_, seen, to_bits(desired), success, failure, weak, where);
    if (!done) expected = from_bits<T>(seen);
    return done;
  }

  template <rmw operation, class Operand>
  T fetch(Operand operand, std::memory_order order, site where) noexcept {
    model::bits by = to_bits(operand);
    if constexpr (std::is_pointer_v<T> && operation != rmw::exchange)
      by = static_cast<model::bits>(static_cast<std::uint64_t>(operand) * sizeof(std::remove_pointer_t<T>));
    return from_bits<T>(model::atomic_fetch(location_, operation, by, order, where));
  }

  model::location& where_it_lies() noexcept { return location_; }

 private:
  model::location location_;
};

template <class T>
class plain {
 public:
  explicit plain(site where) : value_() { model::plain_create(location_, false, 0, type_of<T>(), where); }
  plain(T initial, site where) : value_(std::move(initial)) {
    model::plain_create(location_, true, to_bits(value_), type_of<T>(), where);
  }
  ~plain() { model::plain_destroy(location_); }
  plain(const plain&) = delete;
  plain& operator=(const plain&) = delete;

  T get(site where) const {
    model::plain_read(location_, where);
    if constexpr (is_word) {
      T seen;
      __atomic_load(&value_, &seen, __ATOMIC_RELAXED);
      return seen;
    } else {
      return value_;
    }
  }
  void set(T value, site where) {
    model::plain_write(location_, to_bits(value), where);
    if constexpr (is_word)
      __atomic_store(&value_, &value, __ATOMIC_RELAXED);
    else
      value_ = std::move(value);
  }
  T take(site where) {
    model::plain_read(location_, where);
    model::plain_write(location_, to_bits(value_), where);
    return std::move(value_);
  }

 private:
  /// The engine is told of the access, and needn't be told by the compiler as well, which it is of plain ones.
  static constexpr bool is_word = std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T> &&
                                  (sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8) &&
                                  alignof(T) == sizeof(T);

  model::location location_;
  T value_;
};

inline void fence(std::memory_order order, site where) noexcept {
  model::fence(order, where);
}

/// Time stands still; a deadline passes when the engine chooses so.
inline clock::time_point now() noexcept {
  return clock::time_point();
}
inline bool passed(clock::time_point, site where) noexcept {
  return model::deadline_passed(where);
}

inline wait_result futex_wait(cell<std::uint32_t>& word, std::uint32_t expected, site where) noexcept {
  return model::futex_wait(word.where_it_lies(), expected, false, where);
}
inline wait_result futex_wait_until(cell<std::uint32_t>& word, std::uint32_t expected, clock::time_point,
                                    site where) noexcept {
  return model::futex_wait(word.where_it_lies(), expected, true, where);
}
inline void futex_wake(cell<std::uint32_t>& word, std::uint32_t count, site where) noexcept {
  model::futex_wake(word.where_it_lies(), count, where);
}

class spin {
 public:
  explicit spin(site where) noexcept : where_(where) { model::await_begin(where); }
  ~spin() { model::await_end(); }
  spin(const spin&) = delete;
  spin& operator=(const spin&) = delete;
  void again() noexcept { model::await_again(where_); }

 private:
  site where_;
};

/// How often it asks is the engine's to say: see sync::spin_briefly.
class brief {
 public:
  explicit brief(site where) noexcept : where_(where), asks_(model::brief_begin(where)) {}
  ~brief() {
    if (asks_) model::brief_end();
  }
  brief(const brief&) = delete;
  brief& operator=(const brief&) = delete;
  bool begins() const noexcept { return asks_; }
  bool again(auto&&) noexcept { return model::brief_again(where_); }

 private:
  site where_;
  bool asks_;
};

class retry {
 public:
  explicit retry(site where) noexcept : where_(where) { model::retry_begin(where); }
  ~retry() { model::retry_end(); }
  retry(const retry&) = delete;
  retry& operator=(const retry&) = delete;
  void again() noexcept { model::retry_again(where_); }

 private:
  site where_;
};

class thread {
 public:
  thread() noexcept = default;
  template <class Function>
  thread(Function&& function, site where) {
    using decayed = std::decay_t<Function>;
    // The callable belongs to the new thread; it is gone when that thread has run it.
    auto own = std::make_unique<decayed>(std::forward<Function>(function));
    index_ = model::thread_start([](void* argument) { (*std::unique_ptr<decayed>(static_cast<decayed*>(argument)))(); },
                                 own.get(), where);
    std::ignore = own.release();
  }
  thread(thread&& other) noexcept : index_(std::exchange(other.index_, none)) {}
  thread& operator=(thread&& other) noexcept {
    index_ = std::exchange(other.index_, none);
    return *this;
  }

  bool joinable() const noexcept { return index_ != none; }
  void join(site where) { model::thread_join(std::exchange(index_, none), where); }

 private:
  static constexpr unsigned none = std::numeric_limits<unsigned>::max();
  unsigned index_ = none;
};

inline std::uint32_t this_thread() noexcept {
  return model::thread_identity() + 1;
}

/// A thread's end and the end of the slot come one after the other, whatever the engine sees: nothing here is told of.
template <class T>
class slot {
 public:
  slot() = default;
  slot(const slot&) = delete;
  slot& operator=(const slot&) = delete;
  GAUNTLET_UNTOLD ~slot() {
    model::forget(this);
    for (T* const each : values_) delete each;
  }

  GAUNTLET_UNTOLD T& get(site) {
    const unsigned index = model::thread_index();
    if (index >= most_threads) throw std::length_error("a sync::slot has room for 16 threads in a model");
    T*& mine = values_[index];
    if (mine == nullptr) {
      mine = new T();
      model::at_thread_end(&end, this);
    }
    return *mine;
  }

 private:
  GAUNTLET_UNTOLD static void end(void* self, unsigned index) {
    T*& kept = static_cast<slot*>(self)->values_[index];
    T* const mine = kept;
    kept = nullptr;
    delete mine;
  }

  static constexpr unsigned most_threads = 16;
  T* values_[most_threads] = {};
};

template <class T, class... Arguments>
T* make(Arguments&&... arguments) {
  // A parameter pack leaves no room for the caller's position.
  const site where{};
  void* const storage = model::allocate(sizeof(T), alignof(T), typeid(T), where);
  try {
    return ::new (storage) T(std::forward<Arguments>(arguments)...);
  } catch (...) {
    model::release(storage, where);
    throw;
  }
}

template <class T>
void destroy(T* node, site where) noexcept {
  model::expect_alive(node, where);
  node->~T();
  model::release(node, where);
}

[[noreturn]] inline void failed(const char* what, site where) {
  model::failed(what, where);
}

struct lock_identity {
  constexpr lock_identity(released_by = released_by::holder) noexcept {}
};

struct lock_scope {
  lock_scope(lock_identity&, lock_action) noexcept {}
  void result(bool) noexcept {}
};

}  // namespace gauntlet::sync::engine
