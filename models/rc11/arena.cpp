#include "models/rc11/arena.hpp"

#include <sys/mman.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11::arena {

namespace {

std::array<std::size_t, threads> used{};

void* from_heap(std::size_t size, std::size_t alignment) {
  void* const storage = alignment <= alignof(std::max_align_t)
                            ? std::malloc(size == 0 ? 1 : size)
                            : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (storage == nullptr) throw std::bad_alloc();
  return storage;
}

}  // namespace

void reset() noexcept {
  used.fill(0);
}

void release() noexcept {
  if (region != nowhere) madvise(reinterpret_cast<void*>(region), threads * each, MADV_DONTNEED);
}

void* allocate(std::size_t size, std::size_t alignment) {
  if (active == ordinary) return from_heap(size, alignment);
  if (region == nowhere) {
    void* const mapped =
        mmap(nullptr, threads * each, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    region = reinterpret_cast<std::uintptr_t>(mapped);
  }
  const std::size_t aligned = alignment < 16 ? 16 : alignment;
  const std::size_t begin = (used[active] + aligned - 1) / aligned * aligned;
  // One byte at least between two objects, so that one's end isn't the other's address.
  if (explorer* const here = explorer::current(); here != nullptr) {
    if (size >= each || begin + size + 1 > each) {
      const unsigned thread = active;
      const use of_the_engine(ordinary);
      here->refuse("rc11: thread " + std::to_string(thread) + " allocates more than 64 MiB in one execution");
    }
    here->grew(size);
  }
  used[active] = begin + size + 1;
  return reinterpret_cast<void*>(region + active * each + begin);
}

void give_back(void* storage) noexcept {
  // What lies in the region goes with the execution.
  if (!owns(storage)) std::free(storage);
}

}  // namespace gauntlet::rc11::arena
