#pragma once
/// Processes that share one search. Each has all of the search's state, as fork() leaves it, and a part of what is set
/// aside; one that has work enough gives half of it to a new process whenever there are fewer than there may be. How
/// the search is divided changes nothing about what is found, as every graph is built from what was set aside for it.

#include <cstdint>
#include <vector>

namespace gauntlet::rc11 {

struct statistics;

class workers {
 public:
  /// @throws std::bad_alloc
  explicit workers(unsigned most);
  ~workers();
  workers(const workers&) = delete;
  workers& operator=(const workers&) = delete;

  /// Whether another one may be started.
  bool wanted() const;
  /// Starts one, if it can. @return whether there is a new one, and whether the caller is it
  enum class side : std::uint8_t { alone, old_one, new_one };
  side divide();

  /// All are to stop: something was found that one process alone is to find again.
  void stop();
  bool stopped() const;

  /// The caller has done its part. A process that divide() made doesn't come back from this; the first one does once
  /// all have ended, with what they have found together.
  /// @throws std::runtime_error if one of them died
  void finish(statistics& found);

 private:
  struct shared;
  shared* all_;
  bool first_ = true;
  std::vector<int> children_;
  /// A pipe: its end is seen when the last process that can write to it is gone.
  int read_end_ = -1;
  int write_end_ = -1;
};

}  // namespace gauntlet::rc11
