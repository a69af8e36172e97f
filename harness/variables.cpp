#include "harness/variables.hpp"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <sys/auxv.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <optional>
#include <unordered_map>

#include "harness/scopes.hpp"

namespace gauntlet::harness {

namespace {

/// The sole operation of an expression of where a variable lies.
std::optional<Dwarf_Op> sole(const Dwarf_Op* operations, std::size_t count) {
  if (count != 1) return std::nullopt;
  return operations[0];
}

/// Where a variable lies for as long as there is one: that of a static or a global one.
std::optional<Dwarf_Op> fixed_location(Dwarf_Die* variable) {
  Dwarf_Attribute attribute;
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  if (dwarf_attr_integrate(variable, DW_AT_location, &attribute) == nullptr ||
      dwarf_getlocation(&attribute, &operations, &count) != 0)
    return std::nullopt;
  return sole(operations, count);
}

/// How far from the frame pointer a variable lies, if it ever lies in the frame: who has its address takes it for
/// there always, though the compiler may say so of a part of the function only.
std::optional<std::intptr_t> offset_in_frame(Dwarf_Die* variable) {
  Dwarf_Attribute attribute;
  if (dwarf_attr_integrate(variable, DW_AT_location, &attribute) == nullptr) return std::nullopt;
  Dwarf_Addr base = 0, begin = 0, end = 0;
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  for (std::ptrdiff_t next = 0;
       (next = dwarf_getlocations(&attribute, next, &base, &begin, &end, &operations, &count)) > 0;)
    if (const auto found = sole(operations, count); found && (found->atom == DW_OP_fbreg || found->atom == DW_OP_breg6))
      return static_cast<std::intptr_t>(found->number);
  return std::nullopt;
}

/// The type that a container or a smart pointer allocates for: `node` of `std::__new_allocator<node>::allocate(…)`.
std::string allocated_type(const std::string& function) {
  for (const char* const maker : {"__new_allocator<", "std::allocator<", "std::make_unique<", "std::make_shared<"}) {
    const auto at = function.find(maker);
    if (at == std::string::npos) continue;
    const auto begin = at + std::string_view(maker).size();
    int depth = 1;
    for (auto end = begin; end < function.size(); ++end) {
      depth += (function[end] == '<') - (function[end] == '>');
      if (depth == 0 || (depth == 1 && function[end] == ',')) return function.substr(begin, end - begin);
    }
  }
  return "";
}

/// The type of a `new` that the line of source has: `node` of `new pool::node(…)`; else that of a `sizeof(node)`.
std::string type_in_source(const frame& where) {
  std::ifstream file(where.file);
  std::string line;
  for (unsigned number = 0; number < where.line && std::getline(file, line);) ++number;
  const auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':'; };
  for (std::size_t at = 0; (at = line.find("new", at)) != std::string::npos; at += 3) {
    if ((at > 0 && is_name(line[at - 1])) || (at + 3 < line.size() && is_name(line[at + 3]))) continue;
    std::size_t begin = line.find_first_not_of(' ', at + 3);
    // An expression in parentheses before the type says where.
    if (begin != std::string::npos && line[begin] == '(') begin = line.find_first_not_of(" )", line.find(')', begin));
    if (begin == std::string::npos) continue;
    const auto end = std::find_if_not(line.begin() + static_cast<std::ptrdiff_t>(begin), line.end(), is_name);
    if (const std::string found(line.begin() + static_cast<std::ptrdiff_t>(begin), end); !found.empty()) return found;
  }
  constexpr std::string_view measured = "sizeof(";
  auto at = line.find(measured);
  if (at == std::string::npos) return "";
  at += measured.size();
  if (line.compare(at, 7, "struct ") == 0) at += 7;
  const auto begin = line.begin() + static_cast<std::ptrdiff_t>(at);
  return {begin, std::find_if_not(begin, line.end(), is_name)};
}

}  // namespace

