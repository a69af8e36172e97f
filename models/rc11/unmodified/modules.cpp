#include "models/rc11/unmodified/modules.hpp"

#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "models/rc11/unmodified/heap.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

struct loaded {
  std::vector<module> all;
  std::vector<std::pair<std::byte*, std::size_t>> globals;
  std::vector<std::pair<std::byte*, std::size_t>> others;
};
loaded* known = nullptr;
bool looking = false;

std::vector<std::byte>* saved = nullptr;

/// Whether the module asks for a symbol of ThreadSanitizer's.
bool asks_for_us(const dl_phdr_info& it) {
  const char* strings = nullptr;
  std::size_t size = 0;
  for (unsigned i = 0; i < it.dlpi_phnum; ++i) {
    if (it.dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
    const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(it.dlpi_addr + it.dlpi_phdr[i].p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry) {
      // Relocated by the loader, but for the kernel's own.
      const auto address = entry->d_un.d_ptr < it.dlpi_addr ? it.dlpi_addr + entry->d_un.d_ptr : entry->d_un.d_ptr;
      if (entry->d_tag == DT_STRTAB) strings = reinterpret_cast<const char*>(address);
      if (entry->d_tag == DT_STRSZ) size = entry->d_un.d_val;
    }
  }
  return strings != nullptr && memmem(strings, size, "__tsan_", 7) != nullptr;
}

bool is_here(const dl_phdr_info& it) {
  const auto here = reinterpret_cast<std::uintptr_t>(&is_programs);
  for (unsigned i = 0; i < it.dlpi_phnum; ++i) {
    const auto begin = it.dlpi_addr + it.dlpi_phdr[i].p_vaddr;
    if (it.dlpi_phdr[i].p_type == PT_LOAD && here >= begin && here < begin + it.dlpi_phdr[i].p_memsz) return true;
  }
  return false;
}

/// Data that relocations made and nobody writes any longer isn't counted: it is read-only by now.
void add_globals(const dl_phdr_info& it, std::vector<std::pair<std::byte*, std::size_t>>& into) {
  std::uintptr_t fixed = 0;
  for (unsigned i = 0; i < it.dlpi_phnum; ++i)
    if (it.dlpi_phdr[i].p_type == PT_GNU_RELRO)
      fixed = it.dlpi_addr + it.dlpi_phdr[i].p_vaddr + it.dlpi_phdr[i].p_memsz;
  const auto size_of_page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  for (unsigned i = 0; i < it.dlpi_phnum; ++i) {
    const auto& part = it.dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_W) == 0) continue;
    auto begin = it.dlpi_addr + part.p_vaddr;
    const auto end = begin + part.p_memsz;
    if (fixed > begin && fixed <= (end + size_of_page - 1) / size_of_page * size_of_page) begin = std::min(fixed, end);
    if (begin < end) into.emplace_back(reinterpret_cast<std::byte*>(begin), end - begin);
  }
}

int look_at(dl_phdr_info* it, std::size_t, void* into) {
  auto& all = *static_cast<loaded*>(into);
  module found{it->dlpi_name == nullptr ? "" : it->dlpi_name, ~std::uintptr_t{0}, 0, 0, false, false, false};
  for (unsigned i = 0; i < it->dlpi_phnum; ++i) {
    const auto& part = it->dlpi_phdr[i];
    if (part.p_type != PT_LOAD) continue;
    found.data_end = std::max<std::uintptr_t>(found.data_end, it->dlpi_addr + part.p_vaddr + part.p_memsz);
    if ((part.p_flags & PF_X) == 0) continue;
    found.begin = std::min<std::uintptr_t>(found.begin, it->dlpi_addr + part.p_vaddr);
    found.end = std::max<std::uintptr_t>(found.end, it->dlpi_addr + part.p_vaddr + part.p_memsz);
  }
  found.ours = is_here(*it);
  found.instrumented = !found.ours && (all.all.empty() || asks_for_us(*it));
  found.standard = found.name.find("libstdc++") != std::string::npos;
  if (!found.ours) add_globals(*it, found.instrumented ? all.globals : all.others);
  all.all.push_back(std::move(found));
  return 0;
}

const loaded& look() {
  if (known == nullptr) {
    const outside ordinary;
    looking = true;
    auto* const found = new loaded;
    dl_iterate_phdr(&look_at, found);
    known = found;
    looking = false;
  }
  return *known;
}

const module* find(const void* address) noexcept {
  // What is allocated while we look is nobody's but ours.
  if (looking) return nullptr;
  const auto a = reinterpret_cast<std::uintptr_t>(address);
  for (const module& it : look().all)
    if (a >= it.begin && a < it.end) return &it;
  return nullptr;
}

}  // namespace

const std::vector<module>& modules() {
  return look().all;
}

bool is_programs(const void* address) noexcept {
  const module* const it = find(address);
  return it != nullptr && it->instrumented;
}

bool is_programs_or_standard(const void* address) noexcept {
  const module* const it = find(address);
  return it != nullptr && (it->instrumented || it->standard);
}

bool is_ours(const void* address) noexcept {
  const module* const it = find(address);
  return it != nullptr && it->ours;
}

bool is_explored(const void* object) noexcept {
  if (!inside()) return false;
  if (storage.owns(object)) return true;
  const auto a = reinterpret_cast<std::uintptr_t>(object);
  for (const module& it : look().all)
    if (a >= it.begin && a < it.data_end) return it.instrumented;
  return true;
}

const std::vector<std::pair<std::byte*, std::size_t>>& globals() {
  return look().globals;
}

const std::vector<std::pair<std::byte*, std::size_t>>& others_globals() {
  return look().others;
}

void save_globals() {
  saved = new std::vector<std::byte>;
  for (const auto& [begin, size] : globals()) saved->insert(saved->end(), begin, begin + size);
  saved->insert(saved->end(), storage.startup_begin(), storage.startup_begin() + storage.startup_size());
}

void restore_globals() {
  const std::byte* from = saved->data();
  for (const auto& [begin, size] : globals()) {
    std::memcpy(begin, from, size);
    from += size;
  }
  std::memcpy(storage.startup_begin(), from, static_cast<std::size_t>(saved->data() + saved->size() - from));
}

}  // namespace gauntlet::rc11::unmodified
