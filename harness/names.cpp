#include "harness/names.hpp"

#include <dwarf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <unordered_map>

#include "harness/frames.hpp"
#include "harness/leaves.hpp"

namespace gauntlet::harness {

class names::reader {
 public:
  reader() : file_(open("/proc/self/exe", O_RDONLY | O_CLOEXEC)) {
    if (file_ >= 0) debug_ = dwarf_begin(file_, DWARF_C_READ);
    if (debug_ != nullptr) index_types();
  }
  ~reader() {
    if (debug_ != nullptr) dwarf_end(debug_);
    if (file_ >= 0) close(file_);
  }
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;

  void add(std::uintptr_t object, const char* type, const std::string& prefix) {
    const auto found = types_.find(normalised(demangled(type)));
    if (found != types_.end()) leaves_.add_members(object, found->second, prefix);
  }

  const leaf* at(std::uintptr_t address) const { return leaves_.at(address); }

 private:
  void index_types() {
    Dwarf_CU* unit = nullptr;
    Dwarf_Die top;
    while (dwarf_get_units(debug_, unit, &unit, nullptr, nullptr, &top, nullptr) == 0) index_below(&top, "");
  }

  void index_below(Dwarf_Die* parent, const std::string& scope) {
    Dwarf_Die die;
    if (dwarf_child(parent, &die) != 0) return;
    do {
      const int tag = dwarf_tag(&die);
      const bool type = tag == DW_TAG_structure_type || tag == DW_TAG_class_type;
      if (!type && tag != DW_TAG_namespace) continue;
      const auto own = name_of(&die);
      const auto full = scope + (own.empty() ? "(anonymous namespace)" : std::string(own));
      if (type && dwarf_hasattr(&die, DW_AT_declaration) == 0) types_.emplace(normalised(full), die);
      index_below(&die, full + "::");
    } while (dwarf_siblingof(&die, &die) == 0);
  }

  int file_;
  Dwarf* debug_ = nullptr;
  std::unordered_map<std::string, Dwarf_Die> types_;
  leaves leaves_;
};

names::names() : reader_(std::make_unique<reader>()) {}
names::~names() = default;

void names::add(const void* object, const char* type, std::string prefix) {
  reader_->add(reinterpret_cast<std::uintptr_t>(object), type, prefix);
}

std::string names::of(const void* address) const {
  const leaf* const found = at(address);
  return found == nullptr ? "" : found->name;
}

const leaf* names::at(const void* address) const {
  return reader_->at(reinterpret_cast<std::uintptr_t>(address));
}

std::string readable_type(const char* mangled) {
  std::string plain;
  int depth = 0;
  for (const char c : demangled(mangled)) {
    if (c == '<') ++depth;
    if (depth == 0) plain += c;
    if (c == '>') --depth;
  }
  const auto last = plain.rfind("::");
  return last == std::string::npos ? plain : plain.substr(last + 2);
}

}  // namespace gauntlet::harness
