#include "models/rc11/cell/ordinary.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <string>

#include "models/entry.hpp"
#include "models/rc11/cell/telling.hpp"

namespace gauntlet::rc11 {

namespace {

site call(const void* where) {
  return {where, nullptr, 0};
}

std::string sized(const ordinary_memory::block& it) {
  return "a block of " + std::to_string(it.size) + " bytes";
}

bytes::touch now(const void* where) {
  const explorer& here = *explorer::current();
  return {where, static_cast<tick>(here.done() + 1), static_cast<std::uint8_t>(here.thread_index())};
}

}  // namespace

void ordinary_memory::begin() {
  alone_ = true;
  for (unsigned thread = 0; thread <= most_used_; ++thread) blocks_[thread].clear();
  most_used_ = 0;
  left_ = 0;
  recent_ = {};
}

void ordinary_memory::begin_concurrency() {
  // What was done before is ordered with all that comes.
  if (std::exchange(alone_, false)) bytes_.begin();
}

/// Whether the access can conflict with another thread's.
bool ordinary_memory::conflicts(const void* address, std::size_t size, const void* where) {
  if (!alone_) {
    explorer& here = *explorer::current();
    if (!here.is_on_own_stack(address)) here.touch_plain();
    return true;
  }
  const auto begin = reinterpret_cast<std::uintptr_t>(address);
  if (arena::owns(address)) expect(begin, begin + size, where);
  return false;
}

void ordinary_memory::access(const void* address, unsigned size, bool writes, const void* where) {
  if (conflicts(address, size, where)) bytes_.access(address, size, writes, where);
}

void ordinary_memory::span(const void* address, std::size_t size, bool writes, const void* where) {
  if (conflicts(address, size, where)) bytes_.span(address, size, writes, where);
}

void ordinary_memory::expect_all_released() {
  if (left_ == 0) return;
  const arena::use ordinary(arena::ordinary);
  for (const auto& each : blocks_)
    for (const block& it : each)
      if (it.alive && !it.watched)
        explorer::current()->fail("leak", sized(it) + " is still there when everything is over",
                                  call(it.allocated.where));
}

void ordinary_memory::give(void* storage, std::size_t size, bool is_watched, const void* where) {
  const arena::use ordinary(arena::ordinary);
  const auto begin = reinterpret_cast<std::uintptr_t>(storage);
  block fresh{begin, size, now(where), {}, true, is_watched};
  if (!is_watched) ++left_;
  const unsigned owner = arena::owner(storage);
  most_used_ = std::max(most_used_, owner);
  auto& all = blocks_[owner];
  if (all.empty() || all.back().begin < begin) {
    all.push_back(fresh);
    return;
  }
  // The engine lets storage come back.
  bytes_.renew(storage, size);
  *find(begin) = fresh;
}

void ordinary_memory::take(block& it, const void* where) {
  const model::told_access step("free", reinterpret_cast<const void*>(it.begin), it.size);
  if (!alone_) bytes_.release(reinterpret_cast<const void*>(it.begin), it.size, where);
  if (!it.watched) --left_;
  recent_ = {};
  it.alive = false;
  it.released = now(where);
}

void ordinary_memory::allocated(void* storage, std::size_t size, const void* where) {
  give(storage, size, false, where);
}

void ordinary_memory::released(void* storage, const void* where) {
  const arena::use ordinary(arena::ordinary);
  explorer& here = *explorer::current();
  block* const it = find(reinterpret_cast<std::uintptr_t>(storage));
  if (it == nullptr || it->begin != reinterpret_cast<std::uintptr_t>(storage))
    here.fail("undefined", "what is deleted is no block of the heap", call(where));
  if (!it->alive) {
    const model::told_access step("free", storage, it->size);
    here.fail("double_free", sized(*it) + " is deleted twice", call(where), it->released.thread,
              call(it->released.where));
  }
  take(*it, where);
}

void ordinary_memory::watched(void* storage, std::size_t size, const void* where) {
  give(storage, size, true, where);
}

void ordinary_memory::unwatched(void* storage, const void* where) {
  const arena::use ordinary(arena::ordinary);
  take(*find(reinterpret_cast<std::uintptr_t>(storage)), where);
}

ordinary_memory::block* ordinary_memory::find(std::uintptr_t address) {
  auto& all = blocks_[arena::owner(reinterpret_cast<const void*>(address))];
  const auto after = std::upper_bound(all.begin(), all.end(), address,
                                      [](std::uintptr_t one, const block& it) { return one < it.begin; });
  return after == all.begin() ? nullptr : &*std::prev(after);
}

std::vector<ordinary_memory::block> ordinary_memory::blocks() const {
  std::vector<block> all;
  for (const auto& each : blocks_)
    std::copy_if(each.begin(), each.end(), std::back_inserter(all), [](const block& it) { return !it.watched; });
  return all;
}

bytes::touch ordinary_memory::expect(std::uintptr_t begin, std::uintptr_t end, const void* where) {
  if (begin >= recent_.begin && end <= recent_.begin + recent_.size) return recent_.allocated;
  explorer& here = *explorer::current();
  const auto* const first = reinterpret_cast<const void*>(begin);
  if (!arena::owns(first)) {
    if (!stacks_are_shared_ && here.is_on_another_stack(first)) {
      stacks_are_shared_ = true;
      here.run_again();
    }
    return {};
  }
  const block* const it = find(begin);
  if (it == nullptr) here.fail("undefined", "memory is accessed that nobody allocated", call(where));
  if (end > it->begin + it->size)
    here.fail("undefined",
              "an access goes " + std::to_string(end - it->begin - it->size) + " bytes beyond " + sized(*it),
              call(where), it->allocated.thread, call(it->allocated.where));
  if (!it->alive)
    here.fail("use_after_free",
              "byte " + std::to_string(begin - it->begin) + " of " + sized(*it) + " is accessed after its release",
              call(where), it->released.thread, call(it->released.where));
  recent_ = *it;
  return it->allocated;
}

}  // namespace gauntlet::rc11

/// The C++ library has exceptions lie where malloc lets them, and so perhaps where another thread's did.
GAUNTLET_ENTRY void* __cxa_allocate_exception(std::size_t size) noexcept {
  using namespace gauntlet::rc11;
  static const auto real = reinterpret_cast<void* (*)(std::size_t)>(dlsym(RTLD_NEXT, "__cxa_allocate_exception"));
  void* const storage = real(size);
  if (arena::active != arena::ordinary) ordinary().renew(storage, size);
  return storage;
}
