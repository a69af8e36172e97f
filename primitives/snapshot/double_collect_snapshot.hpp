#pragma once
/// A snapshot that is read until two looks in a row find the same (Afek et al. 1993, "Atomic Snapshots of Shared
/// Memory", the unbounded algorithm without its helping).
///
/// Promises
///   safety    linearizable: a read() gives the components as they all were at one moment between call and return.
///   progress  write() is wait-free where the processor has a fetch-and-add. read() is lock-free: it goes round again
///             only if a write() has completed meanwhile.
///   fairness  none: a read() may go round for as long as others write.
///   lifetime  may be destroyed when no call is in progress.
///
/// Memory ordering: what a thread did before write() is visible to whoever reads what it wrote. All calls have one
/// order that all threads agree on: two that read while two others write, each another component, don't disagree about
/// which came first, and of two threads that write to the same components one is the last.
///
/// A component's word
///   value   the lower half
///   stamp   the upper half: the write's own number, from 1; 0 before the first
///
/// Invariants
///   I1  No two writes have the same stamp: a word that is found twice has not changed in between.
///   I2  If each word of a first collect is found again by a second one, all words held these values when the first
///       collect had ended: that is the moment of the read().
///
/// Limits: I1 fails if 2^32 writes are made during one round of read().

#include <cstddef>
#include <cstdint>
#include <vector>

#include "primitives/sync.hpp"

namespace gauntlet {

class double_collect_snapshot {
 public:
  /// A claim: the contract's scenario `lock_freedom` checks it.
  static constexpr bool lock_free = true;

  /// @param components how many there are; each holds 0 at first
  explicit double_collect_snapshot(std::size_t components) : words_(components) {}
  double_collect_snapshot(const double_collect_snapshot&) = delete;
  double_collect_snapshot& operator=(const double_collect_snapshot&) = delete;

  /// @throws std::out_of_range if there is no such component; then nothing was written
  void write(std::size_t component, std::uint32_t value) {
    auto& word = words_.at(component);
    // relaxed: carries nothing; each number is given once.
    const std::uint64_t stamp = stamps_.fetch_add(1, std::memory_order_relaxed) + 1;
    // seq_cst [moment]: pairs with collect()'s loads of words_; carries all before the call. Forbids that of two
    // threads that write (x, y) and (y, x) each has its first write last.
    word.store(stamp << 32 | value, std::memory_order_seq_cst);
  }

  /// @return the value of each component, O(components) for each round
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
      // seq_cst [moment]: pairs with write()'s store of words_; carries all before that call. Forbids that one reader
      // finds x written and y not, and another one y written and x not.
      seen.push_back(word.load(std::memory_order_seq_cst));
    return seen;
  }

  std::vector<sync::atomic<std::uint64_t>> words_;
  /// Modulo 2^32: how many writes there were.
  sync::atomic<std::uint32_t> stamps_{0};
};

}  // namespace gauntlet
