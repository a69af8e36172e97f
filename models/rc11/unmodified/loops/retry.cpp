/// Iterations that only fail: what may be left out of the search, because another execution covers it.
///
/// A retry loop as `o = x.load(); while (!x.compare_exchange_weak(o, f(o)));` carries `o` from one iteration to the
/// next, so a failed one isn't in vain by itself. Take an execution E in which the load reads v, the first
/// compare-exchange fails with w, and nothing was written in between. Leave out of it the reads of that iteration, and
/// let the load read w: that is an execution, too, as only reads are gone, and the load learns no more than the
/// compare-exchange did (its order is no stronger than that on failure). The thread comes to the same state, having
/// synchronised with no more than in E: so whatever E shows after that, the other shows as well. What the iteration
/// itself does wrong has been seen in E before it is given up.

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/ConstantFolding.h>
#include <llvm/Analysis/MemoryLocation.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/Support/AtomicOrdering.h>

#include "models/rc11/unmodified/loops/loop.hpp"
#include "models/rc11/unmodified/loops/steps.hpp"

namespace gauntlet::loops {
namespace {

llvm::Value* without_casts(llvm::Value* it) {
  while (llvm::isa<llvm::IntToPtrInst, llvm::PtrToIntInst, llvm::BitCastInst, llvm::FreezeInst>(it))
    it = llvm::cast<llvm::Instruction>(it)->getOperand(0);
  return it;
}

/// The compare-exchange whose finding `next` is, wherever it isn't the value that was there before.
llvm::AtomicCmpXchgInst* refreshes(const llvm::Loop& loop, llvm::PHINode& value, llvm::Value* next) {
  llvm::AtomicCmpXchgInst* found = nullptr;
  llvm::SmallPtrSet<llvm::Value*, 8> seen;
  llvm::SmallVector<llvm::Value*, 8> left{next};
  while (!left.empty()) {
    llvm::Value* const it = without_casts(left.pop_back_val());
    if (it == &value || !seen.insert(it).second) continue;
    if (auto* const phi = llvm::dyn_cast<llvm::PHINode>(it); phi != nullptr && loop.contains(phi)) {
      for (llvm::Value* const each : phi->incoming_values()) left.push_back(each);
      continue;
    }
    auto* const part = llvm::dyn_cast<llvm::ExtractValueInst>(it);
    if (part == nullptr || part->getIndices()[0] != 0 || !loop.contains(part)) return nullptr;
    auto* const by = llvm::dyn_cast<llvm::AtomicCmpXchgInst>(part->getAggregateOperand());
    if (by == nullptr || (found != nullptr && found != by)) return nullptr;
    found = by;
  }
  return found;
}

/// Whether it is used for nothing but to be the first value.
bool only_becomes(llvm::Value& it, const llvm::PHINode& value) {
  for (llvm::User* const user : it.users()) {
    if (user == &value) continue;
    if (!llvm::isa<llvm::IntToPtrInst, llvm::PtrToIntInst, llvm::BitCastInst, llvm::FreezeInst>(user)) return false;
    if (!only_becomes(*user, value)) return false;
  }
  return true;
}

/// Whether between the load and the loop nothing is done that another thread could see.
bool directly_before(const llvm::LoadInst& first, const llvm::Loop& loop) {
  const llvm::BasicBlock* block = loop.getLoopPreheader();
  for (;;) {
    for (const llvm::Instruction& each : llvm::reverse(*block)) {
      if (&each == &first) return true;
      if (only_annotates(each) || only_delays(each)) continue;
      const auto* const store = llvm::dyn_cast<llvm::StoreInst>(&each);
      if (store != nullptr ? !store->isSimple() : each.mayHaveSideEffects() || each.isAtomic()) return false;
    }
    block = block->getSinglePredecessor();
    if (block == nullptr || block->getTerminator()->getNumSuccessors() != 1) return false;
  }
}

}  // namespace

std::optional<refreshed> find_refreshed(const llvm::Loop& loop, const surroundings& in) {
  for (llvm::PHINode& value : loop.getHeader()->phis()) {
    llvm::Value* const from = value.getIncomingValueForBlock(loop.getLoopPreheader());
    auto* const first = llvm::dyn_cast<llvm::LoadInst>(without_casts(from));
    if (first == nullptr || !first->isAtomic()) continue;
    auto* const by = refreshes(loop, value, value.getIncomingValueForBlock(loop.getLoopLatch()));
    if (by == nullptr || !in.dominators.dominates(by->getParent(), loop.getLoopLatch())) continue;
    if (by->getCompareOperand()->getType()->getPrimitiveSizeInBits() != first->getType()->getPrimitiveSizeInBits() &&
        !first->getType()->isPointerTy())
      continue;
    if (!llvm::isAtLeastOrStrongerThan(by->getFailureOrdering(), first->getOrdering())) continue;
    if (only_becomes(*first, value) && directly_before(*first, loop)) return refreshed{&value, first, by};
  }
  return {};
}

namespace {

/// Whether it is the same in each iteration.
bool same_each_time(const llvm::Loop& loop, const llvm::Value* it) {
  const auto* const made = llvm::dyn_cast<llvm::Instruction>(it);
  if (made == nullptr || !loop.contains(made)) return true;
  if (!llvm::isa<llvm::GetElementPtrInst, llvm::CastInst>(made)) return false;
  return llvm::all_of(made->operands(), [&](const llvm::Use& use) { return same_each_time(loop, use); });
}

bool comes_first(const llvm::Instruction& store, const llvm::MemoryLocation& where, const llvm::Loop& loop,
                 const surroundings& in) {
  for (const llvm::BasicBlock* const block : loop.blocks()) {
    if (loop.isLoopExiting(block) && !in.dominators.dominates(&store, block->getTerminator())) return false;
    for (const llvm::Instruction& each : *block) {
      if (&each == &store || only_annotates(each) || in.dominators.dominates(&store, &each)) continue;
      if (each.mayThrow()) return false;
      if (each.mayReadFromMemory() && llvm::isRefSet(in.aliases.getModRefInfo(&each, where))) return false;
    }
  }
  return true;
}

}  // namespace

llvm::SmallVector<std::pair<llvm::Instruction*, unsigned>, 4> overwriting(const llvm::Loop& loop,
                                                                          const surroundings& in) {
  llvm::SmallVector<std::pair<llvm::Instruction*, unsigned>, 4> all;
  for (llvm::BasicBlock* const block : loop.blocks()) {
    if (in.loops.getLoopFor(block) != &loop) continue;
    for (llvm::Instruction& each : *block) {
      std::optional<llvm::MemoryLocation> where;
      if (const auto* const store = llvm::dyn_cast<llvm::StoreInst>(&each); store != nullptr && store->isSimple())
        where = llvm::MemoryLocation::get(store);
      else if (const auto* const fill = llvm::dyn_cast<llvm::MemIntrinsic>(&each); fill != nullptr)
        where = llvm::MemoryLocation::getForDest(fill);
      if (!where || !where->Size.isPrecise() || where->Size.isScalable() || !same_each_time(loop, where->Ptr)) continue;
      if (comes_first(each, *where, loop, in))
        all.emplace_back(&each, static_cast<unsigned>(where->Size.getValue().getFixedValue()));
    }
  }
  return all;
}

namespace {

/// Follows an iteration from an exchange that found what it leaves.
class unchanged {
 public:
  unchanged(const llvm::Loop& loop, const surroundings& in, const llvm::AtomicRMWInst& it)
      : loop_(loop), in_(in), layout_(it.getModule()->getDataLayout()) {
    known_[&it] = const_cast<llvm::Constant*>(llvm::cast<llvm::Constant>(it.getValOperand()));
    leads_back_ = follow(*it.getParent(), std::next(it.getIterator()));
  }

