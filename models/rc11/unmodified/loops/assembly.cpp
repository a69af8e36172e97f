/// x86 inline assembly, as code that has its own atomics writes it (Concurrency Kit, liburcu, moodycamel).
///
/// What an instruction means is what the processor does, told in RC11's terms: `mov` from memory acquires, `mov` to it
/// releases; whatever is locked is a read-modify-write between two seq_cst fences, as it drains the store buffer;
/// `mfence` is a seq_cst fence. `lfence`, `sfence`, `pause` and empty texts order nothing that the others don't.

#include <llvm/ADT/StringSwitch.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>

#include "models/rc11/unmodified/loops/assembly_text.hpp"
#include "models/rc11/unmodified/loops/steps.hpp"

namespace gauntlet::loops {
namespace {

using ordering = llvm::AtomicOrdering;

class translation : assembly_text {
 public:
  explicit translation(llvm::CallInst& call) : assembly_text(call) {}

  bool matters() const {
    if (instructions_.empty()) return false;
    if (instructions_[0].name == "pause" || instructions_[0].name == "nop") return true;
    for (const auto& each : text_.ParseConstraints())
      if (each.isIndirect || (each.Type == llvm::InlineAsm::isClobber && each.Codes[0] == "{memory}")) return true;
    return false;
  }

  /// Replaces the call by what it means. @return false, and nothing is changed, where that isn't known
  bool replace() {
    llvm::IRBuilder<> builder(&call_);
    builder_ = &builder;
    results_.assign(outputs_, nullptr);
    if (compare_exchange_pair()) return finish(), true;
    if (instructions_.empty() || instructions_.size() > 2) return false;
    const instruction& it = instructions_[0];
    if (!flags_are_known()) return false;
    if (!barrier(it) && !move(it) && !exchange(it) && !compare_exchange(it) && !modify(it)) return false;
    finish();
    return true;
  }

 private:
  /// The name without the suffix that says how many bytes, and those.
  static std::pair<llvm::StringRef, unsigned> sized(llvm::StringRef name, const operand* from) {
    const unsigned bytes =
        llvm::StringSwitch<unsigned>(name.take_back()).Case("b", 1).Case("w", 2).Case("l", 4).Case("q", 8).Default(0);
    for (const char* const known : {"mov", "xchg", "xadd", "cmpxchg", "inc", "dec", "neg", "not", "add", "sub", "and",
                                    "or", "xor", "bts", "btr", "btc"}) {
      if (bytes != 0 && name.drop_back() == known) return {known, bytes};
      if (name == known && from != nullptr && from->type->isSized())
        return {known, static_cast<unsigned>(from->type->getPrimitiveSizeInBits() / 8)};
    }
    return {"", 0};
  }

  llvm::IntegerType* integer(unsigned bytes) { return builder_->getIntNTy(8 * bytes); }

  /// A value's low bytes as an integer.
  llvm::Value* as_integer(llvm::Value* it, unsigned bytes) {
    llvm::Type* const type = it->getType();
    if (type->isPointerTy())
      return builder_->CreateZExtOrTrunc(builder_->CreatePtrToInt(it, builder_->getInt64Ty()), integer(bytes));
    if (!type->isIntegerTy())
      it = builder_->CreateBitCast(it, builder_->getIntNTy(static_cast<unsigned>(type->getPrimitiveSizeInBits())));
    return builder_->CreateSExtOrTrunc(it, integer(bytes));
  }

  /// What an operand that is no memory holds before: an immediate, or a register.
  llvm::Value* value(llvm::StringRef text, unsigned bytes) {
    if (text.consume_front("$$")) {
      std::int64_t number = 0;
      return text.getAsInteger(0, number) ? nullptr : llvm::ConstantInt::getSigned(integer(bytes), number);
    }
    const operand* const it = numbered(text);
    return it == nullptr || it->input == nullptr ? nullptr : as_integer(it->input, bytes);
  }

