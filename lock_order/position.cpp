#include "lock_order/position.hpp"

#include <unwind.h>

#include <algorithm>
#include <string_view>

namespace gauntlet::lock_order {
namespace {

/// `left_then_right` for `bank::(anonymous namespace)::left_then_right(int)`, as debug information has it.
std::string last_name(std::string symbol) {
  constexpr std::string_view nameless = "(anonymous namespace)::";
  for (std::size_t at = 0; (at = symbol.find(nameless)) != std::string::npos;) symbol.erase(at, nameless.size());
  symbol.resize(std::min(symbol.find_first_of("(<"), symbol.size()));
  symbol = symbol.substr(symbol.find_last_of(": ") + 1);
  return symbol == "operator" ? "a lambda" : symbol;
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

/// Innermost first: several where calls were inlined.
std::vector<position> reader::positions(void* return_address) {
  std::vector<position> all;
  for (const harness::frame& each : frames_.of(return_address))
    all.push_back({each.file, each.line, last_name(each.function)});
  return all;
}

position reader::caller(const stack& from) {
  for (void* const address : from) {
    const auto all = positions(address);
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

}  // namespace gauntlet::lock_order
