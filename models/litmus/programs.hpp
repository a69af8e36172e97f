#pragma once
/// Litmus tests: tests of the model engines, not of primitives. Each program has one outcome that tells memory models
/// apart, named and graded as in the literature (Alglave, Maranget & Tautschnig 2014, "Herding Cats"; Lahav et al.
/// 2017, "Repairing Sequential Consistency in C/C++11"; C++20 [atomics.order]).

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario.hpp"

namespace gauntlet::litmus {

using order = std::memory_order;
inline constexpr order rlx = order::relaxed;
inline constexpr order acq = order::acquire;
inline constexpr order rel = order::release;
inline constexpr order sc = order::seq_cst;

/// What the threads share, and what they read: up to four registers.
struct machine {
  sync::atomic<unsigned> x{0};
  sync::atomic<unsigned> y{0};
  std::array<unsigned, 4> r{};

  void store(sync::atomic<unsigned>& to, unsigned value, order how) { to.store(value, how); }
  void load(unsigned into, sync::atomic<unsigned>& from, order how) { r[into] = from.load(how); }
};

/// One program. @param weak the outcome in question: register values, one digit each, then the final x and y
struct program {
  std::string_view name;
  unsigned threads;
  void (*run)(machine&, unsigned thread);
  std::string_view weak;
  /// By C++20.
  bool allowed;
};

// clang-format off
inline const std::vector<program> programs = {
    // Store buffering: both loads miss the other thread's store.
    {"sb_rlx", 2, [](machine& m, unsigned t) { m.store(t == 0 ? m.x : m.y, 1, rlx); m.load(t, t == 0 ? m.y : m.x, rlx); }, "000011", true},
    {"sb_rel_acq", 2, [](machine& m, unsigned t) { m.store(t == 0 ? m.x : m.y, 1, rel); m.load(t, t == 0 ? m.y : m.x, acq); }, "000011", true},
    {"sb_sc", 2, [](machine& m, unsigned t) { m.store(t == 0 ? m.x : m.y, 1, sc); m.load(t, t == 0 ? m.y : m.x, sc); }, "000011", false},
    {"sb_sc_fences", 2, [](machine& m, unsigned t) { m.store(t == 0 ? m.x : m.y, 1, rlx); sync::fence(sc); m.load(t, t == 0 ? m.y : m.x, rlx); }, "000011", false},
    // Message passing: the flag is seen, the message isn't.
    {"mp_rlx", 2, [](machine& m, unsigned t) { if (t == 0) { m.store(m.x, 1, rlx); m.store(m.y, 1, rlx); } else { m.load(0, m.y, rlx); m.load(1, m.x, rlx); } }, "100011", true},
    {"mp_rel_rlx", 2, [](machine& m, unsigned t) { if (t == 0) { m.store(m.x, 1, rlx); m.store(m.y, 1, rel); } else { m.load(0, m.y, rlx); m.load(1, m.x, rlx); } }, "100011", true},
    {"mp_rel_acq", 2, [](machine& m, unsigned t) { if (t == 0) { m.store(m.x, 1, rlx); m.store(m.y, 1, rel); } else { m.load(0, m.y, acq); m.load(1, m.x, rlx); } }, "100011", false},
    {"mp_fences", 2, [](machine& m, unsigned t) { if (t == 0) { m.store(m.x, 1, rlx); sync::fence(rel); m.store(m.y, 1, rlx); } else { m.load(0, m.y, rlx); sync::fence(acq); m.load(1, m.x, rlx); } }, "100011", false},
    // Load buffering: each load reads the store that follows the other. RC11 and Relacy exclude it.
    {"lb_rlx", 2, [](machine& m, unsigned t) { m.load(t, t == 0 ? m.x : m.y, rlx); m.store(t == 0 ? m.y : m.x, 1, rlx); }, "110011", true},
    {"lb_acq_rel", 2, [](machine& m, unsigned t) { m.load(t, t == 0 ? m.x : m.y, acq); m.store(t == 0 ? m.y : m.x, 1, rel); }, "110011", false},
    // Coherence of two reads of one variable.
    {"corr", 2, [](machine& m, unsigned t) { if (t == 0) { m.store(m.x, 1, rlx); } else { m.load(0, m.x, rlx); m.load(1, m.x, rlx); } }, "100010", false},
    // 2+2W: in modification order, both first stores come last.
    {"2_2w_rlx", 2, [](machine& m, unsigned t) { m.store(t == 0 ? m.x : m.y, 1, rlx); m.store(t == 0 ? m.y : m.x, 2, rlx); }, "000011", true},
    {"2_2w_sc", 2, [](machine& m, unsigned t) { m.store(t == 0 ? m.x : m.y, 1, sc); m.store(t == 0 ? m.y : m.x, 2, sc); }, "000011", false},
    // Write-to-read causality.
    {"wrc_rlx", 3, [](machine& m, unsigned t) { if (t == 0) { m.store(m.x, 1, rlx); } else if (t == 1) { m.load(0, m.x, rlx); m.store(m.y, 1, rlx); } else { m.load(1, m.y, rlx); m.load(2, m.x, rlx); } }, "110011", true},
    // Forbidden though the first store is relaxed: the reads of x are ordered by happens-before, and coherence holds.
    {"wrc_rel_acq", 3, [](machine& m, unsigned t) { if (t == 0) { m.store(m.x, 1, rlx); } else if (t == 1) { m.load(0, m.x, acq); m.store(m.y, 1, rel); } else { m.load(1, m.y, acq); m.load(2, m.x, rlx); } }, "110011", false},
    // Independent reads of independent writes: two readers disagree on the order of two stores.
    {"iriw_acq", 4, [](machine& m, unsigned t) { if (t < 2) { m.store(t == 0 ? m.x : m.y, 1, rel); } else { m.load(2 * t - 4, t == 2 ? m.x : m.y, acq); m.load(2 * t - 3, t == 2 ? m.y : m.x, acq); } }, "101011", true},
    {"iriw_sc", 4, [](machine& m, unsigned t) { if (t < 2) { m.store(t == 0 ? m.x : m.y, 1, sc); } else { m.load(2 * t - 4, t == 2 ? m.x : m.y, sc); m.load(2 * t - 3, t == 2 ? m.y : m.x, sc); } }, "101011", false},
};
// clang-format on

/// The scenario that runs `the_program` and collects what came out.
inline const program* the_program = nullptr;
inline std::set<std::string> outcomes;

class trial {
 public:
  explicit trial(harness::shape) {}
  void thread(unsigned role) { the_program->run(machine_, role); }
  void after() {
    std::string seen;
    for (const unsigned value : machine_.r) seen += std::to_string(value);
    seen += std::to_string(machine_.x.load(rlx)) + std::to_string(machine_.y.load(rlx));
    outcomes.insert(seen);
  }

 private:
  machine machine_;
};

/// @return `it` as an engine takes it
inline harness::contract scenario_of(const program& it) {
  the_program = &it;
  outcomes.clear();
  harness::contract made;
  made.add<trial>(std::string(it.name), "", {.model = {{it.threads, 1}}, .native = {it.threads, 1}});
  return made;
}

}  // namespace gauntlet::litmus
