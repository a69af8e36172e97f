/// Memory from the kernel: as far as it is an allocation, the program's heap has it, at the same address in every
/// execution. A file's contents are copied.

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "models/rc11/unmodified/heap.hpp"
#include "models/rc11/unmodified/system.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

constexpr std::size_t page = 4096;

void* map(std::size_t size, int protection, int flags, int file, off_t from, const void* where) {
  if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0)
    refuse_call("mmap", "memory at an address of the program's choice isn't restored between executions", where);
  const bool of_file = (flags & MAP_ANONYMOUS) == 0;
  if (of_file && (flags & MAP_PRIVATE) == 0 && (protection & PROT_WRITE) != 0)
    refuse_call("mmap", "a file that is written as memory is shared with others, and no execution restores it", where);
  if (size == 0) return errno = EINVAL, MAP_FAILED;
  void* const given = storage.allocate((size + page - 1) / page * page, page, heap::made_by::runtime, where);
  if (given == nullptr) return errno = ENOMEM, MAP_FAILED;
  std::memset(given, 0, size);
  if (of_file && pread(file, given, size, from) < 0) return MAP_FAILED;
  return given;
}

}  // namespace
}  // namespace gauntlet::rc11::unmodified

using namespace gauntlet::rc11::unmodified;

GAUNTLET_ENTRY void* mmap(void* address, std::size_t size, int protection, int flags, int file, off_t from) noexcept {
  if (!inside()) return GAUNTLET_REAL(mmap, address, size, protection, flags, file, from);
  return map(size, protection, flags, file, from, GAUNTLET_CALLER);
}
GAUNTLET_ENTRY void* mmap64(void* address, std::size_t size, int protection, int flags, int file,
                            off64_t from) noexcept {
  if (!inside()) return GAUNTLET_REAL(mmap64, address, size, protection, flags, file, from);
  return map(size, protection, flags, file, from, GAUNTLET_CALLER);
}
GAUNTLET_ENTRY int munmap(void* address, std::size_t size) noexcept {
  if (!inside() || !storage.owns(address)) return GAUNTLET_REAL(munmap, address, size);
  if (storage.size_of(address) != (size + page - 1) / page * page)
    refuse_call("munmap", "only the whole of what mmap() gave can be given back", GAUNTLET_CALLER);
  storage.release(address, heap::made_by::runtime, GAUNTLET_CALLER);
  return 0;
}
GAUNTLET_ENTRY int mprotect(void* address, std::size_t size, int protection) noexcept {
  if (inside() && storage.owns(address))
    refuse_call("mprotect", "the memory would stay protected in the executions to come", GAUNTLET_CALLER);
  return GAUNTLET_REAL(mprotect, address, size, protection);
}
/// Advice changes nothing that a program may rely on; but that what is given up reads as zero.
GAUNTLET_ENTRY int madvise(void* address, std::size_t size, int advice) noexcept {
  if (!inside() || !storage.owns(address)) return GAUNTLET_REAL(madvise, address, size, advice);
  if (advice != MADV_DONTNEED) return 0;
  memory.span(address, size, true, GAUNTLET_CALLER);
  std::memset(address, 0, size);
  return 0;
}
