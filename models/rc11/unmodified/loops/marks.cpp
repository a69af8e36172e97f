/// The calls that loops get; models/rc11/unmodified/loops.cpp says what the engine makes of them.

#include <llvm/Analysis/CFG.h>
#include <llvm/Analysis/CaptureTracking.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>
#include <llvm/Transforms/Utils/LoopSimplify.h>
#include <llvm/Transforms/Utils/LoopUtils.h>
#include <llvm/Transforms/Utils/ScalarEvolutionExpander.h>

#include "models/rc11/unmodified/loops/calls.hpp"
#include "models/rc11/unmodified/loops/loop.hpp"
#include "models/rc11/unmodified/loops/steps.hpp"

namespace gauntlet::loops {
namespace {

/// Bytes of a loop's locals that are compared. A loop with more is taken to change them each time.
constexpr std::uint64_t largest_state = 2048;

class marking {
 public:
  marking(llvm::Function& function, llvm::FunctionAnalysisManager& analyses)
      : function_(function), analyses_(analyses), layout_(function.getParent()->getDataLayout()) {}

  void run() {
    mark_foreign_calls();
    std::vector<llvm::AtomicCmpXchgInst*> weak;
    for (llvm::Instruction& each : llvm::instructions(function_))
      if (auto* const it = llvm::dyn_cast<llvm::AtomicCmpXchgInst>(&each); it != nullptr && it->isWeak())
        weak.push_back(it);
    if (!bring_into_form() && weak.empty()) return;
    analyses_.invalidate(function_, llvm::PreservedAnalyses::none());
    auto& loops = analyses_.getResult<llvm::LoopAnalysis>(function_);
    const surroundings in{function_,
                          analyses_.getResult<llvm::DominatorTreeAnalysis>(function_),
                          analyses_.getResult<llvm::PostDominatorTreeAnalysis>(function_),
                          loops,
                          analyses_.getResult<llvm::AAManager>(function_),
                          analyses_.getResult<llvm::ScalarEvolutionAnalysis>(function_)};
    // Everything is looked at before anything is added.
    std::erase_if(weak, [&](const llvm::AtomicCmpXchgInst* each) { return fails_in_vain(*each, in); });
    std::vector<found> all;
    for (llvm::Loop* const each : loops.getLoopsInPreorder())
      if (matters(*each, in)) all.push_back(look_at(*each, in));
    for (const found& each : all) mark(each, in);
    for (llvm::AtomicCmpXchgInst* const each : weak) may_fail(*each);
    analyses_.invalidate(function_, llvm::PreservedAnalyses::none());
  }

 private:
  struct found {
    llvm::Loop* loop = nullptr;
    bool ends = false;
    llvm::SmallVector<llvm::PHINode*, 8> values;
    llvm::SmallVector<llvm::AllocaInst*, 4> locals;
    llvm::SmallVector<llvm::AllocaInst*, 4> seen_elsewhere;
    bool too_much = false;
    std::optional<refreshed> retried;
    std::optional<counter> counted;
    llvm::SmallVector<std::pair<llvm::Instruction*, unsigned>, 4> overwriting;
    llvm::SmallVector<std::pair<llvm::IntrinsicInst*, std::uint64_t>, 4> born;
    llvm::SmallVector<llvm::AtomicRMWInst*, 4> exchanges;
    llvm::BasicBlock* preheader = nullptr;
    llvm::BasicBlock* latch = nullptr;
    llvm::SmallVector<llvm::BasicBlock*, 4> exits;
  };

