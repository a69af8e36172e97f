/// Which of a loop's values matter: as in aggressive dead code elimination, all that what has an effect depends on, by
/// data or by control. Loops inside are taken to end.

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/ADT/StringSwitch.h>
#include <llvm/Analysis/IteratedDominanceFrontier.h>
#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/IntrinsicsX86.h>

#include "models/rc11/unmodified/loops/loop.hpp"
#include "models/rc11/unmodified/loops/steps.hpp"

namespace gauntlet::loops {

bool only_delays(const llvm::Instruction& it) {
  const auto* const call = llvm::dyn_cast<llvm::CallBase>(&it);
  const llvm::Function* const what = call == nullptr ? nullptr : call->getCalledFunction();
  if (what == nullptr) return false;
  if (what->getIntrinsicID() == llvm::Intrinsic::x86_sse2_pause) return true;
  // For nothing but a time.
  if (what->getName() == "poll" && call->arg_size() == 3 && llvm::isa<llvm::ConstantInt>(call->getArgOperand(1)))
    return llvm::cast<llvm::ConstantInt>(call->getArgOperand(1))->isZero();
  return llvm::StringSwitch<bool>(what->getName())
      .Cases("sched_yield", "pthread_yield", "thrd_yield", "usleep", "sleep", "nanosleep", "clock_nanosleep", true)
      .Default(false);
}

bool only_annotates(const llvm::Instruction& it) {
  const auto* const call = llvm::dyn_cast<llvm::IntrinsicInst>(&it);
  return call != nullptr && (call->isAssumeLikeIntrinsic() || call->isLifetimeStartOrEnd());
}

namespace {

class slice {
 public:
  slice(const llvm::Loop& loop, const surroundings& in, const llvm::BasicBlock* without)
      : loop_(loop), in_(in), without_(without == nullptr ? nullptr : without->getTerminator()) {
    for (const llvm::BasicBlock* const block : loop.blocks()) {
      if (loop.isLoopExiting(block)) needs(*block->getTerminator());
      for (const llvm::Instruction& each : *block)
        if (matters_by_itself(each)) needs(each);
    }
    close();
  }

  bool has(const llvm::Instruction& it) const { return needed_.contains(&it); }

 private:
  bool matters_by_itself(const llvm::Instruction& it) const {
    if (only_annotates(it) || only_delays(it)) return false;
    if (it.mayReadOrWriteMemory() || it.mayHaveSideEffects()) return true;
    for (const llvm::User* const user : it.users())
      if (const auto* const where = llvm::dyn_cast<llvm::Instruction>(user); where != nullptr && !loop_.contains(where))
        return true;
    return false;
  }

  void needs(const llvm::Instruction& it) {
    if (&it != without_ && loop_.contains(&it) && needed_.insert(&it).second) left_.push_back(&it);
  }

  void reaches(llvm::BasicBlock& block) {
    if (loop_.contains(&block) && blocks_.insert(&block).second) new_blocks_.insert(&block);
  }

  void close() {
    while (!left_.empty() || !new_blocks_.empty()) {
      while (!left_.empty()) {
        const llvm::Instruction* const it = left_.pop_back_val();
        reaches(*const_cast<llvm::BasicBlock*>(it->getParent()));
        for (const llvm::Use& use : it->operands())
          if (const auto* const value = llvm::dyn_cast<llvm::Instruction>(use)) needs(*value);
        // Which value a phi takes, those blocks decide that lead to where it comes from.
        if (const auto* const phi = llvm::dyn_cast<llvm::PHINode>(it))
          for (llvm::BasicBlock* const from : phi->blocks()) {
            reaches(*from);
            needs(*from->getTerminator());
          }
      }
      llvm::SmallVector<llvm::BasicBlock*, 16> deciding;
      llvm::ReverseIDFCalculator frontier(in_.postdominators);
      frontier.setDefiningBlocks(new_blocks_);
      frontier.calculate(deciding);
      new_blocks_.clear();
      for (const llvm::BasicBlock* const each : deciding) needs(*each->getTerminator());
    }
  }

  const llvm::Loop& loop_;
  const surroundings& in_;
  const llvm::Instruction* without_;
  llvm::SmallPtrSet<const llvm::Instruction*, 32> needed_;
  llvm::SmallVector<const llvm::Instruction*, 64> left_;
  llvm::SmallPtrSet<llvm::BasicBlock*, 32> blocks_;
  llvm::SmallPtrSet<llvm::BasicBlock*, 32> new_blocks_;
};

}  // namespace

llvm::SmallVector<llvm::PHINode*, 8> carried(const llvm::Loop& loop, const surroundings& in,
                                             const llvm::BasicBlock* without) {
  const slice needed(loop, in, without);
  llvm::SmallVector<llvm::PHINode*, 8> all;
  for (llvm::PHINode& each : loop.getHeader()->phis())
    if (needed.has(each)) all.push_back(&each);
  return all;
}

std::optional<counter> find_counter(const llvm::Loop& loop, const surroundings& in) {
  const auto all = carried(loop, in);
  llvm::SmallVector<llvm::BasicBlock*, 4> exits;
  loop.getExitingBlocks(exits);
  for (const llvm::BasicBlock* const exit : exits) {
    const llvm::SCEV* const times = in.evolution.getExitCount(&loop, exit);
    if (llvm::isa<llvm::SCEVCouldNotCompute>(times)) continue;
    const auto others = carried(loop, in, exit);
    if (others.size() + 1 != all.size()) continue;
    for (llvm::PHINode* const each : all) {
      if (llvm::is_contained(others, each) || !each->getType()->isIntegerTy()) continue;
      const auto* const value = llvm::dyn_cast<llvm::SCEVAddRecExpr>(in.evolution.getSCEV(each));
      if (value == nullptr || value->getLoop() != &loop || !value->isAffine()) continue;
      return counter{each, value->evaluateAtIteration(times, in.evolution)};
    }
  }
  return {};
}

}  // namespace gauntlet::loops