  /// What a register holds after, or before if it isn't written.
  void set(const operand& to, llvm::Value* what) {
    if (to.memory != nullptr) {
      builder_->CreateStore(builder_->CreateZExtOrTrunc(what, to.type), to.memory);
    } else if (to.output) {
      llvm::Value*& result = results_[*to.output];
      if (to.type->isPointerTy()) {
        result = builder_->CreateIntToPtr(what, to.type);
      } else if (to.type->isIntegerTy()) {
        result = builder_->CreateZExtOrTrunc(what, to.type);
      } else {
        result = builder_->CreateBitCast(what, to.type);
      }
    }
  }

  void full_fence() { builder_->CreateFence(ordering::SequentiallyConsistent); }

  bool barrier(const instruction& it) {
    const bool stack = it.locked && it.operands.size() == 2 && it.operands[0] == "$$0" &&
                       (it.operands[1].ends_with("(%rsp)") || it.operands[1].ends_with("(%esp)"));
    if (it.name == "mfence" || stack)
      full_fence();
    else if (!(it.name == "lfence" || it.name == "sfence" || it.name == "pause" || it.name == "nop" ||
               it.name.starts_with("prefetch")))
      return false;
    return true;
  }

  bool move(const instruction& it) {
    if (it.operands.size() != 2) return false;
    operand* const from = numbered(it.operands[0]);
    operand* const to = numbered(it.operands[1]);
    const auto [name, bytes] = sized(it.name, to);
    if (name != "mov" || to == nullptr) return false;
    if (from != nullptr && from->memory != nullptr && to->output) {
      llvm::LoadInst* const loaded = builder_->CreateAlignedLoad(integer(bytes), from->memory, llvm::Align(bytes));
      loaded->setAtomic(ordering::Acquire);
      set(*to, loaded);
      return true;
    }
    if (to->memory == nullptr || (from != nullptr && from->memory != nullptr)) return false;
    llvm::Value* const what = value(it.operands[0], bytes);
    if (what == nullptr) return false;
    builder_->CreateAlignedStore(what, to->memory, llvm::Align(bytes))->setAtomic(ordering::Release);
    return true;
  }

  llvm::Value* read_modify_write(llvm::AtomicRMWInst::BinOp what, llvm::Value* where, llvm::Value* with,
                                 unsigned bytes) {
    full_fence();
    llvm::Value* const before =
        builder_->CreateAtomicRMW(what, where, with, llvm::Align(bytes), ordering::SequentiallyConsistent);
    full_fence();
    return before;
  }

  /// xchg, which is locked by itself, and xadd.
  bool exchange(const instruction& it) {
    if (it.operands.size() != 2) return false;
    operand* memory = numbered(it.operands[1]);
    operand* other = numbered(it.operands[0]);
    if (memory == nullptr || other == nullptr) return false;
    const auto [name, bytes] = sized(it.name, memory);
    if (name == "xchg" && memory->memory == nullptr) std::swap(memory, other);
    if (!(name == "xchg" || (name == "xadd" && it.locked)) || memory->memory == nullptr || other->input == nullptr)
      return false;
    const auto what = name == "xchg" ? llvm::AtomicRMWInst::Xchg : llvm::AtomicRMWInst::Add;
    set(*other, read_modify_write(what, memory->memory, as_integer(other->input, bytes), bytes));
    return true;
  }

  bool compare_exchange(const instruction& it) {
    if (it.operands.size() != 2 || !it.locked) return false;
    operand* const memory = numbered(it.operands[1]);
    const auto [name, bytes] = sized(it.name, memory);
    if (name != "cmpxchg" || memory == nullptr || memory->memory == nullptr) return false;
    llvm::Value* const desired = value(it.operands[0], bytes);
    // The accumulator: what it holds before may be an input of its own.
    const operand* before = nullptr;
    const operand* after = nullptr;
    for (const operand& each : operands_) {
      if (each.constraint != "{ax}") continue;
      if (each.input != nullptr) before = &each;
      if (each.output) after = &each;
    }
    if (before == nullptr || desired == nullptr) return false;
    full_fence();
    llvm::Value* const both =
        builder_->CreateAtomicCmpXchg(memory->memory, as_integer(before->input, bytes), desired, llvm::Align(bytes),
                                      ordering::SequentiallyConsistent, ordering::SequentiallyConsistent);
    full_fence();
    zero_flag_ = builder_->CreateExtractValue(both, 1);
    if (after != nullptr) set(*after, builder_->CreateExtractValue(both, 0));
    return true;
  }

