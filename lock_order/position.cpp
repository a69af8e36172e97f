#include "lock_order/position.hpp"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <unistd.h>
#include <unwind.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

namespace gauntlet::lock_order {
namespace {

unsigned unsigned_attribute(Dwarf_Die* die, unsigned which) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  return dwarf_formudata(dwarf_attr_integrate(die, which, &attribute), &value) == 0 ? static_cast<unsigned>(value) : 0;
}

std::string demangled(const char* symbol) {
  if (symbol == nullptr) return "";
  const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(symbol, nullptr, nullptr, nullptr),
                                                         &std::free);
  return name ? name.get() : symbol;
}

/// `left_then_right` for `bank::(anonymous namespace)::left_then_right(int)`, as debug information has it.
std::string last_name(std::string symbol) {
  constexpr std::string_view nameless = "(anonymous namespace)::";
  for (std::size_t at = 0; (at = symbol.find(nameless)) != std::string::npos;) symbol.erase(at, nameless.size());
  symbol.resize(std::min(symbol.find_first_of("(<"), symbol.size()));
  return symbol.substr(symbol.find_last_of(": ") + 1);
}

/// As the compiler was told it: relative to where the program runs, if it lies below.
std::string file_name(const char* known) {
  std::string_view file = known == nullptr ? "" : known;
  std::error_code unknown;
  const std::string here = std::filesystem::current_path(unknown).string() + "/";
  if (file.starts_with(here)) file.remove_prefix(here.size());
  if (file.starts_with("./")) file.remove_prefix(2);
  return std::string(file);
}

std::string function_name(Dwarf_Die* function) {
  const char* const known = dwarf_diename(function);
  const std::string_view name = known == nullptr ? "" : known;
  return std::string(name == "operator()" ? "a lambda" : name);
}

/// The unit that an address lies in, by the table of its lines: clang leaves the table of units out, and elfutils 0.188
/// loses some of the ranges that clang gives a unit.
/// @param bias what to take off addresses for what is asked of the unit
Dwarf_Die* unit_of(Dwfl_Module* module, Dwarf_Addr address, Dwarf_Addr& bias) {
  Dwarf_Die* unit = nullptr;
  while ((unit = dwfl_module_nextcu(module, unit, &bias)) != nullptr)
    if (dwarf_getsrc_die(unit, address - bias) != nullptr) return unit;
  return nullptr;
}

/// Where an inlined function was called.
position call_of(Dwarf_Die* unit, Dwarf_Die* inlined) {
  Dwarf_Files* files = nullptr;
  std::size_t count = 0;
  const unsigned file = unsigned_attribute(inlined, DW_AT_call_file);
  const bool known = dwarf_getsrcfiles(unit, &files, &count) == 0 && file < count;
  return {file_name(known ? dwarf_filesrc(files, file, nullptr, nullptr) : nullptr),
          unsigned_attribute(inlined, DW_AT_call_line),
          {}};
}

/// A header of ours, of the checker, or of the standard library.
bool is_plumbing(const position& where) {
  const std::string_view file = where.file;
  const auto within = [file](std::string_view folder) { return file.find(folder) != std::string_view::npos; };
  return file.empty() || file.starts_with("/usr/") || within("lock_order/sync.hpp") ||
         within("lock_order/checker.cpp") || (within("primitives/") && file.ends_with(".hpp"));
}

struct walk {
  stack made{};
  std::size_t depth = 0;
  int skipped = 0;
};

_Unwind_Reason_Code note(_Unwind_Context* context, void* to) {
  auto& walked = *static_cast<walk*>(to);
  // here() and its caller.
  if (walked.skipped < 2) {
    ++walked.skipped;
    return _URC_NO_REASON;
  }
  if (walked.depth == walked.made.size()) return _URC_END_OF_STACK;
  walked.made[walked.depth++] = reinterpret_cast<void*>(_Unwind_GetIP(context));
  return _URC_NO_REASON;
}

}  // namespace

stack here() noexcept {
  walk walked;
  _Unwind_Backtrace(&note, &walked);
  return walked.made;
}

