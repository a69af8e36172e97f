/// A plugin for clang with a pass that makes relaxed atomic accesses of plain ones: of those to what carries the
/// attribute
///
///     [[clang::annotate("gauntlet::relaxed")]] node* next;    a member, a variable, or a function with all it accesses
///
/// and of those that the file of suppressions names which the environment variable GAUNTLET_SUPPRESSIONS gives. They
/// are explored as that: the engine has no exception to make for them. Suppressed volatile accesses become acquire
/// loads and release stores: who orders threads by them relies on what x86's mov does. It runs before anything is
/// optimised, where a function is what was written, and members are still accessed as members.

#include <llvm/ADT/StringExtras.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/Demangle/Demangle.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Passes/PassPlugin.h>

#include <cstdlib>
#include <stdexcept>

#include "models/rc11/unmodified/relaxed/uses.hpp"
#include "models/rc11/unmodified/suppressions.hpp"

namespace {

using namespace llvm;
using namespace gauntlet::rc11::unmodified;

constexpr StringRef annotation = "gauntlet::relaxed";

bool says_relaxed(const Value* text) {
  StringRef found;
  return getConstantStringInfo(text, found) && found == annotation;
}

class relaxing {
 public:
  relaxing(Module& module, const std::vector<suppression>& rules) : module_(module), rules_(rules) {}

  bool run() {
    collect_annotated();
    SmallVector<std::pair<Instruction*, std::string>> chosen;
    for (Function& function : module_)
      if (function.hasFnAttribute(Attribute::SanitizeThread))
        for (Instruction& each : instructions(function))
          if (auto by = reason(each); !by.empty()) chosen.emplace_back(&each, std::move(by));
    bool changed = false;
    for (auto& [each, by] : chosen) changed |= relax(*each, by);
    return changed;
  }

 private:
  /// Functions, variables, and what clang wraps each access to an annotated member in.
  void collect_annotated() {
    if (const auto* all = module_.getGlobalVariable("llvm.global.annotations"); all && all->hasInitializer())
      for (const Use& each : all->getInitializer()->operands())
        if (const auto* entry = dyn_cast<ConstantStruct>(each); entry && says_relaxed(entry->getOperand(1)))
          annotated_.insert(entry->getOperand(0)->stripPointerCasts());
    for (Function& function : module_)
      for (Instruction& each : instructions(function)) {
        const auto* call = dyn_cast<IntrinsicInst>(&each);
        if (call == nullptr) continue;
        if (call->getIntrinsicID() == Intrinsic::ptr_annotation && says_relaxed(call->getArgOperand(1)))
          annotated_.insert(call);
        if (call->getIntrinsicID() == Intrinsic::var_annotation && says_relaxed(call->getArgOperand(1)))
          annotated_.insert(call->getArgOperand(0)->stripPointerCasts());
      }
  }

  /// Whether a pointer points into something annotated.
  bool is_annotated(const Value* pointer) const {
    for (int steps = 0; steps < 32; ++steps) {
      if (annotated_.contains(pointer)) return true;
      if (const auto* part = dyn_cast<GEPOperator>(pointer))
        pointer = part->getPointerOperand();
      else if (pointer->stripPointerCasts() != pointer)
        pointer = pointer->stripPointerCasts();
      else
        return false;
    }
    return false;
  }

  /// The suppression that the access falls under, `annotated`, or "".
  std::string reason(const Instruction& access) const {
    SmallVector<const Value*, 2> pointers;
    if (const auto* load = dyn_cast<LoadInst>(&access); load && !load->isAtomic())
      pointers = {load->getPointerOperand()};
    else if (const auto* store = dyn_cast<StoreInst>(&access); store && !store->isAtomic())
      pointers = {store->getPointerOperand()};
    else if (const auto* copy = dyn_cast<MemCpyInst>(&access))
      pointers = {copy->getRawDest(), copy->getRawSource()};
    else
      return "";
    if (any_of(pointers, [this](const Value* each) { return is_annotated(each); }) ||
        annotated_.contains(access.getFunction()))
      // What is the function's alone stays what it is.
      return all_of(pointers, is_local) && !any_of(pointers, [this](const Value* each) { return is_annotated(each); })
                 ? ""
                 : "annotated";
    if (all_of(pointers, is_local)) return "";
    for (const suppression& rule : rules_)
      if (falls_under(access, pointers, rule)) return rule.text;
    return "";
  }

  static bool is_local(const Value* pointer) { return isa<AllocaInst>(getUnderlyingObject(pointer)); }

  bool falls_under(const Instruction& access, ArrayRef<const Value*> pointers, const suppression& rule) const {
    const auto name = [&] { return demangle(access.getFunction()->getName().str()); };
    switch (rule.what) {
      case suppression::kind::function:
        return rule.matches(name());
      case suppression::kind::is_volatile:
        return access.isVolatile() && rule.matches(name());
      case suppression::kind::line: {
        const DILocation* at = access.getDebugLoc().get();
        return at != nullptr && rule.matches(path_of(*at) + ":" + std::to_string(at->getLine()));
      }
      case suppression::kind::type:
        return any_of(pointers, [&](const Value* each) { return is_member_of(each, rule); });
    }
    return false;
  }

