#pragma once
/// The record stream: JSON lines in the file that --records names, one write(2) a line, in append mode, so that a crash
/// loses nothing that was seen before it. Every function may be called from any thread. Without a file they do nothing.
///
/// A record that cannot be written ends the process with a message and exit status 3: a result must not go missing
/// quietly.

#include <string>
#include <string_view>

#include "harness/engine.hpp"

namespace gauntlet::harness::records {

/// @throws std::system_error if the file cannot be opened
void open(const std::string& path);

/// For a writer that may not allocate: append whole lines with one write(2) each. -1 without a file. Async-signal-safe.
int descriptor() noexcept;

void started(std::string_view check);
/// As soon as it is seen. A check's first violation counts.
void violated(std::string_view check, const violation& what);
/// The check's threads will never finish.
void stalled(std::string_view check, const violation& what);
void finished(const result& found);
void done();

}  // namespace gauntlet::harness::records
