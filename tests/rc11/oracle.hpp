#pragma once
/// What a memory model says of a litmus program, by brute force and straight from the definitions: every choice of
/// reads-from and of modification orders, each one judged by axioms over boolean matrices. Slow, small, and independent
/// of what it is there to test.
///
/// Sources: RC11: Lahav, Vafeiadis, Kang, Hur & Dreyer 2017, "Repairing Sequential Consistency in C/C++11", with
/// C++20's release sequences (P0982: read-modify-writes only). C++20: [intro.races], [atomics.order]. TSO: Owens,
/// Sarkar & Sewell 2009, "A Better x86 Memory Model: x86-TSO". SC: Shasha & Snir 1988. RA: Lahav, Giannarakis &
/// Vafeiadis 2016, "Taming Release-Acquire Consistency".

#include <set>

#include "tests/rc11/candidate.hpp"

namespace gauntlet::oracle {

/// All of them forbid cycles of program order and reads-from.
enum class model : std::uint8_t {
  /// One interleaving of all that the threads do.
  sc,
  /// x86: a seq_cst store is a move and a fence, a read-modify-write is locked, no other order costs an instruction.
  tso,
  /// Every atomic access is at least acquire or release; what is seq_cst is so as in rc11.
  ra,
  rc11,
  /// As rc11, but seq_cst as [atomics.order] has it.
  cxx20,
};

/// An execution that a model allows.
struct execution {
  const candidate& what;
  /// By location: its writes, the initial one first.
  std::array<std::vector<unsigned>, litmus::location_count> coherence;
  /// Two conflicting accesses, one of them plain, that no happens-before orders.
  bool racy = false;
  /// Some awaits never end: what they read, which is the newest there is, isn't what they wait for. Or somebody sleeps
  /// for ever.
  bool stuck = false;
  /// Who fell asleep, woke and gave up in which order, in words: see queues.hpp.
  std::string queues = {};

  litmus::memory_image memory() const;
};

/// Calls `found` once for each execution of the program that the model allows.
void each_execution(const litmus::program& what, model by, const std::function<void(const execution&)>& found);

struct verdict {
  std::uint64_t executions = 0;
  std::set<std::string> outcomes;
  bool racy = false;
};

/// @param observed the locations whose final value belongs to an outcome
verdict judge(const litmus::program& what, const std::vector<litmus::location>& observed, model by);

/// Who reads from whom, and the coherence order, in a form that doesn't depend on how the execution was found:
/// `1.0<0.1` says that thread 1's first instruction reads from thread 0's second; `-` stands for the initial write.
/// Plain accesses are left out: where there is no race they have no choice.
std::string signature(const execution& found);

}  // namespace gauntlet::oracle
