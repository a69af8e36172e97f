#pragma once
/// double_collect_snapshot whose readers alone are careful: a fence before each of their loads orders what they see,
/// and a write is a plain release store, "as it reads nothing". But two of them in a thread are not ordered for all
/// either.
///
///     thread 0     thread 1
///     x = 1        y = 2
///     y = 1        x = 2
///     in the end x = 1 and y = 2: each thread's first write came after the other one's second
///
/// This is 2+2W, which the language allows. Only rc11 must catch it: Relacy makes the order in which it executes stores
/// their modification order. Today's processors show it of relaxed stores (AArch64, POWER); a release store waits there
/// for the stores before it.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "primitives/sync.hpp"

namespace gauntlet {

class double_collect_snapshot_release_write {
 public:
  explicit double_collect_snapshot_release_write(std::size_t components) : words_(components) {}
  double_collect_snapshot_release_write(const double_collect_snapshot_release_write&) = delete;
  double_collect_snapshot_release_write& operator=(const double_collect_snapshot_release_write&) = delete;

  void write(std::size_t component, std::uint32_t value) {
    auto& word = words_.at(component);
    // relaxed: carries nothing; each number is given once.
    const std::uint64_t stamp = stamps_.fetch_add(1, std::memory_order_relaxed) + 1;
    // flaw: needs seq_cst, or a seq_cst fence before it; a release orders what came before it for its readers only.
    word.store(stamp << 32 | value, std::memory_order_release);
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
    for (const auto& word : words_) {
      // seq_cst: forbids that one reader finds x written and y not, and another one y written and x not; and that each
      // of two threads writes one of them and then finds the other not written.
      sync::fence(std::memory_order_seq_cst);
      // acquire [moment]: pairs with write()'s release of words_; carries all before that call.
      seen.push_back(word.load(std::memory_order_acquire));
    }
    return seen;
  }

  std::vector<sync::atomic<std::uint64_t>> words_;
  sync::atomic<std::uint32_t> stamps_{0};
};

}  // namespace gauntlet
