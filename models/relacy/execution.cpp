#include "models/relacy/execution.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace gauntlet::relacy {

namespace {
/// A load may return an old value a few times, but not in this many iterations.
constexpr unsigned iterations_in_vain = 64;
}  // namespace

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
  vain_.fill(0);
  finished.fill(false);
  broken = {};
  now = phase::setup;
  role_count = roles;
  spawned = 0;
  timeouts_left = 2;
  spurious_left = 1;
}

void execution::record(const step& done) {
  steps_.push_back(done);
  if (done.thread == setup_thread || !waits[static_cast<unsigned>(done.thread)]) vain_.fill(0);
}

void execution::iterate(unsigned thread) {
  waits[thread] = true;
  if (++vain_[thread] % iterations_in_vain == 0) quiet(thread);
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

bool execution::quiet(unsigned asker) {
  bool all = true;
  bool but_for_time = true;
  for (unsigned thread = 0; thread < role_count + spawned; ++thread) {
    if (thread == asker || finished[thread]) continue;
    const auto asleep = std::ranges::find(sleepers_, thread, &sleeper::thread);
    const bool timed = asleep != sleepers_.end() && asleep->timed;
    const bool waits_on = asleep != sleepers_.end() || (waits[thread] && vain_[thread] >= iterations_in_vain);
    all = all && waits_on && !timed;
    but_for_time = but_for_time && waits_on;
  }
  if (but_for_time && !all && timeouts_left == 0) timeouts_left = 1;
  return all;
}

}  // namespace gauntlet::relacy