class variables::reader {
 public:
  explicit reader(frames& read) : read_(read) {
    // A library that holds this has debug information, too, and nothing to tell of.
    Dwfl_Module* library = module_at(reinterpret_cast<Dwarf_Addr>(&fixed_location));
    if (library == module_at(getauxval(AT_ENTRY))) library = nullptr;
    const auto add = [](Dwfl_Module* module, void**, const char*, Dwarf_Addr, void* self) {
      auto& to = *static_cast<std::pair<reader*, Dwfl_Module*>*>(self);
      if (module != to.second) to.first->add_statics(module);
      return static_cast<int>(DWARF_CB_OK);
    };
    std::pair<reader*, Dwfl_Module*> self{this, library};
    if (read.modules() != nullptr) dwfl_getmodules(read.modules(), add, &self, 0);
  }

  void add_call(std::uintptr_t return_address, std::uintptr_t frame) {
    Dwarf_Addr bias = 0;
    Dwarf_Die* const unit = unit_at(return_address - 1, bias);
    if (unit == nullptr) return;
    const Dwarf_Addr address = return_address - 1 - bias;
    for (Dwarf_Die& scope : read_.code().at(unit, address)) {
      Dwarf_Die each;
      if (dwarf_child(&scope, &each) != 0) continue;
      do {
        if (dwarf_tag(&each) != DW_TAG_variable && dwarf_tag(&each) != DW_TAG_formal_parameter) continue;
        const auto offset = offset_in_frame(&each);
        Dwarf_Attribute name;
        const char* const known = dwarf_formstring(dwarf_attr_integrate(&each, DW_AT_name, &name));
        Dwarf_Die type;
        if (offset && known != nullptr && type_of(&each, &type))
          found_.add_value(frame + static_cast<std::uintptr_t>(*offset), type, known);
      } while (dwarf_siblingof(&each, &each) == 0);
    }
  }

  void add_block(const allocated& piece) {
    const auto address = reinterpret_cast<std::uintptr_t>(piece.address);
    Dwarf_Die type;
    std::string of = "block";
    const auto stack = read_.of(piece.stack);
    bool known = !piece.type.empty() && find_type(piece.type, piece.size, type);
    for (auto each = stack.begin(); each != stack.end() && !known; ++each) {
      std::string wanted = allocated_type(each->function);
      if (wanted.empty()) wanted = type_in_source(*each);
      if (wanted.empty()) continue;
      known = find_type(wanted, piece.size, type);
      break;
    }
    if (known) of = name_of(&type);
    of = of.substr(0, of.find('<'));
    const std::string name = of + "#" + std::to_string(made_[of]++);
    names_[piece.address] = name;
    if (known && piece.size < 2 * size_of(&type))
      found_.add_members(address, type, name + ".");
    else if (known)
      for (std::size_t i = 0; i < piece.size / size_of(&type); ++i)
        found_.add_value(address + i * size_of(&type), type, name + "[" + std::to_string(i) + "]");
    else
      blocks_[address] = {piece.size, asked_at(stack)};
  }

  const leaf* at(std::uintptr_t address) {
    if (const leaf* const found = found_.at(address)) return found;
    auto after = blocks_.upper_bound(address);
    if (after == blocks_.begin() || address >= (--after)->first + after->second.first) return nullptr;
    const auto& [begin, piece] = *after;
    auto& told = told_[address];
    told.name = "+" + std::to_string(address - begin) + " of the " + std::to_string(piece.first) + " bytes allocated" +
                piece.second;
    return &told;
  }

  std::string target_name(const void* address) const {
    if (const std::string block = block_name(address); !block.empty()) return block;
    const auto begin = reinterpret_cast<std::uintptr_t>(address);
    if (const std::string object = found_.object_at(begin); !object.empty()) return object;
    const leaf* const value = found_.at(begin);
    return value == nullptr ? "" : value->name;
  }

  std::string block_name(const void* address) const {
    const auto found = names_.find(address);
    return found == names_.end() ? "" : found->second;
  }

 private:
  void add_statics(Dwfl_Module* module) {
    Dwarf_Addr bias = 0;
    Dwarf_Die* unit = nullptr;
    while ((unit = dwfl_module_nextcu(module, unit, &bias)) != nullptr) add_below(unit, bias, "");
  }

