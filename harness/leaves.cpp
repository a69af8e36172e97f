#include "harness/leaves.hpp"

#include <dwarf.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cctype>
#include <optional>

namespace gauntlet::harness {

namespace {

constexpr unsigned deepest = 12;
constexpr std::size_t most_elements = 1024;

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

bool element_type(Dwarf_Die* owner, Dwarf_Die* type) {
  Dwarf_Die child;
  if (dwarf_child(owner, &child) != 0) return false;
  do {
    if (dwarf_tag(&child) == DW_TAG_template_type_parameter) return type_of(&child, type);
  } while (dwarf_siblingof(&child, &child) == 0);
  return false;
}

/// What a library keeps in its objects goes by the object's name: a std::mutex is `lock_` and not `lock_._M_mutex`.
std::string member_name(std::string_view prefix, std::string_view own) {
  const bool reserved = own.size() < 2 ? own.empty() : own[0] == '_' && (own[1] == '_' || std::isupper(own[1]) != 0);
  if (!reserved || prefix.empty()) return std::string(prefix).append(own);
  return std::string(prefix.substr(0, prefix.size() - 1));
}

reading reading_of(Dwarf_Die type) {
  switch (dwarf_tag(&type)) {
    case DW_TAG_pointer_type:
    case DW_TAG_reference_type:
      return reading::pointer;
    case DW_TAG_enumeration_type:
      return reading::unsigned_integer;
    case DW_TAG_base_type: {
      Dwarf_Attribute attribute;
      Dwarf_Word encoding = 0;
      dwarf_formudata(dwarf_attr(&type, DW_AT_encoding, &attribute), &encoding);
      if (encoding == DW_ATE_boolean) return reading::boolean;
      if (encoding == DW_ATE_signed || encoding == DW_ATE_signed_char) return reading::signed_integer;
      return encoding == DW_ATE_float ? reading::other : reading::unsigned_integer;
    }
    default:
      break;
  }
  Dwarf_Die value;
  return starts(name_of(&type), "atomic<") && element_type(&type, &value) ? reading_of(value) : reading::other;
}

}  // namespace

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

bool type_of(Dwarf_Die* die, Dwarf_Die* type) {
  Dwarf_Attribute attribute;
  return dwarf_attr_integrate(die, DW_AT_type, &attribute) != nullptr &&
         dwarf_formref_die(&attribute, type) != nullptr && dwarf_peel_type(type, type) == 0;
}

std::size_t size_of(Dwarf_Die* type) {
  Dwarf_Word size = 0;
  return dwarf_aggregate_size(type, &size) == 0 ? size : 0;
}

const leaf* leaves::at(std::uintptr_t address) const {
  auto after = all_.upper_bound(address);
  if (after == all_.begin()) return nullptr;
  const auto& [start, found] = *--after;
  return address < start + found.size ? &found : nullptr;
}

std::string leaves::object_at(std::uintptr_t address) const {
  const auto found = objects_.find(address);
  return found == objects_.end() ? "" : found->second;
}

void leaves::add_members(std::uintptr_t object, Dwarf_Die type, const std::string& prefix, unsigned depth) {
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
      add_value(object + offset, kind, member_name(prefix, name_of(&member)), depth + 1);
  } while (dwarf_siblingof(&member, &member) == 0);
}

void leaves::add_value(std::uintptr_t address, Dwarf_Die type, const std::string& name, unsigned depth) {
  const auto kind = name_of(&type);
  if (dwarf_tag(&type) == DW_TAG_array_type) {
    Dwarf_Die element;
    if (type_of(&type, &element)) add_elements(address, size_of(&type), element, name, depth);
    return;
  }
  const bool aggregate = dwarf_tag(&type) == DW_TAG_structure_type || dwarf_tag(&type) == DW_TAG_class_type;
  if (!aggregate || starts(kind, "atomic<") || starts(kind, "var<")) {
    all_.insert_or_assign(address, leaf{size_of(&type), name, reading_of(type)});
    return;
  }
  // std::array is a shell around one member.
  if (starts(kind, "array<")) return add_sole_member(address, type, name, depth);
  Dwarf_Die owned;
  if (starts(kind, "unique_ptr<") && element_type(&type, &owned)) {
    if (const auto target = read_pointer(address); target && *target != 0) add_owned(*target, owned, name, depth);
  }
  if (starts(kind, "vector<") && element_type(&type, &owned)) {
    const auto first = read_pointer(address);
    const auto last = read_pointer(address + sizeof(void*));
    if (first && last && *first != 0) add_elements(*first, *last - *first, owned, name, depth);
  }
  objects_.try_emplace(address, name);
  add_members(address, type, name + ".", depth);
}

void leaves::add_sole_member(std::uintptr_t address, Dwarf_Die type, const std::string& name, unsigned depth) {
  Dwarf_Die member;
  if (dwarf_child(&type, &member) != 0) return;
  do {
    Dwarf_Die kind;
    if (dwarf_tag(&member) == DW_TAG_member && type_of(&member, &kind)) add_value(address, kind, name, depth + 1);
  } while (dwarf_siblingof(&member, &member) == 0);
}

void leaves::add_owned(std::uintptr_t target, Dwarf_Die type, const std::string& name, unsigned depth) {
  Dwarf_Die element;
  if (dwarf_tag(&type) != DW_TAG_array_type) return add_members(target, type, name + ".", depth);
  // The number of elements stands before the first one, as their type has a destructor (Itanium C++ ABI §2.7): in a
  // model every shared object has.
  const auto count = read_pointer(target - sizeof(std::size_t));
  if (type_of(&type, &element) && count && *count <= most_elements)
    add_elements(target, *count * size_of(&element), element, name, depth);
}

void leaves::add_elements(std::uintptr_t first, std::size_t bytes, Dwarf_Die element, const std::string& name,
                          unsigned depth) {
  const auto each = size_of(&element);
  if (each == 0) return;
  for (std::size_t i = 0; i < bytes / each && i < most_elements; ++i)
    add_value(first + i * each, element, name + "[" + std::to_string(i) + "]", depth + 1);
}

}  // namespace gauntlet::harness
