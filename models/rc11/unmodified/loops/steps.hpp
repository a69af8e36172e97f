#pragma once
/// What the pass consists of. It runs before the optimiser, at every level, on code that flatten() has brought into one
/// form: so it decides alike at -O0 and -O2, and the calls that it adds are part of what the optimiser must preserve.

#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/PassManager.h>

namespace gauntlet::loops {

/// Turns x86 inline assembly that accesses memory into the atomics that it is; what it doesn't know gets a call that
/// says so when it is reached. See assembly.cpp.
void translate_assembly(llvm::Module& module);

/// Locals into registers; and into functions with loops what these call, if it is small.
void flatten(llvm::Module& module, llvm::FunctionAnalysisManager& analyses);

/// Tells the engine where an iteration begins of each loop that may wait for another thread, and what is live into it.
void mark_loops(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);

/// Asks the engine, before a weak compare-exchange, whether it fails spuriously: see weak.cpp.
void may_fail(llvm::AtomicCmpXchgInst& it);

/// Whether a call does nothing but let time pass.
bool only_delays(const llvm::Instruction& call);
/// Whether it is none: debug information, lifetimes, assumptions.
bool only_annotates(const llvm::Instruction& call);

}  // namespace gauntlet::loops
