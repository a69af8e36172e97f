#pragma once
/// What is known of a function while its loops are looked at.

#include <llvm/ADT/SmallVector.h>
#include <llvm/Analysis/AliasAnalysis.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/PostDominators.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/Instructions.h>

namespace gauntlet::loops {

struct surroundings {
  llvm::Function& function;
  llvm::DominatorTree& dominators;
  llvm::PostDominatorTree& postdominators;
  llvm::LoopInfo& loops;
  llvm::AAResults& aliases;
  llvm::ScalarEvolution& evolution;
};

/// The values that are carried from one iteration to the next, and on which depends what an iteration does to memory,
/// whether the loop goes on, or what is used after it. A counter that only sets how long to pause isn't among them.
/// @param without an exit's block whose condition is not to count, or null
llvm::SmallVector<llvm::PHINode*, 8> carried(const llvm::Loop& loop, const surroundings& in,
                                             const llvm::BasicBlock* without = nullptr);

/// A counter that does nothing but end the loop, and what it is when it does. One iteration in vain stands for any
/// number of them, as each could read the same again: after one the loop may end at once.
struct counter {
  llvm::PHINode* value;
  const llvm::SCEV* last;
};
std::optional<counter> find_counter(const llvm::Loop& loop, const surroundings& in);

/// A value that a failed compare-exchange refreshes for the next iteration. An iteration that only fails is covered by
/// another execution: see retry.cpp.
struct refreshed {
  /// It is carried from one iteration to the next; or, if null, it lies where `expected` reads it and `by` has
  /// `refresh` leave it, which are accesses to the same address in each iteration.
  llvm::PHINode* value;
  llvm::LoadInst* expected;
  llvm::StoreInst* refresh;
  /// The load of the same object by which it came into the loop, as the last thing before it; or null.
  llvm::LoadInst* first;
  llvm::AtomicCmpXchgInst* by;
  /// Whether an iteration in which that fails does nothing more, and nothing with what it found.
  bool only_fails;

  llvm::Type* type() const { return value != nullptr ? value->getType() : expected->getType(); }
};
std::optional<refreshed> find_refreshed(const llvm::Loop& loop, const surroundings& in);

/// Whether an address is the same in each iteration.
bool same_each_time(const llvm::Loop& loop, const llvm::Value* it);

/// The stores to memory whose contents no iteration needs from the one before: each exit, and each read that may be of
/// that memory, comes after the store. Of what size, where that isn't the store's own.
llvm::SmallVector<std::pair<llvm::Instruction*, unsigned>, 4> overwriting(const llvm::Loop& loop,
                                                                          const surroundings& in);

/// Whether a compare-exchange that fails though it finds what it expects leaves nothing but another iteration.
bool fails_in_vain(const llvm::AtomicCmpXchgInst& by, const surroundings& in);

/// Exchanges that are in vain where they find what they leave: the iteration then begins again. Such an exchange
/// needn't write: whoever read its value may have read what it found. (Of a test-and-set lock, each failed attempt.)
llvm::SmallVector<llvm::AtomicRMWInst*, 4> in_vain_if_same(const llvm::Loop& loop, const surroundings& in);

}  // namespace gauntlet::loops
