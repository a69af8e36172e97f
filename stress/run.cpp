/// The engine's entry: a check within its budget, or a recorded failure again. All stress flavours.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>

#include "harness/engine.hpp"
#include "harness/records.hpp"
#include "stress/driver.hpp"
#include "stress/perturbation.hpp"
#include "stress/sanitizer.hpp"

namespace gauntlet::harness {
namespace {

using clock = std::chrono::steady_clock;

constexpr unsigned attempts = 20;
constexpr double attempt_seconds = 1;
/// After so long there are no more attempts: who runs the cell would take it for hung, and the watchdog may need its
/// seconds for each.
constexpr auto long_enough = std::chrono::seconds(10);
constexpr double brief_seconds = 0.02;
/// How long the threads of a violation are kept as they are, for whoever reads records to look at their stacks.
constexpr auto viewing = std::chrono::seconds(20);

stress::assignment assign(const scenario& what, const options& how) {
  stress::assignment made;
  made.cell = {how.primitive, how.engine, what.name, what.native, how.seed, 0};
  made.size = what.native;
  made.seed = how.seed;
  made.seconds = how.seconds;
  return made;
}

result result_of(const scenario& what, const options& how) {
  result made;
  made.check = what.name;
  made.covered = coverage::sampled;
  made.bounds = what.native;
  made.unit = "iterations";
  made.seed = how.seed;
  return made;
}

void tell(const scenario& what, const options& how, const stress::exploration& found) {
  if (!found.standing) return records::violated(what.name, *found.broken);
  std::fprintf(stderr, "%s: %s: %s\n", what.name.c_str(), found.broken->violation_class.c_str(),
               found.broken->message.c_str());
  records::stalled(what.name, *found.broken);
  if (!how.records.empty()) std::this_thread::sleep_for(viewing);
}

/// Leaks are told from the state of the whole process, so after one no other can be seen.
void look_for_leaks(result& made, const scenario& what, const options& how) {
  static std::string leaked;
  if (!leaked.empty()) {
    made.outcome = finding::unknown;
    made.reason = "the check " + leaked + " leaked, and further leaks cannot be told from that; run this check alone";
  } else if (stress::leaks()) {
    leaked = what.name;
    made.outcome = finding::violated;
    made.broken = violation{.violation_class = "leak",
                            .message = "memory is lost when the check is over; where it was allocated is in the log",
                            .where = {},
                            .trace = {},
                            .stacks = {},
                            .replay = to_string({how.primitive, how.engine, what.name, what.native, how.seed, 0}),
                            .text = ""};
    made.last = true;
    records::violated(what.name, *made.broken);
  }
}

/// Schedules do not repeat exactly, but what was drawn for the round does: its workload, its perturbation, who played
/// which part. So that round is run again and again, several times until it fails.
result replay(const scenario& what, const options& how) {
  const replay_token& token = *how.replay;
  stress::assignment again = assign(what, how);
  again.cell = token;
  again.size = token.size;
  again.seed = token.seed;
  again.seconds = std::min(how.seconds, attempt_seconds);
  again.only = token.iteration;
  result made = result_of(what, how);
  made.bounds = token.size;
  made.seed = token.seed;
  unsigned reproduced = 0, tried = 0;
  for (const auto end = clock::now() + long_enough; tried < attempts && clock::now() < end; ++tried) {
    const auto found = stress::driver::explore(what, again);
    made.explored += found.instances;
    if (!found.broken) continue;
    ++reproduced;
    made.broken = found.broken;
  }
  std::printf("reproduced %u of %u\n", reproduced, tried);
  made.outcome = reproduced > 0 ? finding::violated : finding::unknown;
  if (reproduced == 0) made.reason = "not reproduced in " + std::to_string(tried) + " attempts";
  if (reproduced > 0) made.broken->reproduced = {.failed = reproduced, .attempts = tried};
  return made;
}

/// Which schedule a failing round had, and how often it fails again; appended to what was found. Once a process: it
/// takes some hundred milliseconds. Not for what a sanitizer reports, as it would do so each time, nor for threads that
/// are stuck, as they would be so each time until the watchdog is sure.
void tell_reproduction(violation& broken, const scenario& what, const options& how) {
  const replay_token token = parse_replay(broken.replay);
  broken.message +=
      "\nround " + std::to_string(token.iteration) + " of seed " + std::to_string(token.seed) +
      "; disturbed by: " + describe(stress::draw_round(token.seed, token.iteration, what, token.size.threads));
  static bool told = false;
  if (std::exchange(told, true)) return;
  stress::assignment again = assign(what, how);
  again.seconds = brief_seconds;
  again.only = token.iteration;
  unsigned failed = 0;
  for (unsigned i = 0; i < attempts; ++i) failed += stress::driver::explore(what, again).broken ? 1 : 0;
  broken.reproduced = {.failed = failed, .attempts = attempts};
  broken.message += "; fails again in " + std::to_string(failed) + " of " + std::to_string(attempts) + " attempts of " +
                    std::to_string(static_cast<int>(brief_seconds * 1000)) + " ms";
}

}  // namespace

result run(const scenario& what, const options& how) {
  const auto start = clock::now();
  static const bool sees = stress::sees();
  result made;
  if (!sees) {
    made = result_of(what, how);
    made.reason = "the sanitizer does not report a known fault on this machine, so its silence says nothing";
  } else if (how.replay) {
    made = replay(what, how);
  } else {
    made = result_of(what, how);
    const auto found = stress::driver::explore(what, assign(what, how));
    made.explored = found.instances;
    made.outcomes = found.outcomes;
    made.broken = found.broken;
    made.fair = found.fair;
    made.outcome = found.broken ? finding::violated : finding::clean;
    if (found.broken) tell(what, how, found);
    if (found.broken && !found.standing && how.engine == "stress") tell_reproduction(*made.broken, what, how);
    if (!found.broken) look_for_leaks(made, what, how);
  }
  made.seconds = std::chrono::duration<double>(clock::now() - start).count();
  return made;
}

}  // namespace gauntlet::harness
