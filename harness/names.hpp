#pragma once
/// Names for addresses: `lock_.serving_`, `cells_[1].sequence`, `node#2.next_`. Read from the binary's own debug
/// information (DWARF, through elfutils' libdw), and only when a failure is told.

#include <cstddef>
#include <memory>
#include <string>
#include <typeinfo>

namespace gauntlet::harness {

struct leaf;

class names {
 public:
  names();
  ~names();
  names(const names&) = delete;
  names& operator=(const names&) = delete;

  /// Makes an object known. What its smart pointers and vectors own is known with it, as `member.` and `member[i].`.
  /// @param type as std::type_info::name() gives it
  /// @param prefix what a member's name is appended to: "" for the scenario, "node#2." for a heap node
  void add(const void* object, const char* type, std::string prefix);

  /// The innermost named member at `address`; where a sync::atomic or sync::var lies, that is its name.
  /// @return "" when nothing known lies there
  std::string of(const void* address) const;
  /// That member, with what else is known of it; null when nothing known lies there.
  const leaf* at(const void* address) const;

 private:
  class reader;
  std::unique_ptr<reader> reader_;
};

/// A type's name as people write it, without its namespaces' noise: `node` for gauntlet::treiber_stack<int>::node.
std::string readable_type(const char* mangled);

}  // namespace gauntlet::harness
