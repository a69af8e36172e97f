#include "models/litmus/program.hpp"

#include <algorithm>
#include <stdexcept>

namespace gauntlet::litmus {

namespace {

constexpr const char* location_names[location_count] = {"x", "y", "z", "w", "a", "b"};
constexpr const char* action_names[] = {"load", "store", "exchange", "add",  "compare_exchange", "take", "fence",
                                        "read", "write", "await",    "wait", "timed_wait",       "wake"};

std::string name(reg which) {
  return "r" + std::to_string(which);
}

std::string name(order how) {
  switch (how) {
    case rlx:
      return "rlx";
    case acq:
      return "acq";
    case rel:
      return "rel";
    case acq_rel:
      return "acq_rel";
    case sc:
      return "sc";
    default:
      throw std::invalid_argument("memory order " + std::to_string(static_cast<int>(how)) +
                                  " is none that litmus programs use");
  }
}

std::string name(const operand& what) {
  return what.from ? name(*what.from) : std::to_string(what.constant);
}

/// 0 to 9, a to z.
char digit(value shown) {
  if (shown >= 36)
    throw std::invalid_argument("the value " + std::to_string(shown) + " is beyond what outcomes show, 35");
  return static_cast<char>(shown < 10 ? '0' + shown : 'a' + (shown - 10));
}

}  // namespace

bool waits(const program& what) {
  const auto await = [](const instruction& each) {
    return each.what == action::await || each.what == action::take || sleeps(each.what);
  };
  return std::any_of(what.begin(), what.end(),
                     [&](const auto& thread) { return std::any_of(thread.begin(), thread.end(), await); });
}

std::string outcome(const program& what, const std::vector<location>& observed, const register_file& registers,
                    const memory_image& memory) {
  unsigned used = 0;
  for (const auto& thread : what)
    for (const auto& instruction : thread)
      if (reads(instruction.what)) used = std::max(used, instruction.into + 1U);
  std::string out;
  for (unsigned i = 0; i < used; ++i) out += digit(registers[i]);
  for (const auto where : observed) out += digit(memory[where]);
  return out;
}

std::string to_string(const instruction& what) {
  std::string out = action_names[static_cast<int>(what.what)];
  std::string separator = "(";
  const auto argument = [&](const std::string& text) {
    out += separator + text;
    separator = ", ";
  };
  if (reads(what.what)) argument(name(what.into));
  if (what.what != action::fence) argument(location_names[what.where]);
  const bool futex = sleeps(what.what) || what.what == action::wake;
  if (what.what == action::compare_exchange || what.what == action::await || sleeps(what.what))
    argument(name(what.expected));
  if (writes(what.what) || what.what == action::wake) argument(name(what.by));
  if (what.what != action::read && what.what != action::write && !futex) argument(name(what.how));
  if (what.what == action::compare_exchange) argument(name(what.failure));
  out += ")";
  if (!what.only_if) return out;
  return "when(" + name(what.only_if->which) + ", " + std::to_string(what.only_if->equals) + ", " + out + ")";
}

std::string to_string(const program& what) {
  std::string out;
  for (const auto& thread : what) {
    out += out.empty() ? "{{" : ",\n {";
    for (const auto& instruction : thread) {
      if (&instruction != &thread.front()) out += ", ";
      out += to_string(instruction);
    }
    out += "}";
  }
  return out + "}";
}

}  // namespace gauntlet::litmus
