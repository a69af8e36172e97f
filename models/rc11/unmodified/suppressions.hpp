#pragma once
/// The file of suppressions: plain accesses that are known to race and do no harm, which are to be taken for relaxed
/// atomic ones. One a line; `#` begins a comment, `*` and `?` stand for any characters.
///
///     function: boost::lockfree::*::pop*   what a function does, by its name without arguments
///     type: *::tagged_node                 members of a class
///     line: freelist.hpp:6?                a place, by the last parts of its path
///     volatile: ck_*                       volatile accesses of a function: acquire loads, release stores
///
/// The compiler is given it (relaxed/pass.cpp), so that the accesses are explored as what they are taken for; the
/// program says at its end what each line came to.

#include <string>
#include <string_view>
#include <vector>

namespace gauntlet::rc11::unmodified {

struct suppression {
  enum class kind { function, type, line, is_volatile };

  kind what;
  std::string pattern;
  /// In the file, from 1.
  unsigned number;
  /// As it stands there.
  std::string text;

  /// @param name a function's or a type's, as demangled, or `path:line`
  bool matches(std::string_view name) const;
};

/// A name without its template arguments and its parameters.
std::string without_arguments(std::string_view name);

/// @throws std::invalid_argument naming the file, the line, what stands there and what was expected
std::vector<suppression> read_suppressions(const std::string& path);

}  // namespace gauntlet::rc11::unmodified
