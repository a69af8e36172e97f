#pragma once
/// double_collect_snapshot that reads with acquire, "as two looks that find the same are proof enough". They are proof
/// that the reader saw one state; not that another reader saw the same: nothing orders two threads' writes for all.
///
///     writer 0     writer 1     reader 2                reader 3
///     x = 1        y = 1        finds x = 1, y = 0      finds y = 1, x = 0
///                               finds them again        finds them again
///
/// This is IRIW, independent reads of independent writes. The models must catch it. x86 and AArch64 never show it, as a
/// store of theirs becomes visible to all others at once; POWER and ARMv7 do.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "primitives/sync.hpp"

namespace gauntlet {

class double_collect_snapshot_acquire_read {
 public:
  explicit double_collect_snapshot_acquire_read(std::size_t components) : words_(components) {}
  double_collect_snapshot_acquire_read(const double_collect_snapshot_acquire_read&) = delete;
  double_collect_snapshot_acquire_read& operator=(const double_collect_snapshot_acquire_read&) = delete;

  void write(std::size_t component, std::uint32_t value) {
    auto& word = words_.at(component);
    // relaxed: carries nothing; each number is given once.
    const std::uint64_t stamp = stamps_.fetch_add(1, std::memory_order_relaxed) + 1;
    // seq_cst [moment]: pairs with collect()'s loads of words_; carries all before the call.
    word.store(stamp << 32 | value, std::memory_order_seq_cst);
  }

  std::vector<std::uint32_t> read() const {
    std::vector<std::uint64_t> seen;
    sync::retry_until([&] {
      seen = collect();
      return collect() == seen;
    });
    std::vector<std::uint32_t> values;
    values.reserve(seen.size());
    for (const std::uint64_t word : seen) values.push_back(static_cast<std::uint32_t>(word));
    return values;
  }

 private:
  std::vector<std::uint64_t> collect() const {
    std::vector<std::uint64_t> seen;
    seen.reserve(words_.size());
    for (const auto& word : words_)
      // flaw: needs seq_cst, so that all readers see the writes in one order.
      seen.push_back(word.load(std::memory_order_acquire));
    return seen;
  }

  std::vector<sync::atomic<std::uint64_t>> words_;
  sync::atomic<std::uint32_t> stamps_{0};
};

}  // namespace gauntlet
