#include "models/rc11/unmodified/naming.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "models/rc11/unmodified/selection.hpp"
#include "models/rc11/unmodified/suppressions.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

using harness::frame;

constexpr std::string_view lambda = "lambda";

/// `b::c` for `a::b::c`.
std::string last_two(const std::string& name) {
  const auto last = name.rfind("::");
  if (last == std::string::npos || last == 0) return name;
  const auto before = name.rfind("::", last - 1);
  return before == std::string::npos ? name : name.substr(before + 2);
}

/// The program's outermost frame of a stack.
const frame* outermost(const std::vector<frame>& stack) {
  const auto own = std::find_if_not(stack.rbegin(), stack.rend(), &is_library);
  return own == stack.rend() ? nullptr : &*own;
}

}  // namespace

std::string readable_function(const std::string& demangled) {
  // clang's two ways to name a lambda, and the demangler's of the second.
  for (const std::string_view mark : {"::$_", "::'lambda", "::{lambda("}) {
    const auto begin = demangled.find(mark);
    const auto call = demangled.find("::operator()", begin);
    if (begin == std::string::npos || call == std::string::npos) continue;
    return readable_function(demangled.substr(0, begin) + "::" + std::string(lambda));
  }
  return demangled;
}

std::string class_constructed(const std::string& function) {
  const std::string plain = without_arguments(function);
  const auto last = plain.rfind("::");
  if (last == std::string::npos) return "";
  const std::string own = plain.substr(last + 2);
  const auto before = plain.rfind("::", last - 1);
  const auto begin = before == std::string::npos ? 0 : before + 2;
  if (own != plain.substr(begin, last - begin)) return "";
  const auto call = function.rfind("::" + own + "(");
  return call == std::string::npos ? "" : function.substr(0, call);
}

std::vector<std::string> roles_of(const account& all, harness::frames& read) {
  std::vector<std::string> roles;
  for (const thread_account& each : all.threads) roles.push_back(each.name);
  if (!roles.empty() && roles[0].empty()) roles[0] = "main";
  const auto learn = [&](const step& did) {
    if (did.thread >= roles.size() || !roles[did.thread].empty()) return;
    const auto stack = read.of(did.stack);
    const frame* const runs = outermost(stack);
    if (runs == nullptr) return;
    const std::string name = readable_function(runs->function);
    std::string& role = roles[did.thread];
    role = last_two(without_arguments(name));
    if (!name.ends_with(lambda)) return;
    role = lambda;
    for (const step& started : all.steps)
      if (std::string_view(started.operation) == "starts a thread" && thread_of(started) == did.thread)
        if (const auto where = place_of(read.of(started.stack))) role += ":" + std::to_string(where->line);
  };
  for (const step& did : all.steps) learn(did);
  for (const auto& begun : all.begun)
    if (begun) learn(*begun);
  return roles;
}

model::told_step as_told(const step& did) {
  model::told_step told;
  told.operation = did.operation;
  told.thread = static_cast<int>(did.thread);
  told.object = did.address;
  const auto size = static_cast<std::uint8_t>(std::min<std::uint64_t>(did.size, 255));
  // A lock's word is the runtime's own.
  const bool is_lock = std::string_view(did.operation).find("lock") != std::string_view::npos;
  const bool shows = (did.read || did.written) && !is_thread_operation(did) && !is_lock;
  told.type = {model::value_kind::other, shows ? size : std::uint8_t{0}};
  told.value = did.written.value_or(did.read.value_or(0));
  told.order = did.order;
  told.reads_from = did.reads_from;
  told.stale = did.stale;
  return told;
}

std::optional<harness::position> place_of(const std::vector<frame>& stack) {
  if (stack.empty()) return std::nullopt;
  // Code that several lines share has none.
  const auto says_nothing = [](const frame& at) { return is_library(at) || at.line == 0; };
  const auto own = std::find_if_not(stack.begin(), stack.end(), says_nothing);
  const frame& at = own == stack.end() ? stack.front() : *own;
  if (at.file.empty()) return std::nullopt;
  return harness::position{at.file, at.line, readable_function(at.function)};
}

std::string program_cast::variable(const void* object) const {
  if (object == nullptr) return "";
  if (const harness::leaf* const known = names_.at(object)) return known->name;
  const auto [entry, fresh] = nameless_.try_emplace(object, nameless_.size());
  return "nameless#" + std::to_string(entry->second);
}

std::string program_cast::role(int thread) const {
  const auto index = static_cast<unsigned>(thread);
  return index < roles_.size() ? roles_[index] : "";
}

std::string program_cast::subject(const model::told_step& did) const {
  const std::string_view operation = did.operation;
  if (operation == "allocate" || operation == "free")
    if (const std::string name = names_.block_name(did.object); !name.empty()) return name;
  return variable(did.object);
}

std::string program_cast::target(const void* address) const {
  return names_.target_name(address);
}

model::value_type program_cast::type_of(const model::told_step& did) const {
  return read_as(names_.at(did.object), did.type);
}

}  // namespace gauntlet::rc11::unmodified
