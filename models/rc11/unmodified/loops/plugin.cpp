/// Clang's plugin for programs that are explored unmodified: -fpass-plugin=build/lib/gauntlet_loops.so, beside
/// -fsanitize=thread, whose pass runs after the optimiser and reports the accesses that are left.

#include <llvm/Passes/PassBuilder.h>
#include <llvm/Passes/PassPlugin.h>

#include "models/rc11/unmodified/loops/steps.hpp"

namespace gauntlet::loops {
namespace {

class pass : public llvm::PassInfoMixin<pass> {
 public:
  // Called by its name in LLVM.
  static bool isRequired() { return true; }

  llvm::PreservedAnalyses run(llvm::Module& module, llvm::ModuleAnalysisManager& analyses) {
    auto& of_functions = analyses.getResult<llvm::FunctionAnalysisManagerModuleProxy>(module).getManager();
    translate_assembly(module);
    flatten(module, of_functions);
    for (llvm::Function& each : module)
      if (!each.isDeclaration() && each.hasFnAttribute(llvm::Attribute::SanitizeThread)) mark_loops(each, of_functions);
    return llvm::PreservedAnalyses::none();
  }
};

}  // namespace
}  // namespace gauntlet::loops

extern "C" LLVM_ATTRIBUTE_WEAK llvm::PassPluginLibraryInfo llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "gauntlet_loops", "1", [](llvm::PassBuilder& builder) {
            builder.registerPipelineStartEPCallback([](llvm::ModulePassManager& passes, llvm::OptimizationLevel) {
              passes.addPass(gauntlet::loops::pass());
            });
          }};
}
