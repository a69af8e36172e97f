#pragma once
/// What an execution's threads do, step by step, when it is run again to be told.

#include <cstddef>

#include <functional>
#include <optional>

#include "models/rc11/unmodified/program.hpp"
#include "models/rc11/unmodified/runtime.hpp"

namespace gauntlet::rc11::unmodified {

/// Whether steps are kept: only while an execution is told.
inline bool recording = false;

/// While one of these is, the calling thread makes a step. Those within it are part of it. What the step read and wrote
/// is taken from the graph; of plain memory, from there.
class told {
 public:
  /// @param operation a string literal @param order a std::memory_order, or -1
  [[gnu::always_inline]] told(const char* operation, const void* address, std::size_t size, int order,
                              const void* where) {
    if (recording) [[unlikely]]
      begin(operation, address, size, order, where);
  }
  [[gnu::always_inline]] told(const char* operation, const void* address, std::size_t size, order how,
                              const void* where)
      : told(operation, address, size, static_cast<int>(how), where) {}
  [[gnu::always_inline]] ~told() {
    if (begun_) [[unlikely]]
      end();
  }
  told(const told&) = delete;
  told& operator=(const told&) = delete;

  /// It turned out to be this. @param operation a string literal
  void named(const char* operation);
  void concerns(const void* address);
  /// There was no such step.
  void forget();
  /// What can't be seen in the graph.
  void read(bits value);
  void wrote(bits value);

 private:
  void begin(const char* operation, const void* address, std::size_t size, int order, const void* where);
  void end();

  bool begun_ = false;
};

/// The calls that the calling thread is in, innermost first, from the program's own on: their return addresses.
std::vector<const void*> calls_under_way();

/// Runs the last execution once more and keeps its steps.
account retrace_with(const std::function<void()>& program);

}  // namespace gauntlet::rc11::unmodified
