#include "models/rc11/memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>

namespace gauntlet::rc11 {

std::size_t resident(pid_t process) noexcept {
  std::array<char, 128> text{"/proc/self/statm"};
  if (process != 0) std::snprintf(text.data(), text.size(), "/proc/%d/statm", process);
  // Not kept open: in a forked process it would still tell of the other.
  const int from = open(text.data(), O_RDONLY | O_CLOEXEC);
  if (from < 0) return 0;
  text = {};
  const auto size = read(from, text.data(), text.size() - 1);
  close(from);
  // Pages: in all, and resident.
  const char* const second = size > 0 ? std::strchr(text.data(), ' ') : nullptr;
  std::size_t pages = 0;
  if (second != nullptr) std::from_chars(second + 1, text.data() + size, pages);
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::string memory_words(std::size_t bytes) {
  if (bytes % (1U << 30U) == 0) return std::to_string(bytes >> 30U) + " GiB";
  if (bytes % (1U << 20U) == 0) return std::to_string(bytes >> 20U) + " MiB";
  return std::to_string(bytes) + " bytes";
}

}  // namespace gauntlet::rc11
