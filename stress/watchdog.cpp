/// The watchdog. All stress flavours.

#include "stress/watchdog.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace gauntlet::stress {
namespace {

constexpr auto asleep_time = std::chrono::milliseconds(100);
constexpr double spinning_seconds = 2;
constexpr double certain_seconds = 0.5;
constexpr double starving_seconds = 5;
constexpr double silent_seconds = 10;
constexpr double round_seconds = 20;
constexpr std::uint64_t vain_iterations = 1000;

doing state_of(const activity& thread) {
  return thread.now.load(std::memory_order_relaxed);
}

bool finished(const activity& thread) {
  return state_of(thread) == doing::finished || state_of(thread) == doing::nothing;
}

/// In a wait that only another thread can end.
bool asleep(const activity& thread) {
  const doing now = state_of(thread);
  return (now == doing::sleeping || now == doing::joining) &&
         sleeps_in_kernel(thread.thread.load(std::memory_order_relaxed));
}

/// The word that a thread sleeps on, by way of the kernel: it may be gone.
std::optional<std::uint32_t> word_of(const activity& thread) {
  if (state_of(thread) != doing::sleeping) return std::nullopt;
  static const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  std::uint32_t word = 0;
  const auto address = reinterpret_cast<std::uintptr_t>(thread.word.load(std::memory_order_relaxed));
  if (::pread(memory, &word, sizeof word, static_cast<off_t>(address)) != sizeof word) return std::nullopt;
  return word;
}

bool overslept(const activity& thread) {
  const auto word = word_of(thread);
  return word && *word != thread.expected.load(std::memory_order_relaxed);
}

harness::position place(const activity& thread) {
  return harness::at({.file = thread.file.load(std::memory_order_relaxed),
                      .function = thread.function.load(std::memory_order_relaxed),
                      .line = thread.line.load(std::memory_order_relaxed)});
}

std::string describe(const participant& who) {
  const activity& thread = *who.thread;
  const auto where = place(thread);
  const std::string there = where.function + " (" + where.file + ":" + std::to_string(where.line) + ")";
  switch (state_of(thread)) {
    case doing::sleeping: {
      const auto word = word_of(thread);
      return who.role + " sleeps in futex_wait in " + there + ": expected " +
             std::to_string(thread.expected.load(std::memory_order_relaxed)) +
             (word ? ", the word is " + std::to_string(*word) : ", the word is gone");
    }
    case doing::sleeping_until:
      return who.role + " sleeps in futex_wait_until in " + there;
    case doing::spinning:
      return who.role + " spins in " + there;
    case doing::joining:
      return who.role + " joins a thread in " + there;
    case doing::suspended:
      return who.role + " is suspended";
    case doing::running:
      return who.role + " runs";
    case doing::nothing:
    case doing::finished:
      break;
  }
  return who.role + " has finished";
}

/// The stuck thread that holds the lock which another one waits for, or null.
const participant* blocker(const participant* who, const std::vector<const participant*>& stuck) {
  const watched_lock* const wanted = who->thread->wanted.load(std::memory_order_relaxed);
  const activity* const holder = wanted == nullptr ? nullptr : wanted->holder();
  const auto found = std::find_if(stuck.begin(), stuck.end(), [&](auto* one) { return one->thread == holder; });
  return found == stuck.end() ? nullptr : *found;
}

/// Threads of which each waits for a lock that the next one holds, and the last for one of the first. Empty if there
/// are none.
std::vector<const participant*> circle(const std::vector<const participant*>& stuck) {
  for (const participant* first : stuck) {
    std::vector<const participant*> made;
    for (const participant* who = first; who != nullptr && made.size() < stuck.size(); who = blocker(who, stuck)) {
      made.push_back(who);
      if (blocker(who, stuck) == first) return made;
    }
  }
  return {};
}

/// Who waits for whose lock: first the threads of a circle, then the others.
std::string describe_locks(const std::vector<const participant*>& stuck) {
  std::string text;
  std::vector<const participant*> order = circle(stuck);
  for (const participant* who : stuck)
    if (std::find(order.begin(), order.end(), who) == order.end()) order.push_back(who);
  for (const participant* who : order)
    if (const participant* const holder = blocker(who, stuck))
      text.append("\n").append(who->role).append(" waits for a lock that ").append(holder->role).append(" holds");
  return text;
}

harness::violation describe(const char* violation_class, const char* headline,
                            const std::vector<const participant*>& stuck) {
  harness::violation made;
  made.violation_class = violation_class;
  made.message = headline + describe_locks(stuck);
  for (const participant* who : stuck) made.message += "\n" + describe(*who);
  const auto telling = std::find_if(stuck.begin(), stuck.end(), [](auto* who) { return overslept(*who->thread); });
  const participant& first = telling != stuck.end() ? **telling : *stuck.front();
  if (state_of(*first.thread) != doing::running) made.where = place(*first.thread);
  return made;
}

}  // namespace