std::string to_string(const position& where) {
  if (where.line == 0) return where.function.empty() ? "somewhere" : where.function;
  return where.file + ":" + std::to_string(where.line) + (where.function.empty() ? "" : " (" + where.function + ")");
}

reader::reader() {
  static const Dwfl_Callbacks callbacks{.find_elf = dwfl_linux_proc_find_elf,
                                        .find_debuginfo = dwfl_standard_find_debuginfo,
                                        .section_address = nullptr,
                                        .debuginfo_path = nullptr};
  modules_ = dwfl_begin(&callbacks);
  if (modules_ == nullptr) return;
  dwfl_linux_proc_report(modules_, getpid());
  dwfl_report_end(modules_, nullptr, nullptr);
}

reader::~reader() {
  dwfl_end(modules_);
}

/// Innermost first: several where calls were inlined.
const std::vector<position>& reader::positions(void* return_address) {
  const auto [entry, fresh] = read_.try_emplace(return_address);
  std::vector<position>& all = entry->second;
  // The call lies before the address that it returns to.
  const auto address = reinterpret_cast<Dwarf_Addr>(return_address) - 1;
  Dwfl_Module* const module = fresh && modules_ != nullptr ? dwfl_addrmodule(modules_, address) : nullptr;
  if (module == nullptr) return all;
  Dwarf_Addr bias = 0;
  Dwarf_Die* const unit = unit_of(module, address, bias);
  if (unit == nullptr) return all;
  position now;
  if (Dwarf_Line* const line = dwarf_getsrc_die(unit, address - bias)) {
    int number = 0;
    dwarf_lineno(line, &number);
    now.file = file_name(dwarf_linesrc(line, nullptr, nullptr));
    now.line = static_cast<unsigned>(number);
  }
  // dwarf_getscopes() leaves an inlined function by where it was written; what it was inlined into is asked of the
  // tree.
  Dwarf_Die* innermost = nullptr;
  const int found = dwarf_getscopes(unit, address - bias, &innermost);
  const std::unique_ptr<Dwarf_Die, decltype(&std::free)> first(innermost, &std::free);
  Dwarf_Die* scopes = nullptr;
  const int count = found > 0 ? dwarf_getscopes_die(innermost, &scopes) : 0;
  const std::unique_ptr<Dwarf_Die, decltype(&std::free)> owned(scopes, &std::free);
  for (int i = 0; i < count; ++i) {
    const int tag = dwarf_tag(&scopes[i]);
    if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram) continue;
    now.function = function_name(&scopes[i]);
    all.push_back(now);
    if (tag == DW_TAG_subprogram) break;
    now = call_of(unit, &scopes[i]);
  }
  if (all.empty()) {
    now.function = last_name(demangled(dwfl_module_addrname(module, address)));
    all.push_back(now);
  }
  return all;
}

position reader::caller(const stack& from) {
  for (void* const address : from) {
    const auto& all = positions(address);
    const auto found = std::ranges::find_if_not(all, is_plumbing);
    if (found != all.end()) return *found;
  }
  return {};
}

std::string reader::constructed(const stack& from) {
  for (void* const address : from)
    for (const position& each : positions(address))
      if (each.file.find("lock_order/sync.hpp") == std::string::npos) return each.function;
  return "lock";
}

std::string reader::variable(const void* address) const {
  const auto wanted = reinterpret_cast<Dwarf_Addr>(address);
  Dwfl_Module* const module = modules_ == nullptr ? nullptr : dwfl_addrmodule(modules_, wanted);
  if (module == nullptr) return "";
  GElf_Off offset = 0;
  GElf_Sym symbol{};
  const char* const mangled = dwfl_module_addrinfo(module, wanted, &offset, &symbol, nullptr, nullptr, nullptr);
  if (mangled == nullptr || GELF_ST_TYPE(symbol.st_info) != STT_OBJECT || offset >= symbol.st_size) return "";
  return demangled(mangled);
}

}  // namespace gauntlet::lock_order
