#include "models/rc11/unmodified/selection.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

namespace gauntlet::rc11::unmodified {

namespace {

bool is_plain(const step& did) {
  return is_read(did) || is_write(did);
}

/// Whether it is done on the way to a thread's function, or back from it.
bool starts_threads(const step& did, harness::frames& read) {
  for (const void* const call : did.stack)
    for (const harness::frame& each : read.of(call)) {
      if (!is_library(each)) return false;
      if (each.function.find("std::thread::") != std::string::npos) return true;
    }
  return true;
}

/// Who touched which bytes, granule by granule of eight.
class touched {
 public:
  static constexpr unsigned several = ~0U;

  void add(const step& did) {
    each(did, [&](std::uintptr_t granule) {
      const auto [entry, fresh] = by_.try_emplace(granule, did.thread);
      if (!fresh && entry->second != did.thread) entry->second = several;
      return false;
    });
  }
  bool by_several(const step& did) const {
    return each(did, [&](std::uintptr_t granule) {
      const auto found = by_.find(granule);
      return found != by_.end() && found->second == several;
    });
  }

 private:
  template <class Asked>
  static bool each(const step& did, Asked asked) {
    const auto begin = reinterpret_cast<std::uintptr_t>(did.address);
    for (std::uintptr_t granule = begin / 8; did.size > 0 && granule <= (begin + did.size - 1) / 8; ++granule)
      if (asked(granule)) return true;
    return false;
  }

  std::map<std::uintptr_t, unsigned> by_;
};

}  // namespace

bool is_read(const step& did) {
  const std::string_view operation = did.operation;
  return operation == "read" || operation == "volatile read";
}

bool is_write(const step& did) {
  const std::string_view operation = did.operation;
  return operation == "write" || operation == "volatile write";
}

bool is_of_heap(const step& did) {
  const std::string_view operation = did.operation;
  return operation == "allocate" || operation == "free";
}

bool is_thread_operation(const step& did) {
  const std::string_view operation = did.operation;
  return operation == "starts a thread" || operation == "joins a thread";
}

unsigned thread_of(const step& did) {
  return static_cast<unsigned>(did.written.value_or(did.read.value_or(0)));
}

bool overlap(const step& one, const step& other) {
  const auto* const a = static_cast<const char*>(one.address);
  const auto* const b = static_cast<const char*>(other.address);
  return a != nullptr && b != nullptr && a < b + other.size && b < a + one.size;
}

bool is_library(const harness::frame& at) {
  // Of a cell, what lies between the program's main and the primitive, and between that and the language.
  constexpr std::array<std::string_view, 5> plumbing{"primitives/native.hpp", "primitives/sync.hpp",
                                                     "harness/scenario.hpp", "unmodified/cell/program.cpp",
                                                     "unmodified/cell/sync.hpp"};
  return at.file.empty() || at.file.starts_with("/usr/") ||
         std::any_of(plumbing.begin(), plumbing.end(), [&](std::string_view file) { return at.file.ends_with(file); });
}

std::vector<step> worth_telling(const account& all, std::size_t which, harness::frames& read) {
  if (all.steps.empty()) return {};
  const step& last = all.steps[which];
  std::vector<bool> kept;
  touched by;
  for (const step& did : all.steps) {
    const bool matters = &did == &last || overlap(did, last);
    kept.push_back(matters || !(is_plain(did) || is_of_heap(did)) || !starts_threads(did, read));
    if (kept.back() && !is_of_heap(did)) by.add(did);
  }
  std::vector<step> told;
  std::vector<std::size_t> place(all.steps.size());
  for (std::size_t i = 0; i < all.steps.size(); ++i) {
    const step& did = all.steps[i];
    const bool matters = &did == &last || overlap(did, last) || !(is_plain(did) || is_of_heap(did));
    if (!kept[i] || (!matters && !by.by_several(did))) {
      kept[i] = false;
      continue;
    }
    place[i] = told.size();
    told.push_back(did);
    auto& from = told.back().reads_from;
    if (from) from = kept[*from] ? std::optional(place[*from]) : std::nullopt;
    // The order of plain accesses is that of the steps.
    if (!is_read(did)) continue;
    for (std::size_t before = told.size() - 1; before-- > 0 && !from;)
      if (is_write(told[before]) && overlap(told[before], did)) from = before;
  }
  return told;
}

}  // namespace gauntlet::rc11::unmodified
