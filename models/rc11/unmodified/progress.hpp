#pragma once
/// What standard error shows while a search goes on: one line that rewrites itself on a terminal, else a line every 30
/// s.

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace gauntlet::rc11::unmodified {

class progress {
 public:
  /// @param executions so far @param about how many there are; 0 if that isn't known
  void show(std::uint64_t executions, double about) {
    const auto now = clock::now();
    if (now - last_ < (rewrites_ ? redraw : heartbeat)) return;
    last_ = now;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - began_).count();
    std::array<char, 32> all{};
    if (about > static_cast<double>(executions)) std::snprintf(all.data(), all.size(), " of about %.2g", about);
    std::fprintf(stderr, "%sexploring: %llu executions%s, %lld s%s", rewrites_ ? "\r\x1b[K" : "",
                 static_cast<unsigned long long>(executions), all.data(), static_cast<long long>(seconds),
                 rewrites_ ? "" : "\n");
    shown_ = rewrites_;
  }
  /// Takes the rewriting line away, before anything else is printed.
  void clear() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
    shown_ = false;
  }

 private:
  using clock = std::chrono::steady_clock;
  static constexpr clock::duration redraw = std::chrono::milliseconds(200);
  static constexpr clock::duration heartbeat = std::chrono::seconds(30);

  static bool can_rewrite() {
    const char* const terminal = std::getenv("TERM");
    const char* const unattended = std::getenv("CI");
    return isatty(STDERR_FILENO) != 0 && terminal != nullptr && std::strcmp(terminal, "dumb") != 0 &&
           (unattended == nullptr || *unattended == 0);
  }

  bool rewrites_ = can_rewrite();
  bool shown_ = false;
  clock::time_point began_ = clock::now();
  clock::time_point last_ = began_;
};

}  // namespace gauntlet::rc11::unmodified