  /// What a register holds before: from an operand that is bound to it, or moved there from what `$k` points to.
  llvm::Value* before(llvm::StringRef bound, llvm::StringRef moved) {
    for (const instruction& each : instructions_) {
      if (each.name != "movq" || each.operands.size() != 2 || each.operands[1] != moved) continue;
      llvm::StringRef from = each.operands[0];
      unsigned offset = 0;
      if (from.consumeInteger(10, offset) || !from.consume_front("(") || !from.consume_back(")")) return nullptr;
      const operand* const where = numbered(from);
      if (where == nullptr || where->input == nullptr || !where->input->getType()->isPointerTy()) return nullptr;
      llvm::Value* const there = builder_->CreateConstGEP1_64(builder_->getInt8Ty(), where->input, offset);
      return builder_->CreateAlignedLoad(integer(8), there, llvm::Align(8));
    }
    for (const operand& each : operands_)
      if (each.constraint == bound && each.input != nullptr) return as_integer(each.input, 8);
    return nullptr;
  }

  /// cmpxchg16b, of rdx:rax to rcx:rbx; and as a load, when these are made the same.
  bool compare_exchange_pair() {
    const auto found = llvm::find_if(instructions_, [](const instruction& it) { return it.name == "cmpxchg16b"; });
    if (found == instructions_.end() || !found->locked || found->operands.size() != 1) return false;
    operand* const memory = numbered(found->operands[0]);
    const instruction& last = instructions_.back();
    const bool flag = last.name == "setz" || last.name == "sete";
    if (memory == nullptr || memory->memory == nullptr || std::next(found, flag ? 2 : 1) != instructions_.end())
      return false;
    if (flag && (last.operands.size() != 1 || numbered(last.operands[0]) == nullptr)) return false;
    const auto moves = [&](unsigned which, llvm::StringRef from, llvm::StringRef to) {
      const instruction& it = instructions_[which];
      return it.name == "movq" && it.operands.size() == 2 && it.operands[0] == from && it.operands[1] == to;
    };
    const bool loads = found == instructions_.begin() + 2 && moves(0, "%rdx", "%rcx") && moves(1, "%rax", "%rbx");
    llvm::Value* const none = builder_->getInt64(0);
    llvm::Value* const parts[] = {loads ? none : before("{ax}", "%rax"), loads ? none : before("{dx}", "%rdx"),
                                  loads ? none : before("{bx}", "%rbx"), loads ? none : before("{cx}", "%rcx")};
    if (llvm::is_contained(parts, nullptr)) return false;
    const auto pair = [&](llvm::Value* low, llvm::Value* high) {
      return builder_->CreateOr(builder_->CreateZExt(low, integer(16)),
                                builder_->CreateShl(builder_->CreateZExt(high, integer(16)), 64));
    };
    full_fence();
    llvm::Value* const both = builder_->CreateAtomicCmpXchg(
        memory->memory, pair(parts[0], parts[1]), pair(parts[2], parts[3]), llvm::Align(16),
        ordering::SequentiallyConsistent, ordering::SequentiallyConsistent);
    full_fence();
    zero_flag_ = builder_->CreateExtractValue(both, 1);
    llvm::Value* const seen = builder_->CreateExtractValue(both, 0);
    for (const operand& each : operands_) {
      if (each.output && each.constraint == "{ax}") set(each, builder_->CreateTrunc(seen, integer(8)));
      if (each.output && each.constraint == "{dx}")
        set(each, builder_->CreateTrunc(builder_->CreateLShr(seen, 64), integer(8)));
    }
    return true;
  }

