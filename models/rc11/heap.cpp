/// The watched heap: leaks, double frees, storage that comes back.

#include <algorithm>
#include <string>

#include "models/rc11/arena.hpp"
#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11 {

namespace {
/// Where the block itself, not what it holds, has its life.
const void* block_of(const void* storage) {
  return reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(storage) ^ (std::uintptr_t{1} << 62U));
}
}  // namespace

void* explorer::allocate(std::size_t size, std::size_t alignment, const char* name, const site& at) {
  const arena::use ordinary(arena::ordinary);
  void* storage = nullptr;
  if (limits_.reuse) {
    // A thread's own, as allocators keep them: in which order threads released is nothing that a graph knows.
    const auto back = std::find_if(blocks_.rbegin(), blocks_.rend(), [&](const block& it) {
      return !it.alive && it.released_by == running_ && it.size == size && it.alignment == alignment;
    });
    if (back != blocks_.rend() && choose(2, budget::none, at) != 0) {
      storage = back->storage;
      blocks_.erase(std::next(back).base());
    }
  }
  if (storage == nullptr) {
    const arena::use own(running_);
    storage = arena::allocate(size, alignment);
  }
  blocks_.push_back({storage, size, alignment, name, 0, true});
  plain_create(block_of(storage), 1, false, at);
  return storage;
}

void explorer::expect_alive(const void* storage, const site& at) {
  const arena::use ordinary(arena::ordinary);
  const auto found =
      std::find_if(blocks_.begin(), blocks_.end(), [&](const block& it) { return it.storage == storage && it.alive; });
  if (found == blocks_.end()) fail("double_free", "destroyed twice, or never made", at);
}

void explorer::release(void* storage, const site& at) {
  const arena::use ordinary(arena::ordinary);
  expect_alive(storage, at);
  plain_destroy(block_of(storage), at);
  auto it = std::find_if(blocks_.begin(), blocks_.end(), [&](const block& one) { return one.storage == storage; });
  // Newest releases last: they are the first to be had back.
  std::rotate(it, std::next(it), blocks_.end());
  blocks_.back().alive = false;
  blocks_.back().released_by = running_;
}

const explorer::block* explorer::leaked() const {
  const auto found = std::find_if(blocks_.begin(), blocks_.end(), [](const block& it) { return it.alive; });
  return found == blocks_.end() ? nullptr : &*found;
}

}  // namespace gauntlet::rc11
