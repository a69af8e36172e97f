/// The global operator new and delete of programs that are written for this engine: the calling thread's arena.

#include <new>

#include "models/rc11/arena.hpp"

using namespace gauntlet::rc11;

namespace {

void* allocated(std::size_t size, std::size_t alignment, const void* where) {
  void* const storage = arena::allocate(size, alignment);
  if (arena::listening != nullptr && arena::active != arena::ordinary)
    arena::listening->allocated(storage, size, where);
  return storage;
}

void released(void* storage, const void* where) noexcept {
  if (arena::listening != nullptr && arena::active != arena::ordinary && arena::owns(storage))
    arena::listening->released(storage, where);
  arena::give_back(storage);
}

}  // namespace

void* operator new(std::size_t size) {
  return allocated(size, alignof(std::max_align_t), __builtin_return_address(0));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocated(size, static_cast<std::size_t>(alignment), __builtin_return_address(0));
}
void operator delete(void* storage) noexcept {
  released(storage, __builtin_return_address(0));
}
void operator delete(void* storage, std::size_t) noexcept {
  released(storage, __builtin_return_address(0));
}
void operator delete(void* storage, std::align_val_t) noexcept {
  released(storage, __builtin_return_address(0));
}
void operator delete(void* storage, std::size_t, std::align_val_t) noexcept {
  released(storage, __builtin_return_address(0));
}