  /// neg, for which there is no read-modify-write: it is tried until it succeeds. @return the value before
  llvm::Value* negate(llvm::Value* where, unsigned bytes) {
    full_fence();
    llvm::LoadInst* const first = builder_->CreateAlignedLoad(integer(bytes), where, llvm::Align(bytes));
    first->setAtomic(ordering::Monotonic);
    llvm::BasicBlock* const before = call_.getParent();
    llvm::BasicBlock* const after = llvm::SplitBlock(before, &call_);
    auto* const loop = llvm::BasicBlock::Create(call_.getContext(), "negate", before->getParent(), after);
    before->getTerminator()->setSuccessor(0, loop);
    builder_->SetInsertPoint(loop);
    builder_->SetCurrentDebugLocation(call_.getDebugLoc());
    llvm::PHINode* const seen = builder_->CreatePHI(integer(bytes), 2);
    llvm::Value* const both = builder_->CreateAtomicCmpXchg(where, seen, builder_->CreateNeg(seen), llvm::Align(bytes),
                                                            ordering::SequentiallyConsistent, ordering::Monotonic);
    seen->addIncoming(first, before);
    seen->addIncoming(builder_->CreateExtractValue(both, 0), loop);
    builder_->CreateCondBr(builder_->CreateExtractValue(both, 1), after, loop);
    builder_->SetInsertPoint(&call_);
    full_fence();
    return seen;
  }

  /// What writes memory and leaves only flags.
  bool modify(const instruction& it) {
    if (it.operands.empty() || it.operands.size() > 2 || !it.locked) return false;
    operand* const memory = numbered(it.operands.back());
    const auto [name, bytes] = sized(it.name, memory);
    if (memory == nullptr || memory->memory == nullptr) return false;
    using rmw = llvm::AtomicRMWInst;
    llvm::Value* const one = llvm::ConstantInt::get(integer(bytes), 1);
    if (name == "neg") {
      if (it.operands.size() != 1) return false;
      zero_flag_ = builder_->CreateIsNull(negate(memory->memory, bytes));
      return true;
    }
    llvm::Value* with = it.operands.size() == 2 ? value(it.operands[0], bytes) : one;
    if (with == nullptr) return false;
    llvm::Value* where = memory->memory;
    const bool tests_bit = name.starts_with("bt");
    if (tests_bit) {
      // Beyond the word it is a bit of another one; an immediate isn't.
      const unsigned bits = 8 * bytes;
      if (!llvm::isa<llvm::ConstantInt>(with))
        where = builder_->CreateGEP(integer(bytes), where, builder_->CreateAShr(with, llvm::Log2_32(bits)));
      with = builder_->CreateShl(one, builder_->CreateAnd(with, bits - 1));
    }
    const auto what = llvm::StringSwitch<rmw::BinOp>(name)
                          .Cases("inc", "add", rmw::Add)
                          .Cases("dec", "sub", rmw::Sub)
                          .Cases("and", "btr", rmw::And)
                          .Cases("or", "bts", rmw::Or)
                          .Cases("xor", "btc", "not", rmw::Xor)
                          .Default(rmw::BAD_BINOP);
    if (what == rmw::BAD_BINOP) return false;
    llvm::Value* const minus_one = llvm::ConstantInt::getSigned(integer(bytes), -1);
    llvm::Value* const operand = name == "not" ? minus_one : name == "btr" ? builder_->CreateNot(with) : with;
    llvm::Value* const before = read_modify_write(what, where, operand, bytes);
    if (tests_bit) {
      carry_flag_ = builder_->CreateIsNotNull(builder_->CreateAnd(before, with));
    } else if (name != "not") {
      llvm::Value* const after = what == rmw::Add   ? builder_->CreateAdd(before, operand)
                                 : what == rmw::Sub ? builder_->CreateSub(before, operand)
                                 : what == rmw::And ? builder_->CreateAnd(before, operand)
                                 : what == rmw::Or  ? builder_->CreateOr(before, operand)
                                                    : builder_->CreateXor(before, operand);
      zero_flag_ = builder_->CreateIsNull(after);
    }
    return true;
  }

