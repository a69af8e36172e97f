#include "models/rc11/cell/told_accesses.hpp"

#include <unwind.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "models/rc11/arena.hpp"

namespace gauntlet::rc11 {

namespace {

constexpr std::size_t deepest = 24;

_Unwind_Reason_Code take_call(_Unwind_Context* context, void* into) {
  auto& calls = *static_cast<std::vector<const void*>*>(into);
  calls.push_back(reinterpret_cast<const void*>(_Unwind_GetIP(context)));
  return calls.size() < deepest ? _URC_NO_REASON : _URC_END_OF_STACK;
}

bool says_nothing(const harness::frame& at) {
  return at.file.empty() || at.line == 0 || at.file.starts_with("models/rc11/");
}
/// What lies between a primitive and the language.
bool is_plumbing(const harness::frame& at) {
  constexpr std::array<std::string_view, 4> folders{"/usr/", "models/", "harness/", "primitives/sync.hpp"};
  return std::any_of(folders.begin(), folders.end(), [&](std::string_view one) { return at.file.starts_with(one); });
}

bool is_write(const model::told_step& did) {
  return std::string_view(did.operation) == "write";
}
/// And no release of ordinary memory, nor anything of the seam's.
bool is_access(const model::told_step& did) {
  return did.extent != 0 && std::string_view(did.operation) != "free";
}

/// Of at most 8 bytes.
void see_value(model::told_step& of) {
  of.type = {model::value_kind::unsigned_integer, static_cast<std::uint8_t>(of.extent)};
  std::memcpy(&of.value, of.object, of.extent);
}

}  // namespace

void told_accesses::clear() {
  const arena::use ordinary(arena::ordinary);
  begun_.clear();
  unseen_.clear();
}

void told_accesses::see_write(int thread) {
  const auto found = unseen_.find(thread);
  if (found == unseen_.end()) return;
  see_value(told_[found->second]);
  unseen_.erase(found);
}

void told_accesses::begin(const char* operation, const void* address, std::size_t size) {
  const arena::use ordinary(arena::ordinary);
  model::told_step step;
  step.operation = operation;
  step.thread = told_.acting();
  step.object = address;
  step.extent = size;
  std::vector<const void*> calls;
  _Unwind_Backtrace(&take_call, &calls);
  step.place = &places_[calls];
  see_write(step.thread);
  // What a write writes isn't known yet.
  if (size <= 8 && is_access(step) && !is_write(step)) see_value(step);
  told_.intend(step);
  begun_[step.thread] = step;
}

void told_accesses::end() {
  const arena::use ordinary(arena::ordinary);
  model::told_step step = begun_[told_.acting()];
  if (step.extent <= 8 && is_write(step)) unseen_[step.thread] = told_.all().size();
  told_.add(step, engine().last_event());
}

harness::position told_accesses::place_of(const std::vector<const void*>& calls) {
  if (!read_) read_.emplace();
  std::optional<harness::position> any;
  for (const void* const call : calls)
    for (const harness::frame& each : read_->of(call)) {
      if (says_nothing(each)) continue;
      if (!is_plumbing(each)) return {each.file, each.line, each.function};
      if (!any) any = {each.file, each.line, each.function};
    }
  return any.value_or(harness::position{});
}

/// The order of accesses to ordinary memory is that of the steps.
void told_accesses::find_sources() {
  for (std::size_t i = 0; i < told_.all().size(); ++i) {
    model::told_step& did = told_[i];
    if (!is_access(did) || is_write(did)) continue;
    for (std::size_t before = i; before-- > 0 && !did.reads_from;)
      if (is_access(told_[before]) && is_write(told_[before]) && overlap(told_[before], did)) did.reads_from = before;
  }
}

std::vector<bool> told_accesses::worth_telling(const model::told_step& failed) const {
  struct granule {
    std::set<int> roles;
    bool written = false;
  };
  std::map<std::uintptr_t, granule> touched;
  const auto each_granule = [](const model::told_step& did, auto visit) {
    const auto begin = reinterpret_cast<std::uintptr_t>(did.object);
    for (auto at = begin / 8; at <= (begin + did.extent - 1) / 8; ++at) visit(at);
  };
  const auto& all = told_.all();
  for (const auto& did : all)
    if (is_access(did) && did.thread != told_.first())
      each_granule(did, [&](std::uintptr_t at) {
        touched[at].roles.insert(did.thread);
        touched[at].written |= is_write(did);
      });
  std::vector<bool> kept;
  for (const auto& did : all) {
    bool shared = did.extent == 0 || (failed.extent != 0 && overlap(did, failed));
    if (!shared && is_access(did))
      each_granule(did, [&](std::uintptr_t at) {
        const auto found = touched.find(at);
        shared |= found != touched.end() && found->second.written && found->second.roles.size() > 1;
      });
    kept.push_back(shared);
  }
  return kept;
}

void told_accesses::settle(const model::told_step& failed) {
  while (!unseen_.empty()) see_write(unseen_.begin()->first);
  find_sources();
  told_.keep(worth_telling(failed));
  std::set<const harness::position*> wanted{failed.place};
  for (const auto& did : told_.all()) wanted.insert(did.place);
  for (auto& [calls, place] : places_)
    if (wanted.contains(&place) && place.file.empty()) place = place_of(calls);
}

}  // namespace gauntlet::rc11
