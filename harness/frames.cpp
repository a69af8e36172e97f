#include "harness/frames.hpp"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>

#include "harness/leaves.hpp"
#include "harness/scopes.hpp"

namespace gauntlet::harness {
namespace {

unsigned unsigned_attribute(Dwarf_Die* die, unsigned which) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  return dwarf_formudata(dwarf_attr_integrate(die, which, &attribute), &value) == 0 ? static_cast<unsigned>(value) : 0;
}

/// `bank::left_then_right(int)`; of a function in C its name.
std::string function_name(Dwarf_Die* function) {
  Dwarf_Attribute attribute;
  const char* name = dwarf_formstring(dwarf_attr_integrate(function, DW_AT_linkage_name, &attribute));
  if (name == nullptr) name = dwarf_diename(function);
  return demangled(name);
}

/// Where an inlined function was called.
frame call_of(Dwarf_Die* unit, Dwarf_Die* inlined) {
  Dwarf_Files* files = nullptr;
  std::size_t count = 0;
  const unsigned file = unsigned_attribute(inlined, DW_AT_call_file);
  const bool known = dwarf_getsrcfiles(unit, &files, &count) == 0 && file < count;
  return {.function = {},
          .file = file_name(known ? dwarf_filesrc(files, file, nullptr, nullptr) : nullptr),
          .line = unsigned_attribute(inlined, DW_AT_call_line),
          .column = unsigned_attribute(inlined, DW_AT_call_column)};
}

frame position_of(Dwarf_Die* unit, Dwarf_Addr address) {
  frame at;
  Dwarf_Line* const line = dwarf_getsrc_die(unit, address);
  if (line == nullptr) return at;
  int number = 0;
  int column = 0;
  dwarf_lineno(line, &number);
  dwarf_linecol(line, &column);
  at.file = file_name(dwarf_linesrc(line, nullptr, nullptr));
  at.line = static_cast<unsigned>(number);
  at.column = static_cast<unsigned>(column);
  return at;
}

}  // namespace

Dwarf_Die* unit_of(Dwfl_Module* module, Dwarf_Addr address, Dwarf_Addr& bias) {
  Dwarf_Die* unit = nullptr;
  while ((unit = dwfl_module_nextcu(module, unit, &bias)) != nullptr)
    if (dwarf_getsrc_die(unit, address - bias) != nullptr) return unit;
  return nullptr;
}

std::string demangled(const char* symbol) {
  if (symbol == nullptr) return "";
  const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(symbol, nullptr, nullptr, nullptr),
                                                         &std::free);
  return name ? name.get() : symbol;
}

std::string file_name(const char* known) {
  std::error_code unknown;
  const std::string file = std::filesystem::path(known == nullptr ? "" : known).lexically_normal().string();
  const std::string here = std::filesystem::current_path(unknown).string() + "/";
  return file.starts_with(here) ? file.substr(here.size()) : file;
}

frames::frames() : scopes_(std::make_unique<harness::scopes>()) {
  static const Dwfl_Callbacks callbacks{.find_elf = dwfl_linux_proc_find_elf,
                                        .find_debuginfo = dwfl_standard_find_debuginfo,
                                        .section_address = nullptr,
                                        .debuginfo_path = nullptr};
  modules_ = dwfl_begin(&callbacks);
  if (modules_ == nullptr) return;
  dwfl_linux_proc_report(modules_, getpid());
  dwfl_report_end(modules_, nullptr, nullptr);
}

frames::~frames() {
  dwfl_end(modules_);
}

const std::vector<frame>& frames::of(const void* return_address) {
  const auto [entry, fresh] = read_.try_emplace(return_address);
  std::vector<frame>& all = entry->second;
  // The call lies before the address that it returns to.
  const auto address = reinterpret_cast<Dwarf_Addr>(return_address) - 1;
  const bool asked = fresh && modules_ != nullptr && return_address != nullptr;
  Dwfl_Module* const module = asked ? dwfl_addrmodule(modules_, address) : nullptr;
  if (module == nullptr) return all;
  Dwarf_Addr bias = 0;
  Dwarf_Die* const unit = unit_of(module, address, bias);
  frame now = unit == nullptr ? frame{} : position_of(unit, address - bias);
  auto around = unit == nullptr ? std::vector<Dwarf_Die>() : scopes_->at(unit, address - bias);
  for (auto each = around.rbegin(); each != around.rend(); ++each) {
    const int tag = dwarf_tag(&*each);
    if (tag == DW_TAG_lexical_block) continue;
    now.function = function_name(&*each);
    all.push_back(now);
    if (tag == DW_TAG_inlined_subroutine) now = call_of(unit, &*each);
  }
  if (all.empty()) {
    now.function = demangled(dwfl_module_addrname(module, address));
    all.push_back(now);
  }
  return all;
}

std::vector<frame> frames::of(const std::vector<const void*>& stack) {
  std::vector<frame> all;
  for (const void* const address : stack) {
    const auto& some = of(address);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

std::string frames::variable(const void* address) const {
  const auto wanted = reinterpret_cast<Dwarf_Addr>(address);
  Dwfl_Module* const module = modules_ == nullptr ? nullptr : dwfl_addrmodule(modules_, wanted);
  if (module == nullptr) return "";
  GElf_Off offset = 0;
  GElf_Sym symbol{};
  const char* const mangled = dwfl_module_addrinfo(module, wanted, &offset, &symbol, nullptr, nullptr, nullptr);
  if (mangled == nullptr || GELF_ST_TYPE(symbol.st_info) != STT_OBJECT || offset >= symbol.st_size) return "";
  return demangled(mangled);
}

}  // namespace gauntlet::harness
