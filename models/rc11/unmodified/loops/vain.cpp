/// What an iteration does to memory without leaving anything: stores that every iteration makes anew, and exchanges
/// that find what they leave.

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/ConstantFolding.h>
#include <llvm/Analysis/MemoryLocation.h>
#include <llvm/IR/IntrinsicInst.h>

#include "models/rc11/unmodified/loops/loop.hpp"
#include "models/rc11/unmodified/loops/steps.hpp"

namespace gauntlet::loops {

namespace {

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

/// Follows an iteration from an exchange that found what it leaves, or a compare-exchange that failed.
class unchanged {
 public:
  unchanged(const llvm::Loop& loop, const surroundings& in, const llvm::AtomicRMWInst& it)
      : loop_(loop), in_(in), layout_(it.getModule()->getDataLayout()) {
    known_[&it] = const_cast<llvm::Constant*>(llvm::cast<llvm::Constant>(it.getValOperand()));
    leads_back_ = follow(*it.getParent(), std::next(it.getIterator()));
  }

  /// @param refresh the store by which it leaves what it found, or null
  unchanged(const llvm::Loop& loop, const surroundings& in, const llvm::AtomicCmpXchgInst& it,
            const llvm::StoreInst* refresh)
      : loop_(loop), in_(in), layout_(it.getModule()->getDataLayout()), refresh_(refresh) {
    for (const llvm::User* const user : it.users())
      if (const auto* const part = llvm::dyn_cast<llvm::ExtractValueInst>(user);
          part != nullptr && part->getIndices()[0] == 1)
        known_[part] = llvm::ConstantInt::getFalse(it.getContext());
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
          !only_annotates(*from) && &*from != refresh_)
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
  const llvm::StoreInst* refresh_ = nullptr;
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

namespace {

/// Whether the loop does nothing but read, what every iteration makes anew, and `by` with what that refreshes.
bool only_tries(const llvm::Loop& loop, const llvm::AtomicCmpXchgInst& by, const llvm::StoreInst* refresh,
                const surroundings& in) {
  const auto made_anew = overwriting(loop, in);
  for (const llvm::BasicBlock* const block : loop.blocks())
    for (const llvm::Instruction& each : *block) {
      if (&each == &by || &each == refresh || only_annotates(each) || only_delays(each)) continue;
      if (llvm::isa<llvm::LoadInst, llvm::FenceInst>(each)) continue;
      if (each.mayHaveSideEffects() && llvm::none_of(made_anew, [&](const auto& it) { return it.first == &each; }))
        return false;
    }
  return true;
}

}  // namespace

bool fails_in_vain(const llvm::AtomicCmpXchgInst& by, const surroundings& in) {
  const llvm::Loop* const loop = in.loops.getLoopFor(by.getParent());
  if (loop == nullptr || loop->getLoopPreheader() == nullptr || loop->getLoopLatch() == nullptr) return false;
  auto retried = find_refreshed(*loop, in);
  if (retried && retried->by != &by) retried.reset();
  const llvm::StoreInst* const refresh = retried ? retried->refresh : nullptr;
  for (const llvm::PHINode* const each : carried(*loop, in))
    if (!retried || each != retried->value) return false;
  return only_tries(*loop, by, refresh, in) && unchanged(*loop, in, by, refresh).leads_back();
}

}  // namespace gauntlet::loops
