#include "models/rc11/unmodified/relaxed.hpp"

#include <sys/mman.h>

#include <atomic>
#include <map>
#include <stdexcept>

namespace gauntlet::rc11::unmodified {

namespace {

/// Open addressing, in memory that the processes of a search share.
struct entry {
  std::atomic<const relaxed_use*> use;
  std::atomic<std::uint64_t> times;
};
constexpr std::size_t most_uses = 1U << 14U;
entry* table = nullptr;

}  // namespace

void count_relaxed_uses() {
  void* const memory =
      mmap(nullptr, most_uses * sizeof(entry), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no memory is left to count relaxed accesses in");
  table = static_cast<entry*>(memory);
}

std::vector<std::pair<relaxed_use, std::uint64_t>> relaxed_uses() {
  // A place in a header is one for each unit that has it.
  const auto earlier = [](const relaxed_use& one, const relaxed_use& other) {
    return std::tuple(std::string_view(one.by), std::string_view(one.file), one.line) <
           std::tuple(std::string_view(other.by), std::string_view(other.file), other.line);
  };
  std::map<relaxed_use, std::uint64_t, decltype(earlier)> all(earlier);
  for (std::size_t i = 0; table != nullptr && i < most_uses; ++i)
    if (const relaxed_use* const use = table[i].use.load()) all[*use] += table[i].times.load();
  return {all.begin(), all.end()};
}

}  // namespace gauntlet::rc11::unmodified

extern "C" [[gnu::visibility("default")]] void __gauntlet_relaxed(const gauntlet::rc11::unmodified::relaxed_use* use) {
  using namespace gauntlet::rc11::unmodified;
  if (table == nullptr) return;
  for (auto slot = reinterpret_cast<std::uintptr_t>(use) / 8;; ++slot) {
    entry& it = table[slot % most_uses];
    const relaxed_use* seen = it.use.load(std::memory_order_relaxed);
    if (seen == nullptr && it.use.compare_exchange_strong(seen, use)) seen = use;
    if (seen != use) continue;
    it.times.fetch_add(1, std::memory_order_relaxed);
    return;
  }
}
