/// Iterations that only fail: what may be left out of the search, because another execution covers it.
///
/// A retry loop as `o = x.load(); while (!x.compare_exchange_weak(o, f(o)));` carries `o` from one iteration to the
/// next, so a failed one isn't in vain by itself. Take an execution E in which the load reads v, the first
/// compare-exchange fails with w, and nothing was written in between. Leave out of it the reads of that iteration, and
/// let the load read w: that is an execution, too, as only reads are gone, and the load learns no more than the
/// compare-exchange did (its order is no stronger than that on failure). The thread comes to the same state, having
/// synchronised with no more than in E: so whatever E shows after that, the other shows as well. What the iteration
/// itself does wrong has been seen in E before it is given up.
///
/// The same goes for an iteration that fails after one that did nothing but fail: if that one found w and this one
/// finds u, there is an execution in which that one has found u, and this one isn't. The first expected v, so u must be
/// another value; and from the compare-exchange on nothing may depend on what it found, but what the next one expects.
///
/// What is expected may also lie in memory, as in `n->next = x.load(); while (!x.compare_exchange_weak(n->next, n));`.
/// Where the loop accesses that for nothing else, it is such a value by another name.

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/MemoryLocation.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/Support/AtomicOrdering.h>

#include "models/rc11/unmodified/loops/loop.hpp"
#include "models/rc11/unmodified/loops/steps.hpp"

