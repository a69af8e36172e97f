#include "models/relacy/execution.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace gauntlet::relacy {

execution& current() {
  static execution one;
  return one;
}

void execution::begin(unsigned roles) {
  // Storage that outlived the last execution goes only now: until here a stale access had to find it dead, not foreign.
  for (const auto& [storage, what] : blocks_) std::free(const_cast<void*>(storage));
  blocks_.clear();
  released_.clear();
  made_.clear();
  steps_.clear();
  values_.clear();
  sleepers_.clear();
  endings_.clear();
  intended_.fill({});
  destructions_.fill({});
  waits.fill(false);
  finished.fill(false);
  broken = {};
  now = phase::setup;
  role_count = roles;
  spawned = 0;
  timeouts_left = 2;
  spurious_left = 1;
}

token execution::write(bits value) {
  values_.push_back({value, steps_.size()});
  return static_cast<token>(values_.size() - 1);
}

void execution::awake(unsigned thread) {
  std::erase_if(sleepers_, [thread](const sleeper& who) { return who.thread == thread; });
}

const void* execution::reusable(std::size_t size, std::size_t alignment) const {
  for (auto it = released_.rbegin(); it != released_.rend(); ++it)
    if (blocks_.at(*it).size == size && reinterpret_cast<std::uintptr_t>(*it) % alignment == 0) return *it;
  return nullptr;
}

void execution::end(unsigned thread) {
  for (;;) {
    const auto mine =
        std::find_if(endings_.rbegin(), endings_.rend(), [thread](const ending& it) { return it.thread == thread; });
    if (mine == endings_.rend()) break;
    const ending last = *mine;
    endings_.erase(std::next(mine).base());
    last.last(last.object, thread);
  }
  finished[thread] = true;
}

void* execution::allocate(std::size_t size, std::size_t alignment, const char* type, const void* recycled) {
  void* storage = const_cast<void*>(recycled);
  if (storage != nullptr) {
    std::erase(released_, recycled);
  } else {
    const auto aligned = std::max(alignment, alignof(std::max_align_t));
    storage = std::aligned_alloc(aligned, (size + aligned - 1) / aligned * aligned);
    if (storage == nullptr) throw std::bad_alloc();
    std::memset(storage, 0xcd, size);
  }
  blocks_[storage] = {size, type, made_[type]++, true};
  return storage;
}

bool execution::alive(const void* storage) const {
  const auto found = blocks_.find(storage);
  return found != blocks_.end() && found->second.alive;
}

bool execution::release(const void* storage) {
  if (!alive(storage)) return false;
  blocks_.at(storage).alive = false;
  released_.push_back(storage);
  return true;
}

const block* execution::leaked() const {
  for (const auto& [storage, what] : blocks_)
    if (what.alive) return &what;
  return nullptr;
}

bool execution::blocked(unsigned role) const {
  return finished[role] || waits[role] ||
         std::any_of(sleepers_.begin(), sleepers_.end(), [role](const sleeper& who) { return who.thread == role; });
}

}  // namespace gauntlet::relacy