  /// Each loop is entered from one block, goes back from one that does nothing else, and is left to blocks of its own.
  bool bring_into_form() {
    llvm::DominatorTree dominators(function_);
    llvm::LoopInfo loops(dominators);
    if (loops.empty()) return false;
    for (llvm::Loop* const each : loops.getLoopsInPreorder()) {
      llvm::SmallVector<llvm::BasicBlock*, 4> latches;
      each->getLoopLatches(latches);
      const bool jumps = llvm::any_of(latches, [](const llvm::BasicBlock* latch) {
        return llvm::isa<llvm::IndirectBrInst, llvm::CallBrInst>(latch->getTerminator());
      });
      const bool is_exit = latches.size() == 1 && latches[0]->getTerminator()->getNumSuccessors() > 1;
      if ((latches.size() > 1 || is_exit) && !jumps)
        llvm::SplitBlockPredecessors(each->getHeader(), latches, ".again", &dominators, &loops);
      if (each->getLoopPreheader() == nullptr) llvm::InsertPreheaderForLoop(each, &dominators, &loops, nullptr, false);
      llvm::formDedicatedExitBlocks(each, &dominators, &loops, nullptr, false);
    }
    return true;
  }

  /// Whether it may wait for another thread: it does something that another thread may see or cause, or nothing at all.
  bool matters(const llvm::Loop& loop, const surroundings& in) const {
    if (loop.getLoopPreheader() == nullptr || loop.getLoopLatch() == nullptr) return false;
    bool writes = false;
    for (const llvm::BasicBlock* const block : loop.blocks()) {
      for (const llvm::Instruction& each : *block) {
        if (each.isAtomic()) return true;
        if (llvm::isa<llvm::CallBase>(each) && !only_annotates(each) && !only_delays(each)) {
          const auto* const intrinsic = llvm::dyn_cast<llvm::IntrinsicInst>(&each);
          if (intrinsic == nullptr && each.mayHaveSideEffects()) return true;
        }
        writes = writes || (each.mayWriteToMemory() && !llvm::isa<llvm::LoadInst>(each) && !only_annotates(each) &&
                            !only_delays(each));
      }
    }
    return !writes && carried(loop, in).empty();
  }

  found look_at(llvm::Loop& loop, const surroundings& in) {
    found it;
    it.loop = &loop;
    it.preheader = loop.getLoopPreheader();
    it.latch = loop.getLoopLatch();
    loop.getUniqueExitBlocks(it.exits);
    it.ends = !llvm::isa<llvm::SCEVCouldNotCompute>(in.evolution.getSymbolicMaxBackedgeTakenCount(&loop));
    it.retried = find_refreshed(loop, in);
    it.counted = find_counter(loop, in);
    if (it.counted && !llvm::SCEVExpander(in.evolution, layout_, "").isSafeToExpand(it.counted->last))
      it.counted.reset();
    for (llvm::PHINode* const each : carried(loop, in))
      if (!(it.retried && each == it.retried->value) && !(it.counted && each == it.counted->value))
        it.values.push_back(each);
    it.overwriting = overwriting(loop, in);
    for (llvm::AtomicRMWInst* const each : in_vain_if_same(loop, in))
      if (!llvm::isReleaseOrStronger(each->getOrdering()) || (it.values.empty() && !it.retried))
        it.exchanges.push_back(each);
    look_at_locals(loop, it);
    return it;
  }

  /// Locals that are still memory. What the loop's iterations each begin anew carries nothing.
  void look_at_locals(const llvm::Loop& loop, found& it) {
    std::uint64_t bytes = 0;
    for (llvm::Instruction& each : function_.getEntryBlock()) {
      auto* const local = llvm::dyn_cast<llvm::AllocaInst>(&each);
      if (local == nullptr || !local->isStaticAlloca() || buffers_.contains(local)) continue;
      const std::uint64_t size = local->getAllocationSize(layout_)->getFixedValue();
      bool born = false;
      bool used = false;
      for (llvm::User* const user : local->users()) {
        auto* const by = llvm::cast<llvm::Instruction>(user);
        used = used || loop.contains(by);
        auto* const lifetime = llvm::dyn_cast<llvm::IntrinsicInst>(by);
        if (lifetime == nullptr || lifetime->getIntrinsicID() != llvm::Intrinsic::lifetime_start) continue;
        if (!loop.contains(lifetime)) continue;
        born = true;
        it.born.emplace_back(lifetime, size);
      }
      if (born) continue;
      if (llvm::PointerMayBeCaptured(local, true, true)) {
        it.seen_elsewhere.push_back(local);
      } else if (used && bytes + size <= largest_state) {
        bytes += size;
        it.locals.push_back(local);
      } else if (used) {
        it.too_much = true;
      }
    }
  }

