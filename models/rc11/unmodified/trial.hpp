#pragma once
/// One search, or an estimate of one, in a process of its own: the state that it leaves behind is nobody's, and what
/// ends it ends nothing else.

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>

#include "models/rc11/unmodified/checking.hpp"

namespace gauntlet::rc11::unmodified {

class trial {
 public:
  /// What the search came to. It lies in memory that both processes see.
  struct account {
    /// Of the search so far.
    std::atomic<std::uint64_t> executions;
    std::uint64_t complete;
    /// Of all executions that were begun, the last one's number.
    std::uint64_t runs;
    unsigned threads;
    unsigned twins;
    double explored;
    /// By random paths: about how many complete executions there are.
    double estimate;
    bool exhausted;
    bool out_of_memory;
    bool more_timeouts;
    bool more_spurious;
    bool broken;
    bool bounded;
    site bound;
    /// The calls that led there, innermost first; null after the last.
    std::array<const void*, 32> held_in;
    /// Where it was left in the midst of an execution, as time was up.
    bool left;
    site left_at;
    /// Why it could not be done; empty if it was.
    char trouble[2048];
  };

  enum class task : std::uint8_t { search, quiet_search, estimate };
  /// Begins. @param of outlives this @param todo unless it is `search`, what the program prints is lost
  /// @throws std::runtime_error if there is no process to be had
  trial(const check& of, const stage& now, const options& how, task todo);
  /// Ends its process.
  ~trial();
  trial(const trial&) = delete;
  trial& operator=(const trial&) = delete;

  /// Returns once the search is over. @param meanwhile called some times a second
  const account& wait(const std::function<void(const account&)>& meanwhile);
  /// Of an estimate: what it is; 0 as long as there is none.
  double estimate();
  /// Of a search that found a violation: has it told, as a record (harness/records.hpp). @return whether it was
  bool tell();
  /// Why there is no answer.
  const char* trouble() const { return shared_->trouble; }

 private:
  [[noreturn]] void search(const stage& now, const options& how);
  bool hear_within_memory(const std::function<void()>& meanwhile);
  void kill_it();
  void end();

  const check& of_;
  /// Bytes that its process may come to have.
  std::size_t most_;
  account* shared_;
  pid_t child_ = -1;
  /// Pipes to and from it: this process's ends.
  int orders_ = -1;
  int answers_ = -1;
};

}  // namespace gauntlet::rc11::unmodified
