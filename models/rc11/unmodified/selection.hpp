#pragma once
/// Of all that an execution did, what is told.

#include <vector>

#include "harness/frames.hpp"
#include "models/rc11/unmodified/program.hpp"

namespace gauntlet::rc11::unmodified {

/// Of plain memory.
bool is_read(const step& did);
bool is_write(const step& did);
/// "allocate", "free".
bool is_of_heap(const step& did);
bool is_thread_operation(const step& did);
/// The thread that a step started or joined.
unsigned thread_of(const step& did);
bool overlap(const step& one, const step& other);
/// Code of a library, or of nobody.
bool is_library(const harness::frame& at);

/// The steps of an execution without those that say nothing: what only one thread ever touched, and what std::thread
/// does to start one. What the step `matters` touches stays.
std::vector<step> worth_telling(const account& all, std::size_t matters, harness::frames& read);

}  // namespace gauntlet::rc11::unmodified
