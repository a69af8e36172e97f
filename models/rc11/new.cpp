/// The global operator new and delete of programs that are written for this engine: the calling thread's arena.

#include <new>

#include "models/rc11/arena.hpp"

void* operator new(std::size_t size) {
  return gauntlet::rc11::arena::allocate(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return gauntlet::rc11::arena::allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* storage) noexcept {
  gauntlet::rc11::arena::give_back(storage);
}
void operator delete(void* storage, std::size_t) noexcept {
  gauntlet::rc11::arena::give_back(storage);
}
void operator delete(void* storage, std::align_val_t) noexcept {
  gauntlet::rc11::arena::give_back(storage);
}
void operator delete(void* storage, std::size_t, std::align_val_t) noexcept {
  gauntlet::rc11::arena::give_back(storage);
}
