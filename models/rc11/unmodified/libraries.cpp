#include "models/rc11/unmodified/libraries.hpp"

#include <link.h>

#include <algorithm>
#include <string_view>

#include "models/rc11/unmodified/modules.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

std::string_view file_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// The names that a module's dynamic section has as needed.
void add_needed(const dl_phdr_info& it, std::vector<std::string>& names) {
  const ElfW(Dyn)* dynamic = nullptr;
  for (unsigned i = 0; i < it.dlpi_phnum; ++i)
    if (it.dlpi_phdr[i].p_type == PT_DYNAMIC)
      dynamic = reinterpret_cast<const ElfW(Dyn)*>(it.dlpi_addr + it.dlpi_phdr[i].p_vaddr);
  const char* strings = nullptr;
  for (const auto* entry = dynamic; entry != nullptr && entry->d_tag != DT_NULL; ++entry)
    if (entry->d_tag == DT_STRTAB) strings = reinterpret_cast<const char*>(entry->d_un.d_ptr);
  for (const auto* entry = dynamic; strings != nullptr && entry->d_tag != DT_NULL; ++entry)
    if (entry->d_tag == DT_NEEDED) names.emplace_back(strings + entry->d_un.d_val);
}

int look_at(dl_phdr_info* it, std::size_t, void* into) {
  for (const module& known : modules())
    if (known.instrumented && known.name == (it->dlpi_name == nullptr ? "" : it->dlpi_name))
      add_needed(*it, *static_cast<std::vector<std::string>*>(into));
  return 0;
}

bool is_seen(std::string_view name) {
  return std::any_of(modules().begin(), modules().end(), [&](const module& known) {
    return (known.instrumented || known.ours) && file_of(known.name) == name;
  });
}

}  // namespace

std::vector<std::string> unseen_libraries() {
  std::vector<std::string> names;
  dl_iterate_phdr(&look_at, &names);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::erase_if(names, [](const std::string& name) { return is_seen(name) || name.starts_with("ld-linux"); });
  return names;
}

}  // namespace gauntlet::rc11::unmodified