  /// Whether the pointer was made by naming a member of a class, or of a member of it, that the rule names.
  static bool is_member_of(const Value* pointer, const suppression& rule) {
    for (int steps = 0; steps < 32; ++steps) {
      if (const auto* part = dyn_cast<GEPOperator>(pointer)) {
        const auto* type = dyn_cast<StructType>(part->getSourceElementType());
        if (is_named(type, rule) || is_named(dyn_cast<StructType>(part->getResultElementType()), rule)) return true;
        pointer = part->getPointerOperand();
      } else if (const auto* call = dyn_cast<IntrinsicInst>(pointer);
                 call && call->getIntrinsicID() == Intrinsic::ptr_annotation) {
        pointer = call->getArgOperand(0);
      } else {
        // The first member is accessed by the address of the object itself: at least a constant's type is known.
        const auto* variable = dyn_cast<GlobalVariable>(pointer);
        return variable != nullptr && is_named(dyn_cast<StructType>(variable->getValueType()), rule);
      }
    }
    return false;
  }

  static bool is_named(const StructType* type, const suppression& rule) {
    return type != nullptr && type->hasName() && rule.matches(type_name(type->getName()));
  }

  /// `bank::account` for `struct.bank::account.12`.
  static std::string type_name(StringRef name) {
    for (const StringRef kind : {"struct.", "class.", "union."})
      if (name.consume_front(kind)) break;
    const auto [front, back] = name.rsplit('.');
    return (!back.empty() && all_of(back, isDigit) ? front : name).str();
  }

  bool relax(Instruction& access, StringRef by) {
    if (auto* load = dyn_cast<LoadInst>(&access)) {
      if (!is_atomic_type(load->getType())) return false;
      load->setAtomic(load->isVolatile() ? AtomicOrdering::Acquire : AtomicOrdering::Monotonic);
    } else if (auto* store = dyn_cast<StoreInst>(&access)) {
      if (!is_atomic_type(store->getValueOperand()->getType())) return false;
      store->setAtomic(store->isVolatile() ? AtomicOrdering::Release : AtomicOrdering::Monotonic);
    } else {
      return relax_copy(cast<MemCpyInst>(access), by);
    }
    count_use(access, by, access.getDebugLoc().get());
    return true;
  }

  /// A copy of an object that fits a register is one access there and one here.
  bool relax_copy(MemCpyInst& copy, StringRef by) {
    const auto* size = dyn_cast<ConstantInt>(copy.getLength());
    if (size == nullptr || !isPowerOf2_64(size->getZExtValue()) || size->getZExtValue() > 16) return false;
    IRBuilder<> at(&copy);
    Type* const type = at.getIntNTy(static_cast<unsigned>(size->getZExtValue() * 8));
    const auto alignment = [](MaybeAlign known) { return known.valueOrOne(); };
    auto* const value = at.CreateAlignedLoad(type, copy.getRawSource(), alignment(copy.getSourceAlign()));
    auto* const store = at.CreateAlignedStore(value, copy.getRawDest(), alignment(copy.getDestAlign()));
    if (!is_local(copy.getRawSource())) value->setAtomic(AtomicOrdering::Monotonic);
    if (!is_local(copy.getRawDest())) store->setAtomic(AtomicOrdering::Monotonic);
    count_use(copy, by, copy.getDebugLoc().get());
    copy.eraseFromParent();
    return true;
  }

  bool is_atomic_type(Type* type) const {
    if (!type->isIntegerTy() && !type->isPointerTy() && !type->isFloatingPointTy()) return false;
    const auto bits = module_.getDataLayout().getTypeSizeInBits(type).getFixedValue();
    return bits >= 8 && bits <= 128 && isPowerOf2_64(bits);
  }

  Module& module_;
  const std::vector<suppression>& rules_;
  SmallPtrSet<const Value*, 16> annotated_;
};

struct relaxed_pass : PassInfoMixin<relaxed_pass> {
  PreservedAnalyses run(Module& module, ModuleAnalysisManager&) {
    std::vector<suppression> rules;
    if (const char* const file = std::getenv("GAUNTLET_SUPPRESSIONS"); file != nullptr && *file != 0) try {
        rules = read_suppressions(file);
      } catch (const std::invalid_argument& error) {
        module.getContext().emitError(error.what());
      }
    return relaxing(module, rules).run() ? PreservedAnalyses::none() : PreservedAnalyses::all();
  }
  /// Where nothing is optimised, too.
  static bool isRequired() { return true; }
};

/// See weaken() in uses.hpp: nothing, mostly.
struct weaken_pass : PassInfoMixin<weaken_pass> {
  PreservedAnalyses run(Module& module, ModuleAnalysisManager&) {
    return weaken(module) ? PreservedAnalyses::none() : PreservedAnalyses::all();
  }
  static bool isRequired() { return true; }
};

}  // namespace

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "gauntlet_relaxed", LLVM_VERSION_STRING, [](PassBuilder& builder) {
            builder.registerPipelineStartEPCallback(
                [](ModulePassManager& passes, OptimizationLevel) { passes.addPass(relaxed_pass()); });
            builder.registerOptimizerLastEPCallback(
                [](ModulePassManager& passes, OptimizationLevel) { passes.addPass(weaken_pass()); });
          }};
}
