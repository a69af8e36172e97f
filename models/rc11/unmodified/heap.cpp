#include "models/rc11/unmodified/heap.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "models/rc11/unmodified/loops.hpp"
#include "models/rc11/unmodified/program.hpp"
#include "models/rc11/unmodified/record.hpp"

namespace gauntlet::rc11::unmodified {

namespace {
/// The same in every process, so that what depends on addresses depends on nothing else.
constexpr std::uintptr_t wanted = 0x6000'0000'0000;

const char* name_of(heap::made_by how) {
  switch (how) {
    case heap::made_by::scalar_new:
      return "new";
    case heap::made_by::array_new:
      return "new[]";
    default:
      return "malloc";
  }
}
const char* release_of(heap::made_by how) {
  switch (how) {
    case heap::made_by::scalar_new:
      return "delete";
    case heap::made_by::array_new:
      return "delete[]";
    default:
      return "free";
  }
}

bytes::touch now(const void* where) {
  if (engine == nullptr) return {};
  return {where, static_cast<tick>(engine->done() + 1), static_cast<std::uint8_t>(engine->thread_index())};
}
}  // namespace

void heap::reserve() {
  void* const mapped = mmap(reinterpret_cast<void*>(wanted), regions * each, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  region_ = reinterpret_cast<std::uintptr_t>(mapped);
}

std::byte* heap::startup_begin() const noexcept {
  return reinterpret_cast<std::byte*>(region_ + startup * each);
}

void heap::end_of_startup() {
  starting_ = false;
}

void heap::begin() {
  for (unsigned thread = 0; thread <= most_used_; ++thread) {
    used_[thread] = 0;
    blocks_[thread].clear();
    reusable_[thread].clear();
  }
  most_used_ = 0;
  if (!startup_changed_) return;
  startup_changed_ = false;
  for (block& it : blocks_[startup]) it.alive = true;
}

/// Whether the thread gets back what it released: what ABA needs. In which order threads released is nothing that the
/// graph knows, so it is its own. Which storage something gets that only one thread ever accessed comes to nothing.
void* heap::again(std::size_t size, std::size_t alignment, made_by how, const void* where) {
  auto& mine = reusable_[engine->thread_index()];
  for (auto it = mine.rbegin(); it != mine.rend(); ++it) {
    block& old = *own_block(*it);
    if (old.size != size || old.begin % alignment != 0) continue;
    if (engine->choose(2, explorer::budget::none, at(where)) == 0) return nullptr;
    mine.erase(std::next(it).base());
    memory.renew(reinterpret_cast<void*>(old.begin), size);
    old = {old.begin, size, now(where), {}, how, true};
    return reinterpret_cast<void*>(old.begin);
  }
  return nullptr;
}

void* heap::allocate(std::size_t size, std::size_t alignment, made_by how, const void* where) {
  told step("allocate", nullptr, size, -1, where);
  const outside ordinary;
  if (region_ == nowhere) reserve();
  const unsigned thread = starting_ ? startup : engine->thread_index();
  if (!starting_) engine->grew(size);
  void* given = !starting_ && chosen.reuse ? again(size, alignment, how, where) : nullptr;
  if (given == nullptr) {
    // Between two blocks lies what belongs to neither.
    const std::size_t aligned = std::max<std::size_t>(alignment, 16);
    const std::size_t begin = (used_[thread] + 16 + aligned - 1) / aligned * aligned;
    if (begin + size > each) return nullptr;
    used_[thread] = begin + size;
    const std::uintptr_t address = region_ + thread * each + begin;
    blocks_[thread].push_back({address, size, starting_ ? bytes::touch{.where = where} : now(where), {}, how, true});
    if (thread < startup) most_used_ = std::max(most_used_, thread);
    given = reinterpret_cast<void*>(address);
  }
  std::memset(given, pattern, size);
  if (!starting_) loops.allocates(given, size);
  step.concerns(given);
  return given;
}

heap::block* heap::own_block(std::uintptr_t address) {
  if (address - region_ >= regions * each) return nullptr;
  auto& all = blocks_[(address - region_) / each];
  auto after = std::upper_bound(all.begin(), all.end(), address,
                                [](std::uintptr_t value, const block& it) { return value < it.begin; });
  return after == all.begin() ? nullptr : &*std::prev(after);
}

const heap::block* heap::find(std::uintptr_t address) {
  return own_block(address);
}

std::size_t heap::size_of(const void* address) {
  const block* const it = own_block(reinterpret_cast<std::uintptr_t>(address));
  return it != nullptr && it->begin == reinterpret_cast<std::uintptr_t>(address) ? it->size : 0;
}

bytes::touch heap::expect(std::uintptr_t begin, std::uintptr_t end, const void* where) {
  if (begin - region_ >= regions * each) return {};
  const block* const it = own_block(begin);
  if (it == nullptr || begin >= it->begin + it->size) {
    const std::string beside = it == nullptr ? std::string("before all blocks")
                                             : std::to_string(begin - it->begin - it->size) +
                                                   " bytes after a block of " + std::to_string(it->size);
    if (it == nullptr) engine->fail("undefined", "heap memory is accessed outside of any block, " + beside, at(where));
    engine->fail("undefined", "heap memory is accessed outside of any block, " + beside, at(where),
                 it->allocated.thread, at(it->allocated.where));
  }
  if (!it->alive)
    engine->fail("use_after_free",
                 "byte " + std::to_string(begin - it->begin) + " of a block of " + std::to_string(it->size) +
                     " is accessed after it was released",
                 at(where), it->released.thread, at(it->released.where));
  if (end > it->begin + it->size)
    engine->fail("undefined",
                 "an access goes " + std::to_string(end - it->begin - it->size) + " bytes beyond a block of " +
                     std::to_string(it->size),
                 at(where), it->allocated.thread, at(it->allocated.where));
  return it->allocated;
}

void heap::read_first(std::uintptr_t begin, std::uintptr_t end, const void* where) {
  if (!chosen.uninitialised) return;
  const block* const it = own_block(begin);
  if (it == nullptr || begin >= it->begin + it->size || it->how == made_by::runtime) return;
  const auto* const there = reinterpret_cast<const unsigned char*>(begin);
  if (std::any_of(there, there + (end - begin), [](unsigned char byte) { return byte != pattern; })) return;
  engine->fail("undefined",
               std::to_string(end - begin) + " bytes are read that nobody has written, of a block of " +
                   std::to_string(it->size),
               at(where), it->allocated.thread, at(it->allocated.where));
}

void heap::release(void* address, made_by how, const void* where) {
  const told step("free", address, size_of(address), -1, where);
  const outside ordinary;
  block* const it = own_block(reinterpret_cast<std::uintptr_t>(address));
  if (it == nullptr || it->begin != reinterpret_cast<std::uintptr_t>(address))
    engine->fail("undefined", std::string(release_of(how)) + " of what is no block", at(where));
  if (!it->alive)
    engine->fail("double_free", "a block of " + std::to_string(it->size) + " bytes is released twice", at(where),
                 it->released.thread, at(it->released.where));
  if (it->how != how && how != made_by::runtime)
    engine->fail("undefined", std::string("what ") + name_of(it->how) + " gave is released by " + release_of(how),
                 at(where), it->allocated.thread, at(it->allocated.where));
  const bool shared = chosen.reuse && memory.is_shared(address, it->size);
  memory.release(address, it->size, where);
  // One that nobody looked at since is nobody's but the allocator's.
  const bytes::touch made = it->allocated;
  if (made.when != 0 && made.thread != engine->thread_index() && !engine->replaying() &&
      engine->now().before[made.thread] < made.when)
    engine->fail("data_race", "a block is released, and no happens-before orders that with its allocation", at(where),
                 made.thread, at(made.where));
  it->alive = false;
  it->released = now(where);
  loops.releases(address);
  const auto region = (it->begin - region_) / each;
  if (region == startup)
    startup_changed_ = true;
  else if (shared)
    reusable_[engine->thread_index()].push_back(it->begin);
}

}  // namespace gauntlet::rc11::unmodified
