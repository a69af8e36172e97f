#pragma once
/// Return addresses as people read them: function, file and line, inlined calls among them. Read from the debug
/// information (DWARF, through elfutils' libdw) of the program and of its libraries, and only when something is told.

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

struct Dwfl;

namespace gauntlet::harness {

class scopes;

struct frame {
  std::string function = {};
  /// Empty when unknown, and line 0.
  std::string file = {};
  unsigned line = 0;
  unsigned column = 0;
};

/// A function's or a type's name without the compiler's mangling; what isn't mangled as it is.
std::string demangled(const char* symbol);

/// A file as the compiler was told it: relative to where the process runs, if it lies below.
std::string file_name(const char* known);

class frames {
 public:
  frames();
  ~frames();
  frames(const frames&) = delete;
  frames& operator=(const frames&) = delete;

  /// The frames of a call that returns to this address, innermost first: several where calls were inlined. Empty for
  /// an address in no code; a file is empty, and a line 0, where there is no debug information.
  const std::vector<frame>& of(const void* return_address);
  /// The frames of a whole stack, innermost first.
  std::vector<frame> of(const std::vector<const void*>& stack);
  /// The global variable that has this address in it, as its symbol names it, or "".
  std::string variable(const void* address) const;
  /// All that is loaded into the process.
  Dwfl* modules() const { return modules_; }
  /// What code addresses of those are in.
  harness::scopes& code() const { return *scopes_; }

 private:
  Dwfl* modules_;
  std::unique_ptr<harness::scopes> scopes_;
  std::unordered_map<const void*, std::vector<frame>> read_;
};

}  // namespace gauntlet::harness
