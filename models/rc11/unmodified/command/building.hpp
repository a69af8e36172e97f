#pragma once
/// The program that explores itself, and its runs.

#include <string>
#include <vector>

#include "models/rc11/unmodified/command/process.hpp"
#include "models/rc11/unmodified/command/request.hpp"

namespace gauntlet::rc11::unmodified {

class building {
 public:
  /// @param asked outlives this
  explicit building(const request& asked);

  /// Compiles and links. What the compiler says of it, it says itself. @param weaken a place as --weaken has it, or
  /// empty @return whether it is a program
  bool build(const std::string& weaken);
  /// The orders that there are to weaken, sorted: `FILE:LINE` and the operation, in the program as it was last built.
  struct order {
    std::string place;
    std::string operation;
  };
  std::vector<order> orders() const;

  /// Has it explore itself. @param records see --records; empty if it is to be told here, which else stays silent
  /// @return its exit status; 3 if it ended in another way than by itself
  int explore(const std::string& records) const;
  std::string file(const std::string& name) const { return directory_ / name; }
  /// The program's, as it is told.
  std::string name() const;

 private:
  const request& asked_;
  scratch directory_;
  std::string tools_;
  std::string program_;
};

}  // namespace gauntlet::rc11::unmodified