namespace gauntlet::loops {

bool same_each_time(const llvm::Loop& loop, const llvm::Value* it) {
  const auto* const made = llvm::dyn_cast<llvm::Instruction>(it);
  if (made == nullptr || !loop.contains(made)) return true;
  if (!llvm::isa<llvm::GetElementPtrInst, llvm::CastInst>(made)) return false;
  return llvm::all_of(made->operands(), [&](const llvm::Use& use) { return same_each_time(loop, use); });
}

namespace {

bool is_cast(const llvm::Value* it) {
  return llvm::isa<llvm::IntToPtrInst, llvm::PtrToIntInst, llvm::BitCastInst, llvm::FreezeInst>(it);
}

llvm::Value* without_casts(llvm::Value* it) {
  while (is_cast(it)) it = llvm::cast<llvm::Instruction>(it)->getOperand(0);
  return it;
}

/// Whether it is what a compare-exchange found.
bool is_found(const llvm::Value* it, const llvm::AtomicCmpXchgInst* by) {
  const auto* const part = llvm::dyn_cast<llvm::ExtractValueInst>(it);
  return part != nullptr && part->getIndices()[0] == 0 && part->getAggregateOperand() == by;
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
    auto* const by = part == nullptr ? nullptr : llvm::dyn_cast<llvm::AtomicCmpXchgInst>(part->getAggregateOperand());
    if (by == nullptr || !is_found(part, by) || !loop.contains(part) || (found != nullptr && found != by))
      return nullptr;
    found = by;
  }
  return found;
}

/// Whether it is used for nothing but to become `what`: a phi's value, or what a store leaves.
bool only_becomes(const llvm::Value& it, const llvm::Instruction& what) {
  return llvm::all_of(it.users(), [&](const llvm::User* user) {
    if (const auto* const store = llvm::dyn_cast<llvm::StoreInst>(user))
      return store == &what && store->getValueOperand() == &it;
    return user == &what || (is_cast(user) && only_becomes(*user, what));
  });
}

/// Whether what the compare-exchange finds is used in the loop for nothing but to become `what`.
bool only_refreshes(const llvm::Value& found, const llvm::Loop& loop, const llvm::Instruction& what) {
  llvm::SmallPtrSet<const llvm::Value*, 8> seen;
  llvm::SmallVector<const llvm::Value*, 8> left{&found};
  while (!left.empty()) {
    for (const llvm::User* const user : left.pop_back_val()->users()) {
      const auto* const by = llvm::cast<llvm::Instruction>(user);
      if (by == &what || !loop.contains(by)) continue;
      const bool passes_on = is_cast(by) || (llvm::isa<llvm::PHINode>(by) && by->getParent() != loop.getHeader());
      const auto* const part = llvm::dyn_cast<llvm::ExtractValueInst>(by);
      if (part != nullptr && part->getIndices()[0] == 1) continue;
      if (!passes_on && part == nullptr) return false;
      if (seen.insert(by).second) left.push_back(by);
    }
  }
  return true;
}

/// Whether it is of the same object in each iteration, and nothing is done after it until the next one begins, but what
/// `refresh` does.
bool only_at_last(const llvm::AtomicCmpXchgInst& by, const llvm::Loop& loop, const llvm::StoreInst* refresh) {
  if (!same_each_time(loop, by.getPointerOperand())) return false;
  llvm::SmallPtrSet<const llvm::BasicBlock*, 8> seen;
  llvm::SmallVector<std::pair<const llvm::BasicBlock*, llvm::BasicBlock::const_iterator>, 8> left{
      {by.getParent(), std::next(by.getIterator())}};
  while (!left.empty()) {
    auto [block, from] = left.pop_back_val();
    for (; from != block->end(); ++from) {
      const bool harmless = &*from == refresh || only_annotates(*from) || only_delays(*from);
      if (!harmless && (from->mayReadOrWriteMemory() || from->mayHaveSideEffects())) return false;
    }
    for (const llvm::BasicBlock* const next : llvm::successors(block))
      if (next != loop.getHeader() && loop.contains(next) && seen.insert(next).second)
        left.emplace_back(next, next->begin());
  }
  return true;
}

/// What lies directly before the loop, from its end on backwards: `visit` says whether to go on.
template <class Visitor>
void look_back(const llvm::Loop& loop, Visitor visit) {
  llvm::BasicBlock* block = loop.getLoopPreheader();
  do {
    for (llvm::Instruction& each : llvm::reverse(*block))
      if (!visit(each)) return;
    block = block->getSinglePredecessor();
  } while (block != nullptr && block->getTerminator()->getNumSuccessors() == 1);
}

/// Whether between the load and the loop nothing is done that another thread could see.
bool directly_before(const llvm::LoadInst& first, const llvm::Loop& loop) {
  bool reached = false;
  look_back(loop, [&](const llvm::Instruction& each) {
    reached = &each == &first;
    if (reached) return false;
    if (only_annotates(each) || only_delays(each)) return true;
    const auto* const store = llvm::dyn_cast<llvm::StoreInst>(&each);
    return store != nullptr ? store->isSimple() : !each.mayHaveSideEffects() && !each.isAtomic();
  });
  return reached;
}

/// The last store before the loop, if it is to `where`; until then nothing is read.
llvm::StoreInst* stored_before(const llvm::Loop& loop, const llvm::MemoryLocation& where, const surroundings& in) {
  llvm::StoreInst* found = nullptr;
  look_back(loop, [&](llvm::Instruction& each) {
    if (only_annotates(each) || only_delays(each) || !each.mayReadOrWriteMemory()) return !each.mayHaveSideEffects();
    auto* const store = llvm::dyn_cast<llvm::StoreInst>(&each);
    if (store == nullptr || !store->isSimple()) return false;
    const auto there = llvm::MemoryLocation::get(store);
    if (there.Size == where.Size && in.aliases.isMustAlias(there, where)) found = store;
    return found == nullptr && in.aliases.isNoAlias(there, where);
  });
  return found;
}

/// The load by which it came into the loop, if one may stand for the other; `becomes` is what uses the load.
llvm::LoadInst* covering(llvm::Value* from, const llvm::AtomicCmpXchgInst& by, const llvm::Instruction& becomes,
                         const llvm::Loop& loop) {
  auto* const first = llvm::dyn_cast<llvm::LoadInst>(without_casts(from));
  if (first == nullptr || !first->isAtomic()) return nullptr;
  const llvm::DataLayout& layout = by.getModule()->getDataLayout();
  if (layout.getTypeSizeInBits(by.getCompareOperand()->getType()) != layout.getTypeSizeInBits(first->getType()))
    return nullptr;
  if (!llvm::isAtLeastOrStrongerThan(by.getFailureOrdering(), first->getOrdering())) return nullptr;
  return only_becomes(*first, becomes) && directly_before(*first, loop) ? first : nullptr;
}

std::optional<refreshed> carried_along(const llvm::Loop& loop, const surroundings& in) {
  for (llvm::PHINode& value : loop.getHeader()->phis()) {
    auto* const by = refreshes(loop, value, value.getIncomingValueForBlock(loop.getLoopLatch()));
    if (by == nullptr || !in.dominators.dominates(by->getParent(), loop.getLoopLatch())) continue;
    llvm::LoadInst* const first = covering(value.getIncomingValueForBlock(loop.getLoopPreheader()), *by, value, loop);
    const bool only_fails = without_casts(by->getCompareOperand()) == &value && only_at_last(*by, loop, nullptr) &&
                            only_refreshes(*by, loop, value);
    if (first != nullptr || only_fails) return refreshed{&value, nullptr, nullptr, first, by, only_fails};
  }
  return {};
}

/// The store that leaves in `where` what was found, if the loop writes it nowhere else.
llvm::StoreInst* only_write(const llvm::Loop& loop, const llvm::MemoryLocation& where,
                            const llvm::AtomicCmpXchgInst* by, const surroundings& in) {
  llvm::StoreInst* found = nullptr;
  for (llvm::BasicBlock* const block : loop.blocks()) {
    for (llvm::Instruction& each : *block) {
      if (&each == by || only_annotates(each) || only_delays(each)) continue;
      if (llvm::isa<llvm::LoadInst, llvm::FenceInst>(each) || !each.mayWriteToMemory()) continue;
      auto* const store = llvm::dyn_cast<llvm::StoreInst>(&each);
      if (store != nullptr && store->isSimple() && is_found(without_casts(store->getValueOperand()), by)) {
        const auto there = llvm::MemoryLocation::get(store);
        if (found != nullptr || there.Size != where.Size || !in.aliases.isMustAlias(there, where)) return nullptr;
        found = store;
      } else if (llvm::isModSet(in.aliases.getModRefInfo(&each, where))) {
        return nullptr;
      }
    }
  }
  return found;
}

/// Whether whoever comes into the loop reads it.
bool always_read(const llvm::LoadInst& it, const llvm::Loop& loop, const surroundings& in) {
  llvm::SmallVector<llvm::BasicBlock*, 4> exits;
  loop.getExitingBlocks(exits);
  return llvm::all_of(exits,
                      [&](const llvm::BasicBlock* each) { return in.dominators.dominates(it.getParent(), each); });
}

/// Whether nothing in the loop but `only` may read what lies there.
bool read_by(const llvm::LoadInst& only, const llvm::Loop& loop, const llvm::MemoryLocation& where,
             const llvm::AtomicCmpXchgInst& by, const surroundings& in) {
  for (const llvm::BasicBlock* const block : loop.blocks())
    for (const llvm::Instruction& each : *block) {
      if (&each == &only || &each == &by || only_annotates(each) || only_delays(each)) continue;
      if (each.mayReadFromMemory() && !llvm::isa<llvm::FenceInst>(each) &&
          llvm::isRefSet(in.aliases.getModRefInfo(&each, where)))
        return false;
    }
  return true;
}

std::optional<refreshed> in_memory(const llvm::Loop& loop, const surroundings& in) {
  for (llvm::BasicBlock* const block : loop.blocks()) {
    if (in.loops.getLoopFor(block) != &loop || !in.dominators.dominates(block, loop.getLoopLatch())) continue;
    for (llvm::Instruction& each : *block) {
      auto* const by = llvm::dyn_cast<llvm::AtomicCmpXchgInst>(&each);
      auto* const expected =
          by == nullptr ? nullptr : llvm::dyn_cast<llvm::LoadInst>(without_casts(by->getCompareOperand()));
      if (expected == nullptr || !expected->isSimple() || !loop.contains(expected)) continue;
      if (!same_each_time(loop, expected->getPointerOperand()) || !always_read(*expected, loop, in)) continue;
      const auto where = llvm::MemoryLocation::get(expected);
      llvm::StoreInst* const refresh = only_write(loop, where, by, in);
      if (refresh == nullptr) continue;
      llvm::StoreInst* const before = stored_before(loop, where, in);
      llvm::LoadInst* const first =
          before == nullptr ? nullptr : covering(before->getValueOperand(), *by, *before, loop);
      const bool only_fails = only_at_last(*by, loop, refresh) && only_refreshes(*by, loop, *refresh) &&
                              only_becomes(*expected, *by) && read_by(*expected, loop, where, *by, in);
      if (first != nullptr || only_fails) return refreshed{nullptr, expected, refresh, first, by, only_fails};
    }
  }
  return {};
}

}  // namespace

std::optional<refreshed> find_refreshed(const llvm::Loop& loop, const surroundings& in) {
  const auto found = carried_along(loop, in);
  return found ? found : in_memory(loop, in);
}

}  // namespace gauntlet::loops
