/// Weak compare-exchanges, which may fail though they find what they expect. ThreadSanitizer's pass takes them for
/// strong ones: so the engine is asked before each, and where it says so the instruction is left out. In a loop that
/// only tries again that would show nothing new, and nobody is asked.

#include <llvm/IR/IRBuilder.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>

#include "models/rc11/unmodified/loops/steps.hpp"

namespace gauntlet::loops {

void may_fail(llvm::AtomicCmpXchgInst& it) {
  const llvm::DataLayout& layout = it.getModule()->getDataLayout();
  llvm::IRBuilder<> builder(&it);
  llvm::Value* const expected = it.getCompareOperand();
  const auto bytes = layout.getTypeStoreSize(expected->getType()).getFixedValue();
  llvm::Type* const integer = builder.getIntNTy(static_cast<unsigned>(8 * bytes));
  llvm::Type* const flag = builder.getInt32Ty();
  llvm::FunctionCallee ask =
      it.getModule()->getOrInsertFunction("__gauntlet_fails" + std::to_string(bytes),
                                          llvm::FunctionType::get(flag, {builder.getPtrTy(), integer, flag}, false));
  llvm::cast<llvm::Function>(ask.getCallee())->setDoesNotThrow();
  auto* const order = builder.getInt32(static_cast<std::uint32_t>(llvm::toCABI(it.getFailureOrdering())));
  llvm::Value* const fails = builder.CreateIsNotNull(
      builder.CreateCall(ask, {it.getPointerOperand(), builder.CreateBitOrPointerCast(expected, integer), order}));
  llvm::Value* failed = builder.CreateInsertValue(llvm::PoisonValue::get(it.getType()), expected, 0);
  failed = builder.CreateInsertValue(failed, builder.getFalse(), 1);

  llvm::Instruction* const next = it.getNextNode();
  llvm::Instruction* const tries = llvm::SplitBlockAndInsertIfElse(fails, next->getIterator(), false);
  llvm::BasicBlock* const asked = it.getParent();
  it.moveBefore(tries);
  builder.SetInsertPoint(next->getParent(), next->getParent()->getFirstInsertionPt());
  llvm::PHINode* const found = builder.CreatePHI(it.getType(), 2);
  it.replaceAllUsesWith(found);
  found->addIncoming(failed, asked);
  found->addIncoming(&it, tries->getParent());
}

}  // namespace gauntlet::loops
