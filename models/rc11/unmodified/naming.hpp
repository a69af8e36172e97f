#pragma once
/// What people call the things of a failed execution: variables, threads, functions.

#include <map>
#include <string>
#include <vector>

#include "harness/variables.hpp"
#include "models/rc11/unmodified/program.hpp"
#include "models/trace.hpp"

namespace gauntlet::rc11::unmodified {

/// A function as it is told: `main::lambda` for `main::$_0::operator()() const`.
std::string readable_function(const std::string& demangled);

/// `pool::node<int>` for its constructor `pool::node<int>::node(int)`, or "".
std::string class_constructed(const std::string& function);

/// What each thread is called: by itself, if it told its name; else what it runs, `worker::run`, or of a lambda where
/// it was started, `lambda:12`. Empty for one that did nothing.
std::vector<std::string> roles_of(const account& all, harness::frames& read);

/// A step in the words of a trace.
model::told_step as_told(const step& did);

/// The first frame of the program's own; failing that, the innermost.
std::optional<harness::position> place_of(const std::vector<harness::frame>& stack);

class program_cast : public model::cast {
 public:
  /// @param names outlives this
  program_cast(const harness::variables& names, std::vector<std::string> roles)
      : names_(names), roles_(std::move(roles)) {}

  std::string variable(const void* object) const override;
  std::string role(int thread) const override;
  std::string person(int thread) const override { return "T" + std::to_string(thread); }

 private:
  std::string subject(const model::told_step& did) const override;
  std::string target(const void* address) const override;
  model::value_type type_of(const model::told_step& did) const override;

  const harness::variables& names_;
  std::vector<std::string> roles_;
  mutable std::map<const void*, std::size_t> nameless_;
};

}  // namespace gauntlet::rc11::unmodified
