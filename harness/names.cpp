#include "harness/names.hpp"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace gauntlet::harness {

namespace {

std::string demangled(const char* mangled) {
  const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(mangled, nullptr, nullptr, nullptr),
                                                         &std::free);
  return name ? name.get() : mangled;
}

/// The demangler and the compiler differ in spaces and in the case of literals' suffixes.
std::string normalised(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (c != ' ') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view name_of(Dwarf_Die* die) {
  const char* name = dwarf_diename(die);
  return name == nullptr ? "" : name;
}

bool starts(std::string_view name, std::string_view with) {
  return name.substr(0, with.size()) == with;
}

/// A word of this process's memory, wherever it points: a pointer that dangles must not end the process.
std::optional<std::uintptr_t> read_pointer(std::uintptr_t address) {
  std::uintptr_t value = 0;
  const iovec into{&value, sizeof value};
  const iovec from{reinterpret_cast<void*>(address), sizeof value};
  if (process_vm_readv(getpid(), &into, 1, &from, 1, 0) != static_cast<ssize_t>(sizeof value)) return std::nullopt;
  return value;
}

}  // namespace

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
    if (found == types_.end()) return;
    Dwarf_Die die = found->second;
    add_members(object, die, prefix, 0);
  }

  std::string of(std::uintptr_t address) const {
    auto after = leaves_.upper_bound(address);
    if (after == leaves_.begin()) return "";
    const auto& [start, leaf] = *--after;
    return address < start + leaf.size ? leaf.name : "";
  }

 private:
  struct leaf {
    std::size_t size;
    std::string name;
  };
  static constexpr unsigned deepest = 12;
  static constexpr std::size_t most_elements = 1024;

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

  static bool type_of(Dwarf_Die* die, Dwarf_Die* type) {
    Dwarf_Attribute attribute;
    return dwarf_attr_integrate(die, DW_AT_type, &attribute) != nullptr &&
           dwarf_formref_die(&attribute, type) != nullptr && dwarf_peel_type(type, type) == 0;
  }

  static std::size_t size_of(Dwarf_Die* type) {
    Dwarf_Word size = 0;
    return dwarf_aggregate_size(type, &size) == 0 ? size : 0;
  }

  static bool element_type(Dwarf_Die* owner, Dwarf_Die* type) {
    Dwarf_Die child;
    if (dwarf_child(owner, &child) != 0) return false;
    do {
      if (dwarf_tag(&child) == DW_TAG_template_type_parameter) return type_of(&child, type);
    } while (dwarf_siblingof(&child, &child) == 0);
    return false;
  }

  void add_members(std::uintptr_t object, Dwarf_Die type, const std::string& prefix, unsigned depth) {
    Dwarf_Die member;
    if (depth > deepest || dwarf_child(&type, &member) != 0) return;
    do {
      const int tag = dwarf_tag(&member);
      if (tag != DW_TAG_member && tag != DW_TAG_inheritance) continue;
      Dwarf_Attribute attribute;
      Dwarf_Word offset = 0;
      Dwarf_Die kind;
      if (dwarf_attr(&member, DW_AT_data_member_location, &attribute) == nullptr ||
          dwarf_formudata(&attribute, &offset) != 0 || !type_of(&member, &kind))
        continue;
      if (tag == DW_TAG_inheritance)
        add_members(object + offset, kind, prefix, depth + 1);
      else
        add_value(object + offset, kind, prefix + std::string(name_of(&member)), depth + 1);
    } while (dwarf_siblingof(&member, &member) == 0);
  }

  void add_value(std::uintptr_t address, Dwarf_Die type, const std::string& name, unsigned depth) {
    const auto kind = name_of(&type);
    if (dwarf_tag(&type) == DW_TAG_array_type) {
      Dwarf_Die element;
      if (type_of(&type, &element)) add_elements(address, size_of(&type), element, name, depth);
      return;
    }
    const bool aggregate = dwarf_tag(&type) == DW_TAG_structure_type || dwarf_tag(&type) == DW_TAG_class_type;
    if (!aggregate || starts(kind, "atomic<") || starts(kind, "var<")) {
      leaves_.insert_or_assign(address, leaf{size_of(&type), name});
      return;
    }
    // std::array is a shell around one member.
    if (starts(kind, "array<")) return add_sole_member(address, type, name, depth);
    Dwarf_Die owned;
    if (starts(kind, "unique_ptr<") && element_type(&type, &owned)) {
      if (const auto target = read_pointer(address); target && *target != 0) add_owned(*target, owned, name, depth);
      return;
    }
    if (starts(kind, "vector<") && element_type(&type, &owned)) {
      const auto first = read_pointer(address);
      const auto last = read_pointer(address + sizeof(void*));
      if (first && last && *first != 0) add_elements(*first, *last - *first, owned, name, depth);
      return;
    }
    add_members(address, type, name + ".", depth);
  }

  void add_sole_member(std::uintptr_t address, Dwarf_Die type, const std::string& name, unsigned depth) {
    Dwarf_Die member;
    if (dwarf_child(&type, &member) != 0) return;
    do {
      Dwarf_Die kind;
      if (dwarf_tag(&member) == DW_TAG_member && type_of(&member, &kind)) add_value(address, kind, name, depth + 1);
    } while (dwarf_siblingof(&member, &member) == 0);
  }

  void add_owned(std::uintptr_t target, Dwarf_Die type, const std::string& name, unsigned depth) {
    Dwarf_Die element;
    if (dwarf_tag(&type) != DW_TAG_array_type) return add_members(target, type, name + ".", depth);
    // The number of elements stands before the first one, as their type has a destructor (Itanium C++ ABI §2.7): in a
    // model every shared object has.
    const auto count = read_pointer(target - sizeof(std::size_t));
    if (type_of(&type, &element) && count && *count <= most_elements)
      add_elements(target, *count * size_of(&element), element, name, depth);
  }

  void add_elements(std::uintptr_t first, std::size_t bytes, Dwarf_Die element, const std::string& name,
                    unsigned depth) {
    const auto each = size_of(&element);
    if (each == 0) return;
    for (std::size_t i = 0; i < bytes / each && i < most_elements; ++i)
      add_value(first + i * each, element, name + "[" + std::to_string(i) + "]", depth + 1);
  }

  int file_;
  Dwarf* debug_ = nullptr;
  std::unordered_map<std::string, Dwarf_Die> types_;
  std::map<std::uintptr_t, leaf> leaves_;
};

names::names() : reader_(std::make_unique<reader>()) {}
names::~names() = default;

void names::add(const void* object, const char* type, std::string prefix) {
  reader_->add(reinterpret_cast<std::uintptr_t>(object), type, prefix);
}

std::string names::of(const void* address) const {
  return reader_->of(reinterpret_cast<std::uintptr_t>(address));
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
