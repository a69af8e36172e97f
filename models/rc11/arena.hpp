#pragma once
/// Where a simulated thread's `new` takes its memory: from a region of that thread's own, at the same addresses in
/// every execution, taken back as a whole before the next. So what a forgotten fiber leaves behind is no leak, and an
/// object lies where it lay when the execution is replayed. Linking new.cpp makes the global operator new allocate
/// here.

#include <cstddef>
#include <cstdint>
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
/// Where all regions lie, one after the other; and how large one is.
inline constexpr std::uintptr_t nowhere = ~std::uintptr_t{0} >> 1U;
inline std::uintptr_t region = nowhere;
inline constexpr unsigned threads = 64;
inline constexpr std::size_t each = std::size_t{64} << 20U;
inline bool owns(const void* storage) noexcept {
  return reinterpret_cast<std::uintptr_t>(storage) - region < threads * each;
}
/// The thread whose region holds `storage`, or `ordinary`.
inline unsigned owner(const void* storage) noexcept {
  if (!owns(storage)) return ordinary;
  return static_cast<unsigned>((reinterpret_cast<std::uintptr_t>(storage) - region) / each);
}
/// Frees what allocate() gave.
void give_back(void* storage) noexcept;

/// Hears of what simulated threads ask of the global operator new, and give back to it.
class listener {
 public:
  /// @param where return address
  virtual void allocated(void* storage, std::size_t size, const void* where) = 0;
  virtual void released(void* storage, const void* where) = 0;

 protected:
  ~listener() = default;
};
inline listener* listening = nullptr;

}  // namespace gauntlet::rc11::arena
