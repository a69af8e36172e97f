#pragma once
/// Two machines that run litmus programs step by step, in every way: what the oracle's axioms say of the same models
/// must come out of them. They know nothing of executions, orders of writes or axioms.

#include <set>

#include "models/litmus/program.hpp"

namespace gauntlet::oracle {

/// The outcomes of all interleavings, on one memory.
std::set<std::string> interleavings(const litmus::program& what, const std::vector<litmus::location>& observed);

/// The same with a store buffer for each thread, as x86 has them: a store enters its thread's buffer and leaves it at
/// any later time, first in first out; a load sees its own thread's newest store; seq_cst stores and fences and all
/// read-modify-writes go on only once the buffer is empty.
std::set<std::string> store_buffers(const litmus::program& what, const std::vector<litmus::location>& observed);

}  // namespace gauntlet::oracle
