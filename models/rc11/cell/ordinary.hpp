#pragma once
/// Ordinary memory of a cell: whatever a primitive and its contract keep in members, containers and on the heap that is
/// no sync::var. The compiler tells of each access, `new` and `delete` of the storage; races, what is accessed after
/// its release, released twice or never, are failures.
///
/// The harness's own code isn't compiled to tell, so it may look at threads' histories whenever it likes.

#include <array>
#include <vector>

#include "models/rc11/bytes.hpp"

namespace gauntlet::rc11 {

class ordinary_memory final : public bytes::giver, public arena::listener {
 public:
  struct block {
    std::uintptr_t begin;
    std::size_t size;
    bytes::touch allocated;
    bytes::touch released;
    bool alive;
    /// The engine watches its life itself: see explorer::allocate.
    bool watched;
  };

  /// A check begins; an execution does.
  void begin_check() { stacks_are_shared_ = false; }
  void begin();
  /// Threads are about to run side by side. Until then, and again from the call of the other on, one thread is alone,
  /// and what it does conflicts with nothing; its heap may be gone, though.
  void begin_concurrency();
  void end_concurrency() { alone_ = true; }
  /// All threads have come to their end: fails the execution if storage is left that one of them allocated.
  void expect_all_released();

  /// Whether an access needn't be told of. Threads' own stacks are most of what they access, and theirs alone as long
  /// as no other thread has accessed one: that execution begins anew, and from then on nothing is left out.
  [[gnu::always_inline]] bool is_private(const void* address) const {
    return explorer::current()->is_on_own_stack(address) && !stacks_are_shared_;
  }
  /// Before a plain access of 1 to 16 bytes. @param where return address
  void access(const void* address, unsigned size, bool writes, const void* where);
  /// Of any size.
  void span(const void* address, std::size_t size, bool writes, const void* where);
  /// Storage that others than `new` and `delete` give out and take back: what was done there before is forgotten.
  void renew(const void* storage, std::size_t size) { bytes_.renew(storage, size); }
  /// As allocated() and released(), of storage that the engine watches.
  void watched(void* storage, std::size_t size, const void* where);
  void unwatched(void* storage, const void* where);

  void allocated(void* storage, std::size_t size, const void* where) override;
  void released(void* storage, const void* where) override;
  bytes::touch expect(std::uintptr_t begin, std::uintptr_t end, const void* where) override;
  /// Compilers copy what they don't look at, such as the value of an empty std::optional: no failure.
  void read_first(std::uintptr_t, std::uintptr_t, const void*) override {}

  /// Those of `new` in the last execution.
  std::vector<block> blocks() const;

  /// The block that begins at or before `address`, in the same thread's storage; or null.
  block* find(std::uintptr_t address);

 private:
  bool conflicts(const void* address, std::size_t size, const void* where);
  void give(void* storage, std::size_t size, bool is_watched, const void* where);
  void take(block& it, const void* where);

  bytes bytes_{*this};
  bool stacks_are_shared_ = false;
  bool alone_ = true;
  /// By thread, in the order of their addresses.
  std::array<std::vector<block>, arena::threads> blocks_;
  unsigned most_used_ = 0;
  /// How many are alive, and not watched.
  std::size_t left_ = 0;
  /// The last one that was found alive.
  block recent_{};
};

inline ordinary_memory the_ordinary_memory;
inline ordinary_memory& ordinary() {
  return the_ordinary_memory;
}

}  // namespace gauntlet::rc11