  llvm::FunctionCallee runtime(llvm::StringRef name, llvm::ArrayRef<llvm::Type*> parameters,
                               llvm::Type* returned = nullptr) {
    llvm::LLVMContext& context = function_.getContext();
    auto* const type =
        llvm::FunctionType::get(returned == nullptr ? llvm::Type::getVoidTy(context) : returned, parameters, false);
    llvm::FunctionCallee found = function_.getParent()->getOrInsertFunction(name, type);
    llvm::cast<llvm::Function>(found.getCallee())->setDoesNotThrow();
    return found;
  }

  /// What the loop is called: a gauntlet_loop.
  llvm::Constant* description(const found& it, llvm::IRBuilder<>& builder) {
    const llvm::DebugLoc start = it.loop->getStartLoc();
    const llvm::DILocation* const at = start.get();
    llvm::Constant* const fields[] = {text(builder, at == nullptr ? "" : at->getFilename()),
                                      builder.getInt32(at == nullptr ? 0 : at->getLine()),
                                      builder.getInt32(it.ends ? 1 : 0),
                                      text(builder, at == nullptr ? "" : at->getScope()->getSubprogram()->getName())};
    llvm::Constant* const all = llvm::ConstantStruct::getAnon(fields);
    return new llvm::GlobalVariable(*function_.getParent(), all->getType(), true, llvm::GlobalValue::PrivateLinkage,
                                    all, "gauntlet.loop");
  }

  static llvm::Constant* text(llvm::IRBuilder<>& builder, llvm::StringRef what) {
    return builder.CreateGlobalString(what, "gauntlet.text");
  }

  llvm::AllocaInst* buffer(std::uint64_t size) {
    llvm::IRBuilder<> builder(&*function_.getEntryBlock().getFirstInsertionPt());
    auto* const made = builder.CreateAlloca(builder.getInt8Ty(), builder.getInt64(std::max<std::uint64_t>(size, 1)));
    made->setAlignment(llvm::Align(16));
    buffers_.insert(made);
    return made;
  }

  /// ThreadSanitizer's pass leaves out what is marked so.
  static void not_the_programs(llvm::Instruction* it) {
    it->setMetadata(llvm::LLVMContext::MD_nosanitize, llvm::MDNode::get(it->getContext(), {}));
  }

  std::uint64_t size_of(llvm::Type* type) const { return layout_.getTypeStoreSize(type).getFixedValue(); }

  void store_state(llvm::IRBuilder<>& builder, const found& it, llvm::BasicBlock* from, llvm::AllocaInst* into) {
    std::uint64_t offset = 0;
    const auto place = [&] { return builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), into, offset); };
    const auto put = [&](llvm::Value* each) {
      llvm::Value* const value = builder.CreateFreeze(each);
      not_the_programs(builder.CreateAlignedStore(value, place(), llvm::Align(1)));
      offset += size_of(value->getType());
    };
    for (llvm::PHINode* const each : it.values) put(each->getIncomingValueForBlock(from));
    for (llvm::AllocaInst* const each : it.locals) {
      const std::uint64_t size = each->getAllocationSize(layout_)->getFixedValue();
      not_the_programs(builder.CreateMemCpy(place(), llvm::Align(1), each, each->getAlign(), size));
      offset += size;
    }
    if (!it.retried) return;
    if (it.retried->value != nullptr) return put(it.retried->value->getIncomingValueForBlock(from));
    // Volatile: or the optimiser might take it for the program's own access.
    auto* const seen = builder.CreateAlignedLoad(it.retried->type(), it.retried->expected->getPointerOperand(),
                                                 it.retried->expected->getAlign(), true);
    not_the_programs(seen);
    put(seen);
  }

