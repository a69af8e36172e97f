#pragma once
/// The interface between what every cell shares (harness/main.cpp, harness/suite.cpp) and the engine that explores it.
///
/// An engine defines `run`, and the functions that harness/scenario.hpp promises to scenarios. It returns facts;
/// grading them is scripts/report.py's.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/frames.hpp"
#include "harness/scenario.hpp"
#include "harness/tally.hpp"

namespace gauntlet::harness {

/// One recorded failure, to run again: `<primitive>.<engine>.<check>.<threads>x<operations>.<seed>.<iteration>`.
struct replay_token {
  std::string primitive;
  std::string engine;
  std::string check;
  shape size;
  std::uint64_t seed = 0;
  std::uint64_t iteration = 0;
};

std::string to_string(const replay_token& token);

/// @throws std::invalid_argument naming the token and what one looks like
replay_token parse_replay(std::string_view token);

/// What a run of a cell is asked to do. The command line is checked before an engine sees this.
struct options {
  /// From the binary's name, `<primitive>.<engine>`.
  std::string primitive;
  std::string engine;
  /// Budget for each check, above 0.
  double seconds = 2;
  std::uint64_t seed = 1;
  /// The file that records are appended to; empty when nobody collects them.
  std::string records;
  /// The one failure to run again. It is of this cell, and only its check is run.
  std::optional<replay_token> replay;
  /// Checks not to run.
  std::vector<std::string> skip;
  /// Of rc11: whether nothing is left out because another execution shows it: not what differs in which of several
  /// alike roles did what, nor a retry whose first look is out of date, nor a brief look in vain.
  bool every_execution = false;
};

/// A source position. Files below the project's root are named relative to it.
struct position {
  std::string file;
  unsigned line = 0;
  std::string function;
};

/// The position of a sync call or a scenario.
position at(sync::site where);

/// One step of an execution. Thread -1 is before() and after().
struct trace_event {
  std::uint64_t step = 0;
  int thread = -1;
  std::string role;
  std::string operation;
  /// A name ("serving_", "cells_[1].sequence"), never an address.
  std::string variable;
  std::string value;
  std::string order;
  /// The step whose value was read.
  std::optional<std::uint64_t> reads_from;
  /// The value read was not the newest one.
  bool stale = false;
  std::optional<position> where;
};

/// A lock that a thread held, and where it had taken it, if that is known.
struct held_lock {
  std::string name;
  std::vector<frame> frames;
};

struct stack {
  /// "write of 4 bytes by thread T2"
  std::string title;
  /// access, allocation, free, creation, lock, thread or location
  std::string kind;
  /// Innermost first.
  std::vector<frame> frames;
  /// Of an access or a lock: whose it is, or empty.
  std::string thread = {};
  /// Of a lock in a cycle of locks: the one acquired, and the one held then; or empty.
  std::string lock = {};
  std::string holding = {};
  /// Of an access, where the tool tells.
  std::optional<std::vector<held_lock>> held = {};
};

/// A promise that did not hold.
struct violation {
  /// data_race, deadlock, livelock, lost_wakeup, assertion, use_after_free, double_free, leak, not_linearizable,
  /// lock_order, lock_misuse, starvation, not_lock_free, hang, crash or undefined
  std::string violation_class;
  std::string message;
  std::optional<position> where;
  std::vector<trace_event> trace;
  std::vector<stack> stacks;
  /// A replay token.
  std::string replay;
  /// A tool's own words, or empty.
  std::string text;
  /// How often what failed was run again, and failed again.
  struct repetition {
    unsigned failed;
    unsigned attempts;
  };
  std::optional<repetition> reproduced = {};
  /// The strongest memory model under which it still occurs: sc, tso or rc11; or empty.
  std::string strongest_model = {};
  /// The execution graph in Graphviz's language, or empty.
  std::string dot = {};
};

/// How often others got a lock while a thread waited for it.
struct fairness {
  std::map<unsigned, std::uint64_t> waits_by_overtakings;
  /// Jain's index of the threads' shares of the lock, on average over so many rounds: 1 if all are equal.
  double jain = 1;
  std::uint64_t rounds = 0;
};

enum class finding { clean, violated, unknown };

/// complete: every execution of the sizes in `bounds`; bounded: every one within further limits; sampled: some.
enum class coverage { complete, bounded, sampled };

/// How far one of a check's searches came: a size, with so many spurious wake-ups and failures at most.
struct search_record {
  shape size;
  unsigned spurious_wakeups = 0;
  /// Whether it came to its end.
  bool complete = false;
  std::uint64_t explored = 0;
  double seconds = 0;
  /// How many executions it has, by its own estimate where it isn't complete.
  double estimate = 0;
  /// What ended it before its end was memory, not time.
  bool out_of_memory = false;
};

/// What one check found: a check object of build/results/<primitive>.<engine>.json.
struct result {
  std::string check;
  finding outcome = finding::unknown;
  coverage covered = coverage::sampled;
  /// The largest size explored; none for a behaviour cell.
  std::optional<shape> bounds;
  /// Threads of which some may be exchanged for others, where of executions that differ in that one was explored.
  std::optional<unsigned> interchangeable = {};
  /// How many timed waits of one execution timed out early, and how many waits ended spuriously, at most; where more
  /// could have.
  std::optional<unsigned> time_outs = {};
  std::optional<unsigned> spurious_wakeups = {};
  /// Where a loop was left unfinished that would go round for ever, or too long to tell; empty if none was.
  std::string loop = {};
  std::uint64_t explored = 0;
  /// executions, iterations or runs
  std::string unit;
  double seconds = 0;
  std::uint64_t seed = 0;
  std::optional<violation> broken;
  std::optional<fairness> fair = {};
  /// What executions came to, and what else they may; none if the scenario has no outcome.
  std::vector<counted> outcomes = {};
  /// Of an engine that can come to an end, in the order of their sizes.
  std::vector<search_record> searches = {};
  /// For a result that is unknown: why. Empty otherwise.
  std::string reason;
  /// What else a reader should know.
  std::vector<std::string> notes = {};
  /// What this process would say of further checks is worth nothing: they need another one.
  bool last = false;
};

/// Whether a scenario is for this engine: it names a size for it. Defined by each engine.
bool explores(const scenario& what);

/// Explores one scenario within the budget of `how`, or replays how.replay. Defined by each engine. The caller writes
/// the `started` and `finished` records; an engine may write `violation` and `stalled` ones (harness/records.hpp).
result run(const scenario& what, const options& how);

}  // namespace gauntlet::harness
