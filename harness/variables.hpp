#pragma once
/// Names for addresses in any program that has debug information, nothing of it prepared: globals and statics, the
/// locals of calls that are under way, pieces of the heap. Read only when something is told.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "harness/frames.hpp"
#include "harness/leaves.hpp"

namespace gauntlet::harness {

/// A piece of the heap.
struct allocated {
  const void* address;
  std::size_t size;
  /// The return addresses of who asked for it, innermost first.
  std::vector<const void*> stack;
  /// The class whose constructor ran there, or empty if that isn't known.
  std::string type = {};
};

class variables {
 public:
  /// @param read outlives this
  explicit variables(frames& read);
  ~variables();
  variables(const variables&) = delete;
  variables& operator=(const variables&) = delete;

  /// A call that was under way: the variables of its function have names.
  /// @param frame what its frame pointer holds @param return_address in it
  void add_call(const void* return_address, const void* frame);
  /// What lies in a piece of the heap has the names of its type's members, where the type can be told by what asked for
  /// it: `node#2.next`.
  void add_block(const allocated& piece);

  /// The member or variable at `address`; in a piece of the heap whose type isn't known, `+16 of the 24 bytes allocated
  /// at queue.cpp:12`. Null where nothing known lies.
  const leaf* at(const void* address) const;
  /// Of a known piece of the heap, by its first byte: `node#2`, `block#0`; or "".
  std::string block_name(const void* address) const;
  /// What a pointer to `address` points to, if something known begins there: `nodes[2]`, `node#2`, `count`; or "".
  std::string target_name(const void* address) const;

 private:
  class reader;
  std::unique_ptr<reader> reader_;
};

}  // namespace gauntlet::harness
