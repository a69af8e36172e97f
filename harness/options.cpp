/// The cell's own options, after `--`.

#include <charconv>
#include <cmath>
#include <stdexcept>

#include "harness/cell.hpp"

namespace gauntlet::harness {
namespace {

std::vector<std::string> list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    if (end > 0) items.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return items;
}

template <class Number>
Number number(std::string_view option, std::string_view text, bool (*valid)(Number), const char* expected) {
  Number read{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
  if (error != std::errc() || end != text.data() + text.size() || !valid(read))
    throw std::invalid_argument(std::string(option) + "=" + std::string(text) + ": expected " + expected);
  return read;
}

void name_cell(options& made, std::string_view binary) {
  if (const auto slash = binary.rfind('/'); slash != std::string_view::npos) binary.remove_prefix(slash + 1);
  const auto dot = binary.find('.');
  if (dot == 0 || dot == std::string_view::npos || dot + 1 == binary.size())
    throw std::invalid_argument("this binary is called `" + std::string(binary) +
                                "`; a cell is called <primitive>.<engine>, and its replay tokens are made of that. "
                                "Rename it.");
  made.primitive = binary.substr(0, dot);
  made.engine = binary.substr(dot + 1);
}

void check_replay(const options& made) {
  const auto& wanted = *made.replay;
  if (wanted.primitive == made.primitive && wanted.engine == made.engine) return;
  throw std::invalid_argument("--replay=" + to_string(wanted) + ": this is the cell " + made.primitive + "." +
                              made.engine + "; run build/bin/" + wanted.primitive + "." + wanted.engine);
}

}  // namespace

options parse_options(std::string_view binary, const std::vector<std::string_view>& arguments) {
  options made;
  name_cell(made, binary);
  for (const auto argument : arguments) {
    const auto equals = argument.find('=');
    const auto option = argument.substr(0, equals);
    const auto value = equals == std::string_view::npos ? std::string_view() : argument.substr(equals + 1);
    if (option == "--seconds")
      made.seconds = number<double>(
          option, value, [](double s) { return std::isfinite(s) && s > 0; }, "seconds for each check, above 0");
    else if (option == "--seed")
      made.seed =
          number<std::uint64_t>(option, value, [](std::uint64_t) { return true; }, "a whole number from 0 to 2^64-1");
    else if (option == "--records" && !value.empty())
      made.records = value;
    else if (option == "--replay" && !value.empty())
      made.replay = parse_replay(value);
    else if (option == "--skip")
      made.skip = list(value);
    else if (option == "--every-execution" && equals == std::string_view::npos)
      made.every_execution = true;
    else
      throw std::invalid_argument(
          "`" + std::string(argument) +
          "` is no option of a cell. After `--` come --seconds=S --seed=N --records=PATH --replay=TOKEN "
          "--skip=check,check --every-execution; Boost.Test's options (--help) come before it.");
  }
  if (made.replay) check_replay(made);
  return made;
}

}  // namespace gauntlet::harness
