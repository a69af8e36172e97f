#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include "models/rc11/unmodified/relaxed/uses.hpp"
#include "models/rc11/unmodified/suppressions.hpp"

namespace gauntlet::rc11::unmodified {

using namespace llvm;

namespace {

const char* name_of(AtomicOrdering order) {
  switch (order) {
    case AtomicOrdering::Acquire:
      return "acquire";
    case AtomicOrdering::Release:
      return "release";
    case AtomicOrdering::AcquireRelease:
      return "acq_rel";
    case AtomicOrdering::SequentiallyConsistent:
      return "seq_cst";
    default:
      return "relaxed";
  }
}

const char* name_of(AtomicRMWInst::BinOp operation) {
  switch (operation) {
    case AtomicRMWInst::Add:
      return "fetch_add";
    case AtomicRMWInst::Sub:
      return "fetch_sub";
    case AtomicRMWInst::And:
      return "fetch_and";
    case AtomicRMWInst::Or:
      return "fetch_or";
    case AtomicRMWInst::Xor:
      return "fetch_xor";
    default:
      return "exchange";
  }
}

/// `store release`; nothing of what orders no threads.
std::optional<std::string> told(const Instruction& it) {
  const auto spelled = [](const char* operation, AtomicOrdering order) -> std::optional<std::string> {
    if (!isStrongerThanMonotonic(order)) return std::nullopt;
    return std::string(operation) + " " + name_of(order);
  };
  if (const auto* load = dyn_cast<LoadInst>(&it)) return spelled("load", load->getOrdering());
  if (const auto* store = dyn_cast<StoreInst>(&it)) return spelled("store", store->getOrdering());
  if (const auto* modify = dyn_cast<AtomicRMWInst>(&it))
    return spelled(name_of(modify->getOperation()), modify->getOrdering());
  if (const auto* exchange = dyn_cast<AtomicCmpXchgInst>(&it))
    return spelled("compare_exchange", exchange->getMergedOrdering());
  if (const auto* fence = dyn_cast<FenceInst>(&it); fence && fence->getSyncScopeID() != SyncScope::SingleThread)
    return spelled("fence", fence->getOrdering());
  return std::nullopt;
}

void make_relaxed(Instruction& it) {
  constexpr auto relaxed = AtomicOrdering::Monotonic;
  if (auto* load = dyn_cast<LoadInst>(&it)) load->setOrdering(relaxed);
  if (auto* store = dyn_cast<StoreInst>(&it)) store->setOrdering(relaxed);
  if (auto* modify = dyn_cast<AtomicRMWInst>(&it)) modify->setOrdering(relaxed);
  if (auto* exchange = dyn_cast<AtomicCmpXchgInst>(&it)) {
    exchange->setSuccessOrdering(relaxed);
    exchange->setFailureOrdering(relaxed);
  }
  if (isa<FenceInst>(it)) it.eraseFromParent();
}

/// The line that wrote the operation: the call of a library's function that is one, or has one in it.
const DILocation* written_at(const Instruction& it) {
  const DILocation* at = it.getDebugLoc().get();
  while (at != nullptr && (at->getLine() == 0 || path_of(*at).starts_with("/usr/"))) at = at->getInlinedAt();
  return at;
}

std::vector<suppression> asked_for() {
  std::vector<suppression> all;
  const char* const text = std::getenv("GAUNTLET_WEAKEN");
  std::istringstream lines(text == nullptr ? "" : text);
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) all.push_back({suppression::kind::line, line, 0, line});
  return all;
}

}  // namespace

bool weaken(Module& module) {
  const auto asked = asked_for();
  const char* const list = std::getenv("GAUNTLET_ORDERS");
  if (asked.empty() && list == nullptr) return false;
  std::set<std::string> orders;
  std::vector<Instruction*> chosen;
  for (Function& function : module)
    for (Instruction& each : instructions(function)) {
      const auto operation = function.hasFnAttribute(Attribute::SanitizeThread) ? told(each) : std::nullopt;
      const DILocation* const at = operation ? written_at(each) : nullptr;
      if (at == nullptr) continue;
      const std::string place = path_of(*at) + ":" + std::to_string(at->getLine());
      orders.insert(place + "\t" + *operation);
      if (!any_of(asked, [&](const suppression& rule) { return rule.matches(place); })) continue;
      count_use(each, "weakened: " + *operation, at);
      chosen.push_back(&each);
    }
  for (Instruction* each : chosen) make_relaxed(*each);
  if (list != nullptr)
    for (std::ofstream file(list, std::ios::app); const std::string& each : orders) file << each << '\n';
  return !chosen.empty();
}

}  // namespace gauntlet::rc11::unmodified
