#pragma once
/// Where a simulated thread's `new` takes its memory: from a region of that thread's own, at the same addresses in
/// every execution, taken back as a whole before the next. So what a forgotten fiber leaves behind is no leak, and an
/// object lies where it lay when the execution is replayed. Linking new.cpp makes the global operator new allocate
/// here.

#include <cstddef>
#include <utility>

namespace gauntlet::rc11::arena {

inline constexpr unsigned ordinary = ~0U;

/// The thread that `new` allocates for.
inline unsigned active = ordinary;

/// While one of these is, `new` allocates for `thread`.
class use {
 public:
  explicit use(unsigned thread) noexcept : before_(std::exchange(active, thread)) {}
  ~use() { active = before_; }
  use(const use&) = delete;
  use& operator=(const use&) = delete;

 private:
  unsigned before_;
};

/// Takes back what all threads have.
void reset() noexcept;
/// Gives it back to the system, too.
void release() noexcept;
/// Ends the search where a thread would have more than 64 MiB.
void* allocate(std::size_t size, std::size_t alignment);
bool owns(const void* storage) noexcept;
/// The thread whose region holds `storage`, or `ordinary`.
unsigned owner(const void* storage) noexcept;
/// Frees what allocate() gave.
void give_back(void* storage) noexcept;

}  // namespace gauntlet::rc11::arena
