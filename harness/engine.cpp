/// Replay tokens and source positions.

#include "harness/engine.hpp"

#include <charconv>
#include <stdexcept>

namespace gauntlet::harness {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t end; (end = text.find(separator)) != std::string_view::npos; text.remove_prefix(end + 1))
    parts.push_back(text.substr(0, end));
  parts.push_back(text);
  return parts;
}

template <class Number>
bool read(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool read(std::string_view text, shape& size) {
  const auto cross = text.find('x');
  return cross != std::string_view::npos && read(text.substr(0, cross), size.threads) &&
         read(text.substr(cross + 1), size.operations) && size.threads > 0;
}

}  // namespace

std::string to_string(const replay_token& token) {
  std::string text = token.primitive + "." + token.engine + "." + token.check;
  if (token.engine == "behaviour") return text;
  return text + "." + std::to_string(token.size.threads) + "x" + std::to_string(token.size.operations) + "." +
         std::to_string(token.seed) + "." + std::to_string(token.iteration);
}

replay_token parse_replay(std::string_view token) {
  const auto parts = split(token, '.');
  if (parts.size() >= 3 && !parts[0].empty() && !parts[2].empty()) {
    replay_token read_token{
        .primitive{parts[0]}, .engine{parts[1]}, .check{parts[2]}, .size = {}, .seed = 0, .iteration = 0};
    if (read_token.engine == "behaviour" && parts.size() == 3) return read_token;
    if (parts.size() == 6 && read(parts[3], read_token.size) && read(parts[4], read_token.seed) &&
        read(parts[5], read_token.iteration))
      return read_token;
  }
  throw std::invalid_argument("`" + std::string(token) +
                              "` is no replay token; one looks like ticket_lock.relacy.mutual_exclusion.3x2.7.1234, or "
                              "ticket_lock.behaviour.lock_twice. Copy it from the report.");
}

position at(sync::site where) {
  std::string_view file = where.file;
  constexpr std::string_view root = GAUNTLET_ROOT "/";
  if (file.starts_with(root)) file.remove_prefix(root.size());
  if (file.starts_with("./")) file.remove_prefix(2);
  return {.file{file}, .line = where.line, .function = where.function};
}

}  // namespace gauntlet::harness