  bool leads_back() const { return leads_back_; }

 private:
  llvm::Constant* value(const llvm::Value* it) const {
    if (const auto* const constant = llvm::dyn_cast<llvm::Constant>(it)) return const_cast<llvm::Constant*>(constant);
    const auto found = known_.find(it);
    return found == known_.end() ? nullptr : found->second;
  }

  void learn(const llvm::Instruction& it) {
    if (it.mayReadOrWriteMemory() || it.isTerminator()) return;
    llvm::SmallVector<llvm::Constant*, 4> operands;
    for (const llvm::Use& use : it.operands()) {
      llvm::Constant* const known = value(use);
      if (known == nullptr) return;
      operands.push_back(known);
    }
    if (llvm::Constant* const made =
            llvm::ConstantFoldInstOperands(const_cast<llvm::Instruction*>(&it), operands, layout_))
      known_[&it] = made;
  }

  bool follow(const llvm::BasicBlock& block, llvm::BasicBlock::const_iterator from) {
    for (; from != block.end(); ++from) {
      if (from->mayWriteToMemory() && !llvm::isa<llvm::LoadInst, llvm::FenceInst>(*from) && !only_delays(*from) &&
          !only_annotates(*from))
        return false;
      if (const auto* const call = llvm::dyn_cast<llvm::CallBase>(&*from);
          call != nullptr && !only_delays(*from) && !only_annotates(*from))
        return false;
      learn(*from);
    }
    const auto* const branch = llvm::dyn_cast<llvm::BranchInst>(block.getTerminator());
    if (branch == nullptr) return false;
    if (branch->isConditional()) {
      if (const auto* const decided = llvm::dyn_cast_or_null<llvm::ConstantInt>(value(branch->getCondition())))
        return enter(*branch->getSuccessor(decided->isOne() ? 0 : 1), block);
    }
    return llvm::all_of(branch->successors(), [&](const llvm::BasicBlock* next) { return enter(*next, block); });
  }