  void add_below(Dwarf_Die* parent, Dwarf_Addr bias, const std::string& scope) {
    Dwarf_Die die;
    if (dwarf_child(parent, &die) != 0) return;
    do {
      switch (dwarf_tag(&die)) {
        case DW_TAG_variable:
          add_static(&die, bias);
          break;
        case DW_TAG_structure_type:
        case DW_TAG_class_type:
          if (dwarf_hasattr(&die, DW_AT_declaration) == 0 && !name_of(&die).empty())
            types_.emplace(normalised(scope + std::string(name_of(&die))), die);
          add_below(&die, bias, scope + std::string(name_of(&die)) + "::");
          break;
        case DW_TAG_namespace: {
          const auto name = name_of(&die);
          add_below(&die, bias, scope + (name.empty() ? "(anonymous namespace)" : std::string(name)) + "::");
          break;
        }
        case DW_TAG_subprogram:
        case DW_TAG_lexical_block:
          add_below(&die, bias, scope);
          break;
        default:
          break;
      }
    } while (dwarf_siblingof(&die, &die) == 0);
  }

  void add_static(Dwarf_Die* variable, Dwarf_Addr bias) {
    const auto where = fixed_location(variable);
    Dwarf_Attribute attribute;
    Dwarf_Die type;
    const char* const name = dwarf_formstring(dwarf_attr_integrate(variable, DW_AT_name, &attribute));
    if (!where || name == nullptr || !type_of(variable, &type)) return;
    Dwarf_Addr address = where->number;
    if (where->atom == DW_OP_addrx) {
      Dwarf_Attribute location;
      dwarf_attr_integrate(variable, DW_AT_location, &location);
      Dwarf_Attribute result;
      if (dwarf_getlocation_attr(&location, &*where, &result) != 0 || dwarf_formaddr(&result, &address) != 0) return;
    } else if (where->atom != DW_OP_addr) {
      return;
    }
    found_.add_value(address + bias, type, name);
  }

  Dwarf_Die* unit_at(Dwarf_Addr address, Dwarf_Addr& bias) {
    Dwfl_Module* const module = module_at(address);
    return module == nullptr ? nullptr : unit_of(module, address, bias);
  }

  Dwfl_Module* module_at(Dwarf_Addr address) const {
    return read_.modules() == nullptr ? nullptr : dwfl_addrmodule(read_.modules(), address);
  }

  /// The type of this name, whatever its namespace, that a piece of this size has room for.
  bool find_type(const std::string& name, std::size_t size, Dwarf_Die& type) const {
    const std::string wanted = normalised(name.starts_with("::") ? name.substr(2) : name);
    std::size_t best = 0;
    for (const auto& [known, die] : types_) {
      const bool named = known == wanted || known.ends_with("::" + wanted) || known.starts_with(wanted + "<") ||
                         known.find("::" + wanted + "<") != std::string::npos;
      Dwarf_Die found = die;
      const std::size_t each = size_of(&found);
      // The largest: a type that fills it rather than one that it could hold several of.
      if (!named || each <= best || each > size) continue;
      type = found;
      best = each;
    }
    return best != 0;
  }

  /// ` at queue.cpp:12`: the first place outside of the standard library.
  static std::string asked_at(const std::vector<frame>& stack) {
    for (const frame& each : stack)
      if (!each.file.empty() && !each.file.starts_with("/usr/"))
        return " at " + each.file + ":" + std::to_string(each.line);
    return "";
  }

  frames& read_;
  leaves found_;
  std::unordered_map<std::string, Dwarf_Die> types_;
  std::map<std::uintptr_t, std::pair<std::size_t, std::string>> blocks_;
  std::map<std::uintptr_t, leaf> told_;
  std::map<const void*, std::string> names_;
  std::map<std::string, unsigned> made_;
};

variables::variables(frames& read) : reader_(std::make_unique<reader>(read)) {}
variables::~variables() = default;

void variables::add_call(const void* return_address, const void* frame) {
  reader_->add_call(reinterpret_cast<std::uintptr_t>(return_address), reinterpret_cast<std::uintptr_t>(frame));
}

void variables::add_block(const allocated& piece) {
  reader_->add_block(piece);
}

const leaf* variables::at(const void* address) const {
  return reader_->at(reinterpret_cast<std::uintptr_t>(address));
}

std::string variables::block_name(const void* address) const {
  return reader_->block_name(address);
}

std::string variables::target_name(const void* address) const {
  return reader_->target_name(address);
}

}  // namespace gauntlet::harness
