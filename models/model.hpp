#pragma once
/// What a model engine (relacy, rc11) provides: the memory, the threads and the blocking that models/sync.hpp is
/// written on. An engine defines all of it once; no cell sees the engine's own types.

#include <cstddef>
#include <cstdint>
#include <typeinfo>

#include "primitives/sync.hpp"

namespace gauntlet::model {

/// The bytes of any value of up to 16 bytes, zero above its size.
__extension__ using bits = unsigned __int128;

enum class value_kind : std::uint8_t { unsigned_integer, signed_integer, boolean, pointer, other };

struct value_type {
  value_kind kind = value_kind::other;
  std::uint8_t size = 0;
};

/// Where an engine keeps what it knows of one shared object. It lies where the object lies, so that the object's
/// address names it, and its bytes die with the object's storage.
struct location {
  alignas(16) unsigned char opaque[112];
};

void atomic_create(location&, bits initial, value_type, sync::site) noexcept;
void atomic_destroy(location&) noexcept;
bits atomic_load(const location&, std::memory_order, sync::site) noexcept;
void atomic_store(location&, bits value, std::memory_order, sync::site) noexcept;
/// Arithmetic wraps at the value's size. @return the value before
bits atomic_fetch(location&, sync::rmw, bits operand, std::memory_order, sync::site) noexcept;
bool atomic_compare_exchange(location&, bits& expected, bits desired, std::memory_order success,
                             std::memory_order failure, bool weak, sync::site) noexcept;

/// Plain data keeps its value in ordinary memory; the engine is told of each access, before it is made.
/// @param shown the value for traces, or 0 where the type has no short form
void plain_create(location&, bool initialised, bits shown, value_type, sync::site);
void plain_destroy(location&) noexcept;
void plain_read(const location&, sync::site);
void plain_write(location&, bits shown, sync::site);

void fence(std::memory_order, sync::site) noexcept;

/// @param timed whether the wait may also end by a time-out, at any step
sync::wait_result futex_wait(location&, std::uint32_t expected, bool timed, sync::site) noexcept;
void futex_wake(location&, std::uint32_t count, sync::site) noexcept;

/// Whether a deadline in the future has passed by now: a choice, within the engine's budget of time-outs.
bool deadline_passed(sync::site) noexcept;

/// An await begins, has found its predicate false once more, ends.
void await_begin(sync::site) noexcept;
void await_again(sync::site) noexcept;
void await_end() noexcept;
/// A loop that hopes for something begins, if it does at all; has found its predicate false, and asks again, or
/// doesn't; ends, if it has begun.
bool brief_begin(sync::site) noexcept;
bool brief_again(sync::site) noexcept;
void brief_end() noexcept;
/// A lock-free retry loop begins, goes round once more, ends.
void retry_begin(sync::site) noexcept;
void retry_again(sync::site) noexcept;
void retry_end() noexcept;

/// @return the new thread's index @param function called with `argument` on the new thread
unsigned thread_start(void (*function)(void*), void* argument, sync::site);
void thread_join(unsigned index, sync::site);
/// The calling thread's index: a role, then the spawned ones.
unsigned thread_index() noexcept;
/// The same, for the program to know: what it does may depend on that.
unsigned thread_identity() noexcept;
/// Calls `last(object, thread_index())` on the calling thread when it ends, unless `object` is forgotten before.
void at_thread_end(void (*last)(void* object, unsigned index), void* object);
void forget(const void* object) noexcept;

/// Storage whose life the engine watches. @param type what will live there
void* allocate(std::size_t size, std::size_t alignment, const std::type_info& type, sync::site);
/// Fails the execution if `storage` is not alive: called before a destructor runs there.
void expect_alive(const void* storage, sync::site) noexcept;
void release(void* storage, sync::site) noexcept;

[[noreturn]] void failed(const char* what, sync::site);

}  // namespace gauntlet::model
