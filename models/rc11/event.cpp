#include "models/rc11/event.hpp"

#include <bit>

namespace gauntlet::rc11 {

namespace {

std::uint64_t sleepers(bits queue) {
  return static_cast<std::uint64_t>(queue);
}

unsigned choose(unsigned from, unsigned taken) {
  unsigned ways = 1;
  for (unsigned i = 0; i < taken; ++i) ways = ways * (from - i) / (i + 1);
  return ways;
}

/// The `which`-th set of `count` of the threads in `among`.
std::uint64_t subset(std::uint64_t among, unsigned count, unsigned which) {
  std::uint64_t taken = 0;
  for (; among != 0 && count != 0; among &= among - 1) {
    const auto left = static_cast<unsigned>(std::popcount(among)) - 1;
    const unsigned with_this = choose(left, count - 1);
    if (which < with_this) {
      taken |= among & -among;
      --count;
    } else {
      which -= with_this;
    }
  }
  return taken;
}

}  // namespace

unsigned variants(const event& what, bits value) noexcept {
  if (what.modify != operation::wake) return 1;
  const auto asleep = static_cast<unsigned>(std::popcount(sleepers(value)));
  return what.value >= asleep ? 1 : choose(asleep, static_cast<unsigned>(what.value));
}

bits modified(const event& what, bits value) noexcept {
  switch (what.modify) {
    case operation::exchange:
    case operation::compare_exchange:
    case operation::exchange_unless:
      return what.value;
    case operation::add:
    case operation::add_unless:
      return truncated(value + what.value, what.size);
    case operation::subtract:
    case operation::subtract_within:
      return truncated(value - what.value, what.size);
    case operation::bit_and:
      return value & what.value;
    case operation::bit_or:
      return value | what.value;
    case operation::bit_xor:
      return value ^ what.value;
    case operation::bit_nand:
      return truncated(~(value & what.value), what.size);
    case operation::enqueue:
    case operation::sleep:
      return sleepers(value) | what.value;
    case operation::dequeue:
      return sleepers(value) & ~what.value;
    case operation::wake: {
      const auto asleep = sleepers(value);
      const auto woken = what.value >= static_cast<unsigned>(std::popcount(asleep))
                             ? asleep
                             : subset(asleep, static_cast<unsigned>(what.value), what.variant);
      return bits{woken} << 64U | (asleep & ~woken);
    }
    case operation::none:
    case operation::look:
      break;
  }
  return value;
}

}  // namespace gauntlet::rc11
