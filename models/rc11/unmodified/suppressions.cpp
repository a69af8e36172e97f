#include "models/rc11/unmodified/suppressions.hpp"

#include <fnmatch.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace gauntlet::rc11::unmodified {

namespace {

constexpr std::array<std::pair<std::string_view, suppression::kind>, 4> kinds{
    {{"function", suppression::kind::function},
     {"type", suppression::kind::type},
     {"line", suppression::kind::line},
     {"volatile", suppression::kind::is_volatile}}};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

bool like(const std::string& pattern, std::string_view name) {
  return fnmatch(pattern.c_str(), std::string(name).c_str(), FNM_NOESCAPE) == 0;
}

suppression parse(std::string_view text, const std::string& path, unsigned number) {
  const auto colon = text.find(':');
  for (const auto& [name, what] : kinds) {
    if (trimmed(text.substr(0, colon)) != name || colon == std::string_view::npos) continue;
    const auto pattern = trimmed(text.substr(colon + 1));
    if (pattern.empty()) break;
    if (what == suppression::kind::line && pattern.find(':') == std::string_view::npos)
      throw std::invalid_argument(
          path + ":" + std::to_string(number) + ": `" + std::string(text) +
          "`: expected a file and a line, such as `line: queue.hpp:42`, or `line: queue.hpp:*`");
    return {what, std::string(pattern), number, std::string(text)};
  }
  throw std::invalid_argument(path + ":" + std::to_string(number) + ": `" + std::string(text) +
                              "`: expected `function: NAME`, `type: NAME`, `line: FILE:LINE` or `volatile: FUNCTION`, "
                              "where `*` stands for anything; `#` begins a comment");
}

}  // namespace

std::string without_arguments(std::string_view name) {
  std::string plain;
  int depth = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool is_operator = plain.ends_with("operator");
    if (depth == 0 && name.substr(i).starts_with("(anonymous namespace)")) {
      plain += "(anonymous namespace)";
      i += std::strlen("(anonymous namespace)") - 1;
    } else if ((c == '<' || c == '(') && !is_operator) {
      // A function's parameters end its name.
      if (c == '(' && depth == 0) break;
      ++depth;
    } else if (c == '>' && depth > 0) {
      --depth;
    } else if (depth == 0) {
      plain += c;
    }
  }
  return plain;
}

bool suppression::matches(std::string_view name) const {
  if (what == kind::line) return like(pattern, name) || like("*/" + pattern, name);
  return like(pattern, name) || like(pattern, without_arguments(name));
}

std::vector<suppression> read_suppressions(const std::string& path) {
  std::ifstream file(path);
  if (!file)
    throw std::invalid_argument("suppressions: " + path + ": " + std::strerror(errno) +
                                "; give a file that can be read");
  std::vector<suppression> all;
  std::string line;
  for (unsigned number = 1; std::getline(file, line); ++number) {
    const auto text = trimmed(std::string_view(line).substr(0, line.find('#')));
    if (!text.empty()) all.push_back(parse(text, path, number));
  }
  return all;
}

}  // namespace gauntlet::rc11::unmodified
