#pragma once
/// What the passes of this folder leave in the program about an access that they made weaker: who asked for it, where
/// it stands, and a call that counts it (../relaxed.hpp).

#include <llvm/IR/Instruction.h>
#include <llvm/IR/Module.h>

#include <string>

namespace gauntlet::rc11::unmodified {

/// A place's file, from the root.
std::string path_of(const llvm::DILocation& at);

/// Counts how often the access is made. @param by see relaxed_use::by @param where null if nobody knows
void count_use(llvm::Instruction& access, llvm::StringRef by, const llvm::DILocation* where);

/// Makes relaxed, one by one, the atomic operations of the lines that the environment variable GAUNTLET_WEAKEN names,
/// a pattern such as `queue.hpp:57` a line; a fence is taken out. Appends all operations that it could have been asked
/// for to the file that GAUNTLET_ORDERS names: `FILE:LINE`, a tabulator, and the operation with its order.
/// To be run where functions are inlined in each other, and before accesses are instrumented. @return whether it
/// changed anything
bool weaken(llvm::Module& module);

}  // namespace gauntlet::rc11::unmodified
