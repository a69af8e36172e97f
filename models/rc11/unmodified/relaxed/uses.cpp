#include "models/rc11/unmodified/relaxed/uses.hpp"

#include <llvm/Demangle/Demangle.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/IRBuilder.h>

namespace gauntlet::rc11::unmodified {

using namespace llvm;

std::string path_of(const DILocation& at) {
  const std::string file = at.getFilename().str();
  return StringRef(file).starts_with("/") ? file : at.getDirectory().str() + "/" + file;
}

void count_use(Instruction& access, StringRef by, const DILocation* where) {
  IRBuilder<> at(&access);
  Module& module = *access.getModule();
  auto* const pointer = at.getPtrTy();
  auto* const type = StructType::get(pointer, pointer, pointer, at.getInt32Ty());
  const auto text = [&](const std::string& value) { return at.CreateGlobalString(value, "gauntlet.relaxed"); };
  auto* const use = new GlobalVariable(module, type, true, GlobalValue::PrivateLinkage,
                                       ConstantStruct::get(type, {text(by.str()), text(where ? path_of(*where) : ""),
                                                                  text(demangle(access.getFunction()->getName().str())),
                                                                  at.getInt32(where ? where->getLine() : 0)}),
                                       "gauntlet.relaxed.use");
  at.CreateCall(module.getOrInsertFunction("__gauntlet_relaxed", at.getVoidTy(), pointer), {use});
}

}  // namespace gauntlet::rc11::unmodified
