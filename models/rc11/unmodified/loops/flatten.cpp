/// One form for the code of every level of optimisation: locals in registers, small functions inlined where there are
/// loops. Neither takes away an access that ThreadSanitizer would report: those are to memory that others may reach.

#include <llvm/ADT/PostOrderIterator.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/AssumptionCache.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/Transforms/Scalar/JumpThreading.h>
#include <llvm/Transforms/Scalar/LowerExpectIntrinsic.h>
#include <llvm/Transforms/Scalar/SCCP.h>
#include <llvm/Transforms/Scalar/SROA.h>
#include <llvm/Transforms/Utils/Cloning.h>
#include <llvm/Transforms/Utils/Local.h>

#include "models/rc11/unmodified/loops/steps.hpp"

namespace gauntlet::loops {
namespace {

/// Instructions: of what is inlined, and of what it is inlined into.
constexpr unsigned largest_callee = 300;
constexpr unsigned largest_caller = 6000;

class flattening {
 public:
  explicit flattening(llvm::FunctionAnalysisManager& analyses) : analyses_(analyses) {}

  /// Callees come first.
  void visit(llvm::Function& it) {
    if (it.isDeclaration() || !visited_.insert(&it).second) return;
    open_.insert(&it);
    for (llvm::Instruction& each : llvm::instructions(it))
      if (auto* const call = llvm::dyn_cast<llvm::CallBase>(&each);
          call != nullptr && call->getCalledFunction() != nullptr)
        visit(*call->getCalledFunction());
    simplify(it);
    if (has_loops(it) && inline_calls(it)) simplify(it);
    open_.erase(&it);
  }

 private:
  /// Orders of atomics arrive as arguments, which a switch tells apart.
  void simplify(llvm::Function& it) {
    if (it.hasFnAttribute(llvm::Attribute::Naked)) return;
    llvm::removeUnreachableBlocks(it);
    // What is only expected stands between constants and the branches that they decide.
    llvm::LowerExpectIntrinsicPass().run(it, analyses_);
    analyses_.invalidate(it, llvm::PreservedAnalyses::none());
    llvm::SROAPass(llvm::SROAOptions::ModifyCFG).run(it, analyses_);
    analyses_.invalidate(it, llvm::PreservedAnalyses::none());
    llvm::SCCPPass().run(it, analyses_);
    for (llvm::BasicBlock& block : it) llvm::ConstantFoldTerminator(&block, true);
    llvm::removeUnreachableBlocks(it);
    analyses_.invalidate(it, llvm::PreservedAnalyses::none());
    // Scopes are left by one way for all that leads out of them, and a switch after it: back to one way for each.
    llvm::JumpThreadingPass().run(it, analyses_);
    for (llvm::BasicBlock& block : it) merge_phis(block);
    analyses_.invalidate(it, llvm::PreservedAnalyses::none());
  }

  /// Those of the same values, which threading leaves.
  static void merge_phis(llvm::BasicBlock& block) {
    for (llvm::PHINode& one : llvm::make_early_inc_range(block.phis())) {
      for (llvm::PHINode& other : block.phis()) {
        if (&other == &one) break;
        const auto agrees = [&](llvm::BasicBlock* from) {
          return one.getIncomingValueForBlock(from) == other.getIncomingValueForBlock(from);
        };
        if (one.getType() != other.getType() || !llvm::all_of(one.blocks(), agrees)) continue;
        one.replaceAllUsesWith(&other);
        one.eraseFromParent();
        break;
      }
    }
  }

  static bool has_loops(llvm::Function& it) {
    const llvm::DominatorTree tree(it);
    const llvm::LoopInfo loops(tree);
    return !loops.empty();
  }

  bool may_be_inlined(const llvm::CallBase& call, const llvm::Function& into) const {
    const llvm::Function* const what = call.getCalledFunction();
    return what != nullptr && what != &into && !open_.contains(what) && !what->isDeclaration() &&
           !what->isInterposable() && !what->isVarArg() && !what->isPresplitCoroutine() &&
           what->getInstructionCount() <= largest_callee && !what->hasFnAttribute(llvm::Attribute::Naked) &&
           !what->hasFnAttribute(llvm::Attribute::ReturnsTwice) &&
           what->hasFnAttribute(llvm::Attribute::SanitizeThread) ==
               into.hasFnAttribute(llvm::Attribute::SanitizeThread);
  }

  bool inline_calls(llvm::Function& into) {
    std::vector<llvm::CallBase*> left;
    const auto add = [&](llvm::CallBase* call) {
      if (may_be_inlined(*call, into)) left.push_back(call);
    };
    for (llvm::Instruction& each : llvm::instructions(into))
      if (auto* const call = llvm::dyn_cast<llvm::CallBase>(&each); call != nullptr) add(call);
    bool any = false;
    unsigned size = into.getInstructionCount();
    while (!left.empty() && size < largest_caller) {
      llvm::CallBase* const call = left.back();
      left.pop_back();
      size += call->getCalledFunction()->getInstructionCount();
      llvm::InlineFunctionInfo made;
      if (!llvm::InlineFunction(*call, made).isSuccess()) continue;
      any = true;
      for (llvm::CallBase* const inner : made.InlinedCallSites) add(inner);
    }
    return any;
  }

  llvm::FunctionAnalysisManager& analyses_;
  llvm::SmallPtrSet<const llvm::Function*, 32> visited_;
  /// Those whose callees are being visited: a call of one of these is recursive.
  llvm::SmallPtrSet<const llvm::Function*, 32> open_;
};

}  // namespace

void flatten(llvm::Module& module, llvm::FunctionAnalysisManager& analyses) {
  flattening it(analyses);
  for (llvm::Function& each : module) it.visit(each);
}

}  // namespace gauntlet::loops