  bool enter(const llvm::BasicBlock& block, const llvm::BasicBlock& from) {
    if (&block == loop_.getHeader()) return true;
    if (!loop_.contains(&block)) return false;
    const bool anew = entered_.insert(&block).second;
    for (const llvm::PHINode& phi : block.phis()) {
      llvm::Constant* const known = value(phi.getIncomingValueForBlock(&from));
      // What was concluded on another way here must hold on this one.
      if (!anew && known_.contains(&phi) && known_[&phi] != known) return false;
      // Round an inner loop they change.
      if (anew && known != nullptr && !in_.loops.isLoopHeader(&block)) known_[&phi] = known;
    }
    return anew ? follow(block, block.getFirstNonPHIIt()) : true;
  }

  const llvm::Loop& loop_;
  const surroundings& in_;
  const llvm::DataLayout& layout_;
  llvm::DenseMap<const llvm::Value*, llvm::Constant*> known_;
  llvm::SmallPtrSet<const llvm::BasicBlock*, 8> entered_;
  bool leads_back_ = false;
};

}  // namespace

llvm::SmallVector<llvm::AtomicRMWInst*, 4> in_vain_if_same(const llvm::Loop& loop, const surroundings& in) {
  llvm::SmallVector<llvm::AtomicRMWInst*, 4> all;
  for (llvm::BasicBlock* const block : loop.blocks())
    for (llvm::Instruction& each : *block)
      if (auto* const it = llvm::dyn_cast<llvm::AtomicRMWInst>(&each);
          it != nullptr && it->getOperation() == llvm::AtomicRMWInst::Xchg && it->getType()->isIntegerTy() &&
          llvm::isa<llvm::Constant>(it->getValOperand()) && unchanged(loop, in, *it).leads_back())
        all.push_back(it);
  return all;
}

}  // namespace gauntlet::loops
