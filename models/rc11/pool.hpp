#pragma once
/// Objects that stay where they are, by number, and go all at once.

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>

namespace gauntlet::rc11 {

/// Numbers begin at 1. T is trivial: what is added is as it was left.
template <class T>
class pool {
 public:
  pool() {
    void* const mapped =
        mmap(nullptr, most * sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    all_ = static_cast<T*>(mapped);
  }
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;

  void clear() noexcept { used_ = 0; }
  /// @throws std::length_error beyond 4 million
  std::uint32_t add() {
    if (++used_ == most) throw std::length_error("rc11: an execution touches more memory than there are records for");
    return used_;
  }
  std::uint32_t size() const noexcept { return used_; }
  T& operator[](std::uint32_t number) noexcept { return all_[number]; }

 private:
  static constexpr std::size_t most = std::size_t{1} << 22U;
  T* all_;
  std::uint32_t used_ = 0;
};

}  // namespace gauntlet::rc11