  /// Whether all flags that are asked for are ones that the first instruction sets, as modify() knows them.
  bool flags_are_known() {
    const llvm::StringRef first = instructions_[0].name;
    const bool carry = first.starts_with("bt");
    bool zero = !carry && !first.starts_with("not");
    for (const char* const none : {"mov", "xchg", "xadd"}) zero = zero && !first.starts_with(none);
    for (const operand& each : operands_)
      if (llvm::StringRef(each.constraint).starts_with("{@cc") &&
          !((each.constraint == "{@ccz}" && zero) || (each.constraint == "{@ccc}" && carry)))
        return false;
    if (instructions_.size() == 1) return true;
    const instruction& second = instructions_[1];
    return second.operands.size() == 1 && numbered(second.operands[0]) != nullptr &&
           (second.name == "setc" ? carry : zero && (second.name == "setz" || second.name == "sete"));
  }

  void finish() {
    if (instructions_.back().name.starts_with("set")) {
      llvm::Value* const flag = instructions_.back().name == "setc" ? carry_flag_ : zero_flag_;
      if (flag != nullptr) set(*numbered(instructions_.back().operands[0]), flag);
    }
    for (const operand& each : operands_) {
      if (!each.output) continue;
      if (llvm::StringRef(each.constraint).starts_with("{@cc"))
        set(each, each.constraint == "{@ccc}" ? carry_flag_ : zero_flag_);
      else if (results_[*each.output] == nullptr && each.input != nullptr)
        results_[*each.output] = each.input;
    }
    if (outputs_ == 1 && !call_.getType()->isStructTy()) {
      call_.replaceAllUsesWith(results_[0] == nullptr ? llvm::PoisonValue::get(call_.getType()) : results_[0]);
    } else if (outputs_ > 1) {
      llvm::Value* all = llvm::PoisonValue::get(call_.getType());
      for (unsigned i = 0; i < outputs_; ++i)
        if (results_[i] != nullptr) all = builder_->CreateInsertValue(all, results_[i], i);
      call_.replaceAllUsesWith(all);
    }
    call_.eraseFromParent();
  }

  llvm::IRBuilder<>* builder_ = nullptr;
  std::vector<llvm::Value*> results_;
  llvm::Value* zero_flag_ = nullptr;
  llvm::Value* carry_flag_ = nullptr;
};

/// A call that says where the program has come to something unknown.
void announce(llvm::CallInst& call) {
  llvm::IRBuilder<> builder(&call);
  const llvm::DILocation* const at = call.getDebugLoc();
  const auto& text = *llvm::cast<llvm::InlineAsm>(call.getCalledOperand());
  llvm::Type* const pointer = builder.getPtrTy();
  const llvm::FunctionCallee tell = call.getModule()->getOrInsertFunction("__gauntlet_assembly", builder.getVoidTy(),
                                                                          pointer, builder.getInt32Ty(), pointer);
  builder.CreateCall(
      tell, {builder.CreateGlobalStringPtr(at == nullptr ? "" : at->getFilename()),
             builder.getInt32(at == nullptr ? 0 : at->getLine()), builder.CreateGlobalStringPtr(text.getAsmString())});
}

}  // namespace

void translate_assembly(llvm::Module& module) {
  std::vector<llvm::CallInst*> all;
  for (llvm::Function& function : module)
    for (llvm::Instruction& each : llvm::instructions(function))
      if (auto* const call = llvm::dyn_cast<llvm::CallInst>(&each); call != nullptr && call->isInlineAsm())
        all.push_back(call);
  for (llvm::CallInst* const each : all) {
    translation it(*each);
    if (it.matters() && !it.replace()) announce(*each);
  }
}

}  // namespace gauntlet::loops
