/// Makes sense of a sanitizer's report. All stress flavours; used in those that have one.

#include "stress/findings.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "stress/locks_held.hpp"

extern "C" [[gnu::weak]] void __sanitizer_symbolize_pc(void* pc, const char* format, char* out, std::size_t size);

namespace gauntlet::stress {
namespace {

using harness::frame;
using kind = sanitizer_stack::kind;

constexpr char separator = '\x1f';

std::string_view next_field(std::string_view& line) {
  const auto end = std::min(line.find(separator), line.size());
  const auto field = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return field;
}

unsigned number(std::string_view text) {
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

frame read_frame(std::string_view line) {
  frame made;
  made.function = next_field(line);
  const std::string file(next_field(line));
  made.file = file == "<null>" ? "" : harness::at({file.c_str(), "", 0}).file;
  made.line = number(next_field(line));
  made.column = number(next_field(line));
  return made;
}

/// The functions that one address stands for: more than one where calls were inlined, innermost first.
void symbolize(void* address, std::vector<frame>& frames) {
  if (__sanitizer_symbolize_pc == nullptr) return;
  char text[8192] = {};
  __sanitizer_symbolize_pc(address, "%f\x1f%s\x1f%l\x1f%c", text, sizeof text - 1);
  for (const char* line = text; *line != 0; line += std::strlen(line) + 1) frames.push_back(read_frame(line));
}

std::string title_of(const sanitizer_stack& stack) {
  const std::string size = std::to_string(stack.size) + (stack.size == 1 ? " byte" : " bytes");
  const std::string thread = stack.thread < 0 ? "" : " by thread T" + std::to_string(stack.thread);
  switch (stack.what) {
    case kind::access:
      return std::string(stack.atomic ? "atomic " : "") + (stack.write ? "write" : "read") + " of " + size + thread;
    case kind::allocation:
      return "allocation of " + size + thread;
    case kind::creation:
      return "creation of thread T" + std::to_string(stack.thread);
    case kind::lock:
      return "lock operation";
    case kind::location:
      break;
  }
  return "location";
}

const char* name_of(kind what) {
  constexpr const char* names[] = {"access", "creation", "lock", "allocation", "location"};
  return names[static_cast<int>(what)];
}

const char* class_of(std::string_view type) {
  if (type.starts_with("data-race")) return "data_race";
  if (type.starts_with("heap-use-after-free")) return "use_after_free";
  if (type == "lock-order-inversion") return "lock_order";
  if (type == "thread-leak") return "leak";
  if (type.find("mutex") != std::string_view::npos) return "lock_misuse";
  return "undefined";
}

bool in_harness(const frame& one) {
  static constexpr std::string_view own[] = {
      "stress/", "harness/", "lock_order/", "primitives/sync.hpp", "primitives/native.hpp", "/usr/", "/build/", "../"};
  return one.file.empty() ||
         std::any_of(std::begin(own), std::end(own), [&](auto prefix) { return one.file.starts_with(prefix); });
}

std::optional<harness::position> place_of(const harness::stack& one) {
  const auto found = std::find_if_not(one.frames.begin(), one.frames.end(), in_harness);
  if (found == one.frames.end()) return std::nullopt;
  return harness::position{.file = found->file, .line = found->line, .function = found->function};
}

std::string summary(const harness::stack& one) {
  const auto where = place_of(one);
  return one.title +
         (where ? " in " + where->function + " (" + where->file + ":" + std::to_string(where->line) + ")" : "");
}

std::string message_of(const sanitizer_report& report, const std::vector<harness::stack>& stacks) {
  std::vector<std::string> accesses;
  for (const auto& one : stacks)
    if (one.kind == "access") accesses.push_back(summary(one));
  if (accesses.size() >= 2)
    return (class_of(report.type) == std::string_view("data_race") ? "nothing orders "
                                                                   : "memory is used after its end: ") +
           accesses[0] + " and " + accesses[1];
  if (class_of(report.type) == std::string_view("lock_order"))
    return "locks are taken in orders that can deadlock: " + (stacks.empty() ? "" : summary(stacks[0]));
  return std::string(report.type) + (stacks.empty() ? "" : ": " + summary(stacks[0]));
}

}  // namespace

std::vector<frame> frames_at(std::span<void* const> addresses) {
  std::vector<frame> frames;
  // Inlined functions repeat the address.
  const void* before = nullptr;
  for (void* const address : addresses) {
    if (address == nullptr) break;
    if (address != std::exchange(before, address)) symbolize(address, frames);
  }
  return frames;
}

harness::violation violation_of(const sanitizer_report& report, const std::vector<participant>& everybody) {
  harness::violation made;
  made.violation_class = class_of(report.type);
  for (int i = 0; i < report.stacks; ++i) {
    const sanitizer_stack& one = report.stack[i];
    made.stacks.push_back({.title = title_of(one), .kind = name_of(one.what), .frames = frames_at(one.frames)});
  }
  if (made.violation_class == "lock_order") tell_cycle(made.stacks, report, everybody);
  if (made.violation_class == "data_race") tell_locks_held(made.stacks, report, everybody);
  made.text = report.text;
  made.message = message_of(report, made.stacks);
  for (const auto& one : made.stacks)
    if (!made.where) made.where = place_of(one);
  return made;
}

}  // namespace gauntlet::stress
