#pragma once
/// What a contract is made of, and how it crosses into an engine: type-erased, so that an engine is compiled once and a
/// cell adds one small translation unit.

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include "primitives/sync.hpp"

namespace gauntlet::harness {

struct recorded;

/// How large a run of a scenario is.
struct shape {
  unsigned threads = 2;
  /// Operations of each role; what counts as one is the scenario's to say.
  unsigned operations = 1;
  /// sync::threads that the scenario starts itself, at most. The models need the number beforehand.
  unsigned spawned = 0;

  friend bool operator==(const shape&, const shape&) = default;
};

/// Something that an execution may come to: what it is told by, as many numbers as its scenario needs.
struct prospect {
  std::vector<std::int64_t> values;
  /// Only threads that run at the same time come to it.
  bool interesting = false;
};

/// A small concurrent program, engine-agnostic. Its class has
///   `explicit S(shape)`; `void thread(unsigned role)`, run once for each role below shape.threads, all at once;
/// and may have
///   `void before()` and `void after()`, which run alone, ordered with every thread(); `static std::string_view
///   role(unsigned)`, the part that a role plays ("producer");
///   `static bool alike(unsigned one, unsigned other)`, whether the two roles may be exchanged: it changes nothing but
///   values that name a role, nobody waits for one of them by its number, and after() asks of none what it did; engines
///   may then explore one of executions that differ in that only;
///   `std::span<const std::int64_t> outcome()`, what the execution came to, asked after after(). With it go
///   `static std::vector<prospect> allowed()`, all that the specification lets it come to, and `static std::string
///   words(std::span<const std::int64_t>)`, an outcome as people read it. What isn't allowed fails the check. Its sizes
///   are all one. Engines run many instances side by side, and count: no thread() may wait for another to return.
/// It asserts with sync::check. An instance is run once: engines make a new one for every execution.
struct scenario {
  std::string name;
  /// The promise under test, a sentence.
  std::string promise;
  /// Sizes for the models, explored in this order; none if it says nothing in a model.
  std::vector<shape> model;
  /// Size for native threads.
  shape native;

  std::size_t size = 0;
  std::size_t alignment = 0;
  const std::type_info* type = nullptr;
  void (*construct)(void* storage, shape) = nullptr;
  void (*before)(void*) = nullptr;
  void (*thread)(void*, unsigned role) = nullptr;
  void (*after)(void*) = nullptr;
  void (*destroy)(void*) noexcept = nullptr;
  std::string_view (*role)(unsigned) = nullptr;
  bool (*alike)(unsigned one, unsigned other) = [](unsigned, unsigned) { return false; };

  /// Null, as is `words`, if there is none; then nothing is said about what is allowed.
  std::span<const std::int64_t> (*outcome)(void*) = nullptr;
  std::string (*words)(std::span<const std::int64_t>) = nullptr;
  std::vector<prospect> allowed = {};
};

/// The sizes that a scenario is explored at.
struct sizes {
  std::vector<shape> model;
  shape native;
};

/// What one cell checks: a primitive against its kind's promises.
class contract {
 public:
  /// Adds scenario S. @param name snake_case, unique in the contract @param promise what it would show to be broken
  template <class S>
  void add(std::string name, std::string promise, sizes at) {
    scenario erased{.name = std::move(name),
                    .promise = std::move(promise),
                    .model = std::move(at.model),
                    .native = at.native,
                    .size = sizeof(S),
                    .alignment = alignof(S),
                    .type = &typeid(S),
                    .construct = [](void* storage, shape how) { ::new (storage) S(how); },
                    .before = [](void*) {},
                    .thread = [](void* self, unsigned role) { static_cast<S*>(self)->thread(role); },
                    .after = [](void*) {},
                    .destroy = [](void* self) noexcept { static_cast<S*>(self)->~S(); },
                    .role = [](unsigned) -> std::string_view { return "worker"; }};
    if constexpr (requires(S& s) { s.before(); }) erased.before = [](void* self) { static_cast<S*>(self)->before(); };
    if constexpr (requires(S& s) { s.after(); }) erased.after = [](void* self) { static_cast<S*>(self)->after(); };
    if constexpr (requires { S::role(0U); })
      erased.role = [](unsigned which) -> std::string_view { return S::role(which); };
    if constexpr (requires { S::alike(0U, 1U); }) {
      static_assert(!requires(S& s) { s.outcome(); }, "gauntlet: what comes out is counted, whoever did it");
      erased.alike = [](unsigned one, unsigned other) { return S::alike(one, other); };
    }
    if constexpr (requires(S& s) { s.outcome(); }) {
      erased.outcome = [](void* self) -> std::span<const std::int64_t> { return static_cast<S*>(self)->outcome(); };
      erased.words = &S::words;
      erased.allowed = S::allowed();
    }
    scenarios_.push_back(std::move(erased));
  }

  const std::vector<scenario>& scenarios() const noexcept { return scenarios_; }

 private:
  std::vector<scenario> scenarios_;
};

// What a scenario may ask of the engine that runs it. Each engine defines these.

/// Returns once `role` cannot go on by itself: it sleeps in a futex wait, waits in sync::spin_until, or has finished.
void until_blocked(unsigned role);

/// Returns once none of the other threads can go on by itself, all at the same time: each sleeps in a futex wait that
/// has no deadline, waits in sync::spin_until, or has finished. What they did before that is visible. One thread of a
/// scenario may ask.
void until_quiet();

/// Whether until_blocked(role) would return at once. The models always say no.
bool is_blocked(unsigned role);

/// Stops the calling thread at one of its next `steps` operations of the seam, drawn from the run's seed, until every
/// other role has finished: what they do must not need it. The models don't stop it.
/// @param steps at least 1
void suspend_within(std::uint32_t steps);

/// Hands over how often others got a lock while a thread waited for it, and how many times each thread got it.
/// @param overtaken by wait @param shares by thread
void record_fairness(const std::vector<unsigned>& overtaken, const std::vector<unsigned>& shares);

/// A choice from 0 to `alternatives` - 1, drawn from the run's seed.
std::uint32_t choose(std::uint32_t alternatives);

/// Stamps of a call, just before it and just after it returned, for in_real_time().
std::uint64_t call_begins();
std::uint64_t call_ends();

/// Makes numbers of a history's stamps: if one call returned before another began, that is the smaller one, but for an
/// error of up to timestamp_error(). Asked once all that is in the history has happened.
/// @return false if there is no time in which these calls were made
bool in_real_time(std::vector<recorded>& history);
std::uint64_t timestamp_error();

/// Fails the running check with a class of its own; sync::check is the "assertion" class. Does not return.
[[noreturn]] void fail(const char* violation_class, const std::string& message, sync::site where = sync::site::here());

/// The contract of this cell's primitive, defined by harness/cell.cpp.
contract cell_contract();

}  // namespace gauntlet::harness