bool sleeps_in_kernel(pid_t thread) {
  const std::string path = "/proc/self/task/" + std::to_string(thread) + "/stat";
  const auto file = syscall(SYS_openat, AT_FDCWD, path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  char text[256];
  const auto size = syscall(SYS_read, file, text, sizeof text);
  syscall(SYS_close, file);
  if (size <= 0) return false;
  // "id (name) state …"; the name may hold anything, so the last parenthesis counts.
  const std::string_view stat(text, static_cast<std::size_t>(size));
  const auto name_end = stat.rfind(')');
  return name_end != std::string_view::npos && name_end + 2 < stat.size() && stat[name_end + 2] == 'S';
}

std::optional<harness::violation> watchdog::look(std::uint64_t round, const std::vector<participant>& everybody) {
  const auto now = clock::now();
  std::vector<const participant*> stuck;
  bool all_asleep = true, all_spin = true, all_stuck = true, suspended = false;
  const bool still = stands_still(now, round, everybody);
  for (std::size_t i = 0; i < everybody.size(); ++i) {
    const activity& thread = *everybody[i].thread;
    if (finished(thread)) continue;
    stuck.push_back(&everybody[i]);
    const bool sleeps = asleep(thread);
    const bool spins = spins_in_vain(i, thread);
    const bool stopped = state_of(thread) == doing::suspended;
    all_asleep = all_asleep && sleeps;
    all_spin = all_spin && spins;
    all_stuck = all_stuck && (sleeps || spins || stopped);
    suspended = suspended || stopped;
  }
  if (stuck.empty() || !still || !all_asleep) asleep_since_.reset();
  if (stuck.empty()) return std::nullopt;
  const bool lost = std::any_of(stuck.begin(), stuck.end(), [](auto* who) { return overslept(*who->thread); });
  if (still && all_asleep) {
    if (!asleep_since_) asleep_since_ = now;
    if (now - *asleep_since_ >= asleep_time)
      return lost ? describe("lost_wakeup", "nobody is left to wake a thread whose word has changed", stuck)
                  : describe("deadlock", "every thread that is left sleeps", stuck);
  }
  const auto silence = now - progress_since_;
  if (all_stuck && suspended && silence >= scaled(certain_seconds))
    return describe("not_lock_free", "nobody can go on while one thread is suspended", stuck);
  // Asked only of threads that have stood still: the lock that one wants may be gone as soon as it moves.
  const bool still_for_long = all_stuck && !suspended && silence >= scaled(certain_seconds);
  const bool certain = still_for_long && !lost && !circle(stuck).empty();
  if (still_for_long && silence >= scaled(certain ? certain_seconds : spinning_seconds))
    return lost ? describe("lost_wakeup", "nobody is left to wake a thread whose word has changed", stuck)
           : all_spin && !certain
               ? describe("livelock", "every thread that is left spins, and nothing changes", stuck)
               : describe("deadlock", "every thread that is left sleeps or spins, and nothing changes", stuck);
  if (auto starved = starvation(now, everybody)) return starved;
  if (silence >= scaled(silent_seconds)) return describe("hang", "nobody does anything", stuck);
  if (now - round_since_ >= scaled(round_seconds)) return describe("hang", "this round does not end", stuck);
  return std::nullopt;
}

bool watchdog::quiet(const std::vector<participant>& everybody) {
  bool all = stands_still(clock::now(), 0, everybody);
  for (std::size_t i = 0; all && i < everybody.size(); ++i) {
    const activity& thread = *everybody[i].thread;
    all = finished(thread) || asleep(thread) || spins_in_vain(i, thread);
  }
  return all;
}

/// Threads that have been in one wait for long, though somebody did something not long ago.
std::optional<harness::violation> watchdog::starvation(clock::time_point now,
                                                       const std::vector<participant>& everybody) {
  standings_.resize(everybody.size(), {0, now});
  std::vector<const participant*> starving;
  for (std::size_t i = 0; i < everybody.size(); ++i) {
    const activity& thread = *everybody[i].thread;
    const std::uint64_t progress = thread.progress.load(std::memory_order_relaxed);
    const bool waits = state_of(thread) == doing::spinning || state_of(thread) == doing::sleeping;
    if (!waits || progress != standings_[i].progress) standings_[i] = {progress, now};
    if (now - standings_[i].since >= scaled(starving_seconds)) starving.push_back(&everybody[i]);
  }
  if (starving.empty() || now - progress_since_ >= scaled(1)) return std::nullopt;
  if (!circle(starving).empty()) return describe("deadlock", "these wait for each other, while others go on", starving);
  return describe("starvation", "others go on and on, and this thread waits", starving);
}

/// Whether nothing has happened since the last look.
bool watchdog::stands_still(clock::time_point now, std::uint64_t round, const std::vector<participant>& everybody) {
  std::uint64_t progress = 0;
  for (const auto& who : everybody) progress += who.thread->progress.load(std::memory_order_relaxed);
  const bool another = round != round_ || everybody.size() != fruitless_.size();
  if (!another && progress == progress_) return true;
  if (another) round_since_ = now;
  round_ = round;
  progress_ = progress;
  progress_since_ = now;
  fruitless_.clear();
  for (const auto& who : everybody) fruitless_.push_back(who.thread->fruitless.load(std::memory_order_relaxed));
  return false;
}

bool watchdog::spins_in_vain(std::size_t index, const activity& thread) const {
  return state_of(thread) == doing::spinning &&
         thread.fruitless.load(std::memory_order_relaxed) - fruitless_[index] >= vain_iterations;
}

watchdog::clock::duration watchdog::scaled(double seconds) const {
  return std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds * slowdown_));
}

}  // namespace gauntlet::stress
