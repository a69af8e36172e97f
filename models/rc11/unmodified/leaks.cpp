/// What the program has lost: blocks that no pointer leads to, from its variables on. As LeakSanitizer does it:
/// whatever looks like a pointer into a block is one.

#include "models/rc11/unmodified/heap.hpp"
#include "models/rc11/unmodified/modules.hpp"
#include "models/rc11/unmodified/threads.hpp"

namespace gauntlet::rc11::unmodified {

void heap::reach(const void* begin, std::size_t size) {
  const auto first = (reinterpret_cast<std::uintptr_t>(begin) + 7U) & ~std::uintptr_t{7};
  const auto end = reinterpret_cast<std::uintptr_t>(begin) + size;
  for (std::uintptr_t at = first; at + sizeof(std::uintptr_t) <= end; at += sizeof(std::uintptr_t)) {
    const auto value = *reinterpret_cast<const std::uintptr_t*>(at);
    if (value - region_ >= regions * each) continue;
    block* const it = own_block(value);
    if (it == nullptr || !it->alive || it->reached || value >= it->begin + std::max<std::size_t>(it->size, 1)) continue;
    it->reached = true;
    to_look_at_.push_back(it);
  }
}

const heap::block* heap::unreached() const {
  for (unsigned thread = 0; thread <= most_used_; ++thread)
    for (const block& it : blocks_[thread])
      if (it.alive && !it.reached && it.how != made_by::runtime) return &it;
  return nullptr;
}

const heap::block* heap::leaked() {
  for (unsigned thread = 0; thread <= most_used_; ++thread)
    for (block& it : blocks_[thread]) it.reached = false;
  if (unreached() == nullptr) return nullptr;
  for (block& it : blocks_[startup]) it.reached = false;
  const auto look_on = [this] {
    while (!to_look_at_.empty()) {
      const block* const it = to_look_at_.back();
      to_look_at_.pop_back();
      reach(reinterpret_cast<const void*>(it->begin), it->size);
    }
  };
  for (const auto& [begin, size] : globals()) reach(begin, size);
  // The first thread's outlive main.
  const thread_state& first = threads[0];
  reach(first.locals.data(), first.locals.size() * sizeof(void*));
  reach(first.specific.data(), first.specific.size() * sizeof(void*));
  look_on();
  if (unreached() == nullptr) return nullptr;
  for (const auto& [begin, size] : others_globals()) reach(begin, size);
  look_on();
  return unreached();
}

}  // namespace gauntlet::rc11::unmodified
