/// Atomic accesses that overlap in part, at the same time: neither C++ nor RC11 knows what that means.
// expect: undefined
// says: gauntlet knows no atomic accesses that overlap in part

#include <cstdint>
#include <thread>

int main() {
  alignas(8) std::uint64_t whole = 0;
  auto* const half = reinterpret_cast<std::uint32_t*>(&whole);
  std::thread other([&] { __atomic_store_n(half, 1, __ATOMIC_SEQ_CST); });
  __atomic_store_n(&whole, 2, __ATOMIC_SEQ_CST);
  other.join();
}
