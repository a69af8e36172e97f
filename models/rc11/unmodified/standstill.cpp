#include "models/rc11/unmodified/standstill.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "models/rc11/unmodified/selection.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

std::string thread_name(unsigned thread) {
  return "T" + std::to_string(thread);
}

class waiting {
 public:
  explicit waiting(const standstill& of) : of_(of) {}

  void tell(harness::violation& out) const {
    std::string all;
    for (unsigned thread = 0; thread < of_.all.begun.size(); ++thread) {
      if (!of_.all.begun[thread]) continue;
      const step& begun = *of_.all.begun[thread];
      harness::trace_event event = of_.who.told(as_told(begun), out.trace.size());
      event.where = place_of(of_.read.of(begun.stack));
      event.operation = words(begun);
      if (is_thread_operation(begun)) event.variable = "";
      event.value = event.order = "";
      const std::string said = event.operation + (event.variable.empty() ? "" : " " + event.variable);
      harness::stack stack{.title = thread_name(thread) + " " + said + holders(begun),
                           .kind = "thread",
                           .frames = of_.read.of(begun.stack),
                           .thread = thread_name(thread)};
      if (const auto held = held_by(of_.steps, of_.steps.size(), thread, of_.who, of_.read); !held.empty())
        stack.held = held;
      out.stacks.push_back(std::move(stack));
      // Who waits for threads' ends waits for the others.
      if (!is_thread_operation(begun) && begun.address != nullptr)
        all += (all.empty() ? "" : "; ") + thread_name(thread) + " " + said + holders(begun);
      out.trace.push_back(std::move(event));
    }
    if (!all.empty()) out.message = all;
    if (const std::string told = circle(); !told.empty()) out.message += "\n" + told;
  }

 private:
  static std::string words(const step& begun) {
    const std::string_view operation = begun.operation;
    if (operation == "waits" || operation.starts_with("futex_wait")) return "sleeps for ever on";
    if (operation == "joins a thread") return "waits for " + thread_name(thread_of(begun)) + " to end";
    return "waits for ever to " + std::string(operation);
  }

  /// Who holds the lock that a thread waits for.
  std::vector<unsigned> holding(const step& begun) const {
    std::vector<unsigned> found;
    for (unsigned thread = 0; thread < of_.all.threads.size(); ++thread)
      for (const auto& [lock, where] : of_.all.threads[thread].held)
        if (lock == begun.address) found.push_back(thread);
    return found;
  }

  /// ", which T2 holds since queue.cpp:12"
  std::string holders(const step& begun) const {
    std::string said;
    for (const unsigned thread : holding(begun)) {
      said += (said.empty() ? ", which " : " and ") + (thread == begun.thread ? "it" : thread_name(thread)) +
              (thread == begun.thread ? " itself holds" : " holds");
      if (const auto since = taken(thread, begun.address))
        said += " since " + since->file + ":" + std::to_string(since->line);
    }
    return said;
  }

  /// Where a thread took a lock that it holds.
  std::optional<harness::position> taken(unsigned thread, const void* lock) const {
    const auto is_it = [&](const step& did) {
      return did.thread == thread && did.address == lock && std::string_view(did.operation).starts_with("lock");
    };
    const auto found = std::find_if(of_.steps.rbegin(), of_.steps.rend(), is_it);
    return found == of_.steps.rend() ? std::nullopt : place_of(of_.read.of(found->stack));
  }

  /// The thread that a thread can't go on without, if that is known.
  std::optional<unsigned> waits_for(unsigned thread) const {
    if (thread >= of_.all.begun.size() || !of_.all.begun[thread]) return std::nullopt;
    const step& begun = *of_.all.begun[thread];
    if (is_thread_operation(begun)) return thread_of(begun);
    const auto found = holding(begun);
    return found.empty() ? std::nullopt : std::optional(found.front());
  }

  /// "T1 waits for T2, T2 for T1: a circle."
  std::string circle() const {
    for (unsigned first = 0; first < of_.all.begun.size(); ++first) {
      std::string said;
      unsigned length = 0;
      auto next = std::optional(first);
      do {
        const auto after = waits_for(*next);
        if (after)
          said += (said.empty() ? "" : ", ") + thread_name(*next) + (said.empty() ? " waits for " : " for ") +
                  (*after == *next ? "itself" : thread_name(*after));
        next = after;
      } while (next && *next != first && ++length < of_.all.begun.size());
      if (next == first) return "A circle: " + said + ".";
    }
    return "";
  }

  const standstill& of_;
};

}  // namespace

bool is_stuck(std::string_view violation_class) {
  return violation_class == "deadlock" || violation_class == "lost_wakeup" || violation_class == "livelock";
}

std::vector<harness::held_lock> held_by(const std::vector<step>& steps, std::size_t until, unsigned thread,
                                        const program_cast& who, harness::frames& read) {
  std::vector<std::pair<const void*, std::size_t>> held;
  for (std::size_t i = 0; i < until; ++i) {
    const std::string_view operation = steps[i].operation;
    if (steps[i].thread != thread) continue;
    if (operation == "lock" || operation == "lock_shared") held.emplace_back(steps[i].address, i);
    // Where a recursive mutex was locked more often, giving it back once writes nothing.
    if (steps[i].written && (operation == "unlock" || operation == "unlock_shared"))
      std::erase_if(held, [&](const auto& one) { return one.first == steps[i].address; });
  }
  std::vector<harness::held_lock> all;
  for (const auto& [lock, at] : held) all.push_back({who.variable(lock), read.of(steps[at].stack)});
  return all;
}

void tell_standstill(harness::violation& out, const standstill& of) {
  waiting(of).tell(out);
}

}  // namespace gauntlet::rc11::unmodified
