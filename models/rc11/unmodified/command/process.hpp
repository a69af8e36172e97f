#pragma once
/// Other programs, and a directory for what they make.

#include <filesystem>
#include <string>
#include <vector>

namespace gauntlet::rc11::unmodified {

/// Runs a command and waits for its end. @param silent whether what it prints on standard output is lost
/// @return its exit status, or 128 and the signal that ended it @throws std::runtime_error if it can't be started
int run(const std::vector<std::string>& command, bool silent = false);

/// A word as a shell takes it for one.
std::string quoted(const std::string& word);

/// Removed with what it holds.
class scratch {
 public:
  /// @throws std::runtime_error if there is no room for it
  scratch();
  ~scratch();
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / std::filesystem::path(name); }

 private:
  std::string path_;
};

}  // namespace gauntlet::rc11::unmodified
