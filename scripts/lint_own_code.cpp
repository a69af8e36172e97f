/// A check for clang-tidy that finds nothing and makes the others quick: it confines their walk to what is declared
/// outside of system headers. They would visit all of the standard library and Boost, only to keep silent about them.

#include <clang-tidy/ClangTidyCheck.h>
#include <clang-tidy/ClangTidyModule.h>
#include <clang-tidy/ClangTidyModuleRegistry.h>

namespace {

class own_code : public clang::tidy::ClangTidyCheck {
 public:
  using ClangTidyCheck::ClangTidyCheck;

  void registerMatchers(clang::ast_matchers::MatchFinder* finder) override {
    finder->addMatcher(clang::ast_matchers::translationUnitDecl().bind("unit"), this);
  }

  /// The translation unit is the first thing that is visited, and what it consists of is asked after that.
  void check(const clang::ast_matchers::MatchFinder::MatchResult& result) override {
    std::vector<clang::Decl*> ours;
    for (clang::Decl* each : result.Nodes.getNodeAs<clang::TranslationUnitDecl>("unit")->noload_decls())
      if (!each->isFromASTFile() && !result.SourceManager->isInSystemHeader(each->getLocation())) ours.push_back(each);
    result.Context->setTraversalScope(ours);
  }
};

class module : public clang::tidy::ClangTidyModule {
 public:
  void addCheckFactories(clang::tidy::ClangTidyCheckFactories& factories) override {
    factories.registerCheck<own_code>("gauntlet-own-code");
  }
};

const clang::tidy::ClangTidyModuleRegistry::Add<module> added("gauntlet", "");

}  // namespace