  /// What a failure that refreshes is to loop_table::again().
  static llvm::Value* how_it_retries(const refreshed& it, llvm::IRBuilder<>& builder) {
    llvm::Value* how = builder.getInt32(it.only_fails ? retries::after_failing : 0);
    // Whether that was refreshed which the load before the loop had read.
    if (it.first != nullptr) {
      llvm::Value* const same = builder.CreateICmpEQ(it.first->getPointerOperand(), it.by->getPointerOperand());
      how = builder.CreateSelect(same, builder.CreateOr(how, retries::after_load), how);
    }
    if (it.expected == nullptr) return how;
    llvm::Value* const apart = builder.CreateICmpNE(it.expected->getPointerOperand(), it.by->getPointerOperand());
    return builder.CreateSelect(apart, how, builder.getInt32(0));
  }

  void mark(const found& it, const surroundings& in) {
    bool hoisted = false;
    if (it.retried && it.retried->expected != nullptr)
      it.loop->makeLoopInvariant(it.retried->expected->getPointerOperand(), hoisted);
    llvm::IRBuilder<> builder(it.preheader->getTerminator());
    builder.SetCurrentDebugLocation(location(it));
    llvm::Type* const pointer = builder.getPtrTy();
    llvm::Type* const number = builder.getInt64Ty();
    llvm::Constant* const name = description(it, builder);

    std::uint64_t size = 0;
    for (llvm::PHINode* const each : it.values) size += size_of(each->getType());
    for (llvm::AllocaInst* const each : it.locals) size += each->getAllocationSize(layout_)->getFixedValue();
    const std::uint64_t refreshed = it.retried ? size_of(it.retried->type()) : 0;
    llvm::AllocaInst* const state = buffer(size + refreshed);
    llvm::Constant* const whole = llvm::ConstantInt::get(number, it.too_much ? ~std::uint64_t{0} : size + refreshed);

    for (llvm::AllocaInst* const each : it.seen_elsewhere)
      builder.CreateCall(runtime("__gauntlet_loop_sees", {pointer}), {each});
    store_state(builder, it, it.preheader, state);
    const llvm::FunctionCallee enter = runtime("__gauntlet_loop_enter", {pointer, pointer, number, number});
    builder.CreateCall(enter, {name, state, whole, llvm::ConstantInt::get(number, refreshed)});

    builder.SetInsertPoint(it.latch->getTerminator());
    builder.SetCurrentDebugLocation(location(it));
    store_state(builder, it, it.latch, state);
    llvm::Value* const retried = it.retried ? how_it_retries(*it.retried, builder) : builder.getInt32(0);
    llvm::Type* const flag = builder.getInt32Ty();
    const llvm::FunctionCallee again = runtime("__gauntlet_loop_again", {pointer, pointer, flag, flag}, flag);
    llvm::Value* const ends = builder.CreateCall(again, {name, state, retried, builder.getInt32(it.counted ? 1 : 0)});
    if (it.counted) {
      llvm::PHINode* const value = it.counted->value;
      llvm::Value* const last = llvm::SCEVExpander(in.evolution, layout_, "gauntlet.last")
                                    .expandCodeFor(it.counted->last, value->getType(), it.preheader->getTerminator());
      const auto place = static_cast<unsigned>(value->getBasicBlockIndex(it.latch));
      llvm::Value* const next = value->getIncomingValue(place);
      value->setIncomingValue(place, builder.CreateSelect(builder.CreateIsNotNull(ends), last, next));
    }

    for (llvm::BasicBlock* const exit : it.exits) {
      builder.SetInsertPoint(exit, exit->getFirstInsertionPt());
      builder.SetCurrentDebugLocation(location(it));
      builder.CreateCall(runtime("__gauntlet_loop_leave", {pointer}), {name});
    }
    mark_inside(it, name, builder);
  }

