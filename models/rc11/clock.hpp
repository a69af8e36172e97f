#pragma once
/// Vector clocks: for each thread, how many of its events are known. A clock is `lanes` ticks in an array of the
/// graph's, a multiple of eight, so that joining two is a handful of vector instructions.

#include <algorithm>
#include <cstdint>

namespace gauntlet::rc11 {

using tick = std::int16_t;

inline void join(tick* into, const tick* other, unsigned lanes) noexcept {
  for (unsigned block = 0; block < lanes; block += 8)
    for (unsigned lane = 0; lane < 8; ++lane) into[block + lane] = std::max(into[block + lane], other[block + lane]);
}

inline void assign(tick* into, const tick* other, unsigned lanes) noexcept {
  for (unsigned block = 0; block < lanes; block += 8)
    for (unsigned lane = 0; lane < 8; ++lane) into[block + lane] = other[block + lane];
}

inline void clear(tick* into, unsigned lanes) noexcept {
  std::fill_n(into, lanes, tick{0});
}

}  // namespace gauntlet::rc11
