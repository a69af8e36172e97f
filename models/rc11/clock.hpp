#pragma once
/// Vector clocks: for each thread, how many of its events are known. A clock is `lanes` ticks in an array of the
/// graph's, a multiple of eight, so that joining two is a handful of vector instructions.

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace gauntlet::rc11 {

using tick = std::int16_t;

/// Eight ticks at a time: compilers don't find out by themselves that two clocks don't overlap.
class eight_ticks {
 public:
  explicit eight_ticks(const tick* from) noexcept { std::memcpy(&all_, from, sizeof all_); }
  void store(tick* to) const noexcept { std::memcpy(to, &all_, sizeof all_); }
  void join(const eight_ticks& other) noexcept { all_ = all_ > other.all_ ? all_ : other.all_; }
  bool exceeds(const eight_ticks& other) const noexcept {
    const auto both = std::bit_cast<std::array<std::uint64_t, 2>>(all_ > other.all_);
    return (both[0] | both[1]) != 0;
  }

 private:
  tick all_ __attribute__((vector_size(16)));
};

inline void join(tick* into, const tick* other, unsigned lanes) noexcept {
  for (unsigned lane = 0; lane < lanes; lane += 8) {
    eight_ticks mine(into + lane);
    mine.join(eight_ticks(other + lane));
    mine.store(into + lane);
  }
}

inline void assign(tick* into, const tick* other, unsigned lanes) noexcept {
  for (unsigned lane = 0; lane < lanes; lane += 8) eight_ticks(other + lane).store(into + lane);
}

inline void clear(tick* into, unsigned lanes) noexcept {
  std::memset(into, 0, lanes * sizeof(tick));
}

/// Whether `one` knows of anything that `other` doesn't.
inline bool exceeds(const tick* one, const tick* other, unsigned lanes) noexcept {
  for (unsigned lane = 0; lane < lanes; lane += 8)
    if (eight_ticks(one + lane).exceeds(eight_ticks(other + lane))) return true;
  return false;
}

}  // namespace gauntlet::rc11