  void mark_inside(const found& it, llvm::Constant* name, llvm::IRBuilder<>& builder) {
    llvm::Type* const pointer = builder.getPtrTy();
    const llvm::FunctionCallee dead = runtime("__gauntlet_loop_dead", {pointer, pointer, builder.getInt64Ty()});
    const auto none = llvm::ConstantPointerNull::get(builder.getPtrTy());
    for (const auto& [store, size] : it.overwriting) {
      builder.SetInsertPoint(store);
      llvm::Value* const where = llvm::isa<llvm::StoreInst>(store)
                                     ? llvm::cast<llvm::StoreInst>(store)->getPointerOperand()
                                     : llvm::cast<llvm::MemIntrinsic>(store)->getRawDest();
      builder.CreateCall(dead, {name, where, builder.getInt64(size)});
    }
    for (const auto& [lifetime, size] : it.born) {
      builder.SetInsertPoint(lifetime->getNextNode());
      builder.SetCurrentDebugLocation(location(it));
      builder.CreateCall(dead, {none, lifetime->getArgOperand(1), builder.getInt64(size)});
    }
    if (it.retried && it.retried->refresh != nullptr) {
      builder.SetInsertPoint(it.retried->refresh);
      llvm::Value* const where = it.retried->refresh->getPointerOperand();
      builder.CreateCall(dead, {name, where, builder.getInt64(size_of(it.retried->type()))});
    }
    for (llvm::AtomicRMWInst* const each : it.exchanges) exchange(*each, builder);
  }

  void exchange(llvm::AtomicRMWInst& it, llvm::IRBuilder<>& builder) {
    if (!replaced_.insert(&it).second) return;
    builder.SetInsertPoint(&it);
    const std::uint64_t bytes = size_of(it.getType());
    llvm::Type* const type = it.getType();
    const llvm::FunctionCallee call =
        runtime("__gauntlet_exchange" + std::to_string(bytes), {builder.getPtrTy(), type, builder.getInt32Ty()}, type);
    auto* const order = builder.getInt32(static_cast<std::uint32_t>(llvm::toCABI(it.getOrdering())));
    it.replaceAllUsesWith(builder.CreateCall(call, {it.getPointerOperand(), it.getValOperand(), order}));
    it.eraseFromParent();
  }

  /// What isn't of this translation unit may not be instrumented: the runtime looks where it lies.
  void mark_foreign_calls() {
    std::vector<llvm::CallBase*> all;
    for (llvm::Instruction& each : llvm::instructions(function_)) {
      auto* const call = llvm::dyn_cast<llvm::CallBase>(&each);
      if (call == nullptr || call->isInlineAsm() || only_delays(*call)) continue;
      const llvm::Function* const what = call->getCalledFunction();
      if (what != nullptr ? what->isIntrinsic() || !what->isDeclaration() || what->getName().starts_with("__gauntlet_")
                          : llvm::isa<llvm::Function>(call->getCalledOperand()->stripPointerCasts()))
        continue;
      all.push_back(call);
    }
    for (llvm::CallBase* const each : all) {
      llvm::IRBuilder<> builder(each);
      builder.CreateCall(runtime("__gauntlet_calls", {builder.getPtrTy()}), {each->getCalledOperand()});
    }
  }

  llvm::DebugLoc location(const found& it) const {
    if (const llvm::DebugLoc start = it.loop->getStartLoc()) return start;
    if (llvm::DISubprogram* const whole = function_.getSubprogram())
      return llvm::DILocation::get(function_.getContext(), whole->getLine(), 0, whole);
    return {};
  }

  llvm::Function& function_;
  llvm::FunctionAnalysisManager& analyses_;
  const llvm::DataLayout& layout_;
  llvm::SmallPtrSet<const llvm::AllocaInst*, 8> buffers_;
  llvm::SmallPtrSet<const llvm::AtomicRMWInst*, 8> replaced_;
};

}  // namespace

void mark_loops(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  marking(function, analyses).run();
}

}  // namespace gauntlet::loops
