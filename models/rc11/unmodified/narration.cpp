#include "models/rc11/unmodified/narration.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "models/rc11/told/tell.hpp"
#include "models/rc11/unmodified/naming.hpp"
#include "models/rc11/unmodified/selection.hpp"
#include "models/rc11/unmodified/standstill.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

using harness::frame;

class narration {
 public:
  explicit narration(const outcome& of)
      : account_(retrace()),
        broken_(as_retraced(*of.found.broken)),
        steps_(worth_telling(account_, last(), read_)),
        names_(read_),
        who_(names_, roles_of(account_, read_)) {
    std::set<std::pair<const void*, const void*>> calls;
    const auto know = [&](const step& did) {
      for (std::size_t i = 0; i < std::min(did.stack.size(), did.frames.size()); ++i)
        if (calls.emplace(did.stack[i], did.frames[i]).second) names_.add_call(did.stack[i], did.frames[i]);
    };
    for (const step& before : account_.before) names_.add_block({before.address, before.size, before.stack});
    for (const step& did : account_.steps)
      if (std::string_view(did.operation) == "allocate")
        names_.add_block({did.address, did.size, did.stack, constructed(did)});
    for (const step& did : account_.steps) know(did);
    for (const auto& begun : account_.begun)
      if (begun) know(*begun);
  }

  harness::violation told() {
    const bool fails = fails_a_step(broken_.violation_class) && account_.broken_in_step && !steps_.empty();
    const bool stuck = is_stuck(broken_.violation_class);
    // A thread that waits is told at the end, with all others that do.
    if (stuck && !steps_.empty() && is_begun(steps_.back())) steps_.pop_back();
    steps kept(0);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (fails && i + 1 == steps_.size())
        kept.intend(as_told(steps_[i]));
      else
        kept.add(as_told(steps_[i]), steps_[i].event);
    }
    harness::violation out = tell(explored(), broken_, kept, who_);
    for (std::size_t i = 0; i < steps_.size(); ++i) place(out.trace[i], steps_[i]);
    out.message = fails ? failing(steps_.back()) : out.message;
    out.where = fails ? out.trace.back().where : broken_at();
    if (broken_.violation_class == "crash" && !account_.steps.empty()) {
      const step& did = account_.steps[last()];
      out.where = place_of(read_.of(did.stack));
      out.stacks.push_back({.title = "T" + std::to_string(did.thread) + " crashes after this " + did.operation,
                            .kind = "thread",
                            .frames = read_.of(did.stack)});
    }
    if (fails)
      add_accesses(out);
    else if (fails_a_step(broken_.violation_class))
      add_sites(out);
    if (stuck) tell_standstill(out, {account_, steps_, who_, read_});
    for (harness::stack& each : out.stacks) {
      strip(each.frames);
      if (each.held)
        for (harness::held_lock& lock : *each.held) strip(lock.frames);
    }
    return out;
  }

 private:
  /// The step that matters most: the one that failed; in a crash, the last that its thread began.
  std::size_t last() const {
    std::size_t which = account_.steps.empty() ? 0 : account_.steps.size() - 1;
    while (broken_.violation_class == "crash" && which > 0 && account_.steps[which].thread != broken_.thread) --which;
    return which;
  }

  /// Of what is no step's: of who waits, where it does.
  std::optional<harness::position> broken_at() {
    if (is_stuck(broken_.violation_class) && broken_.thread < account_.begun.size() && account_.begun[broken_.thread])
      return place_of(read_.of(account_.begun[broken_.thread]->stack));
    return place_of(read_.of(broken_.where.where));
  }

  /// As it came this time, if it is the same.
  violation as_retraced(const violation& found) const {
    const auto& again = account_.broken;
    return again && again->violation_class == found.violation_class ? *again : found;
  }

  /// The class of the object that was made in a piece of the heap: the outermost constructor that wrote there first.
  std::string constructed(const step& allocation) {
    for (const step* did = &allocation + 1; did < account_.steps.data() + account_.steps.size(); ++did) {
      if (did->thread != allocation.thread || !overlap(*did, allocation)) continue;
      std::string type;
      for (const frame& each : read_.of(did->stack))
        if (std::string made = class_constructed(each.function); !made.empty() && !is_library(each))
          type = std::move(made);
      return type;
    }
    return "";
  }

  bool is_begun(const step& did) const {
    const auto& begun = account_.begun[did.thread];
    return begun && begun->address == did.address && begun->stack == did.stack;
  }

  void place(harness::trace_event& event, const step& did) {
    event.where = place_of(read_.of(did.stack));
    if (is_thread_operation(did)) event.variable = "T" + std::to_string(thread_of(did));
  }

  /// "write of 4 bytes by thread T2"
  std::string title(const step& did) const {
    const std::string_view operation = did.operation;
    const bool reads = is_read(did) || operation == "load";
    return std::string(did.order >= 0                       ? "atomic "
                       : operation.starts_with("volatile ") ? "volatile "
                                                            : "") +
           (reads                 ? "read"
            : operation == "free" ? "free"
                                  : "write") +
           " of " + std::to_string(did.size) + (did.size == 1 ? " byte" : " bytes") + " by thread " +
           who_.person(static_cast<int>(did.thread));
  }

  harness::stack access(std::size_t index) {
    const step& did = steps_[index];
    harness::stack made{.title = title(did), .kind = "access", .frames = read_.of(did.stack)};
    made.thread = ("T" + std::to_string(did.thread) + " " + who_.role(static_cast<int>(did.thread)));
    if (made.thread.ends_with(' ')) made.thread.pop_back();
    made.held = held_by(steps_, index, did.thread, who_, read_);
    return made;
  }

  std::string numbered(std::size_t index) const {
    const step& did = steps_[index];
    return std::string(did.operation) + " by " + who_.person(static_cast<int>(did.thread)) + " at step " +
           std::to_string(index);
  }

  /// What the step that failed did wrong.
  std::string failing(const step& failed) const {
    const bool ends = std::string_view(failed.operation) == "free";
    const std::string block = ends ? names_.block_name(failed.address) : "";
    const std::string what = block.empty() ? who_.variable(failed.address) : block;
    const std::string by = std::string(failed.operation) + " by " + who_.person(static_cast<int>(failed.thread));
    const auto other = broken_.other_thread ? earlier(failed, *broken_.other_thread) : std::nullopt;
    if (broken_.violation_class == "data_race" && other) {
      const bool is_volatile = std::string_view(failed.operation).starts_with("volatile ") ||
                               std::string_view(steps_[*other].operation).starts_with("volatile ");
      return what + ": the " + by + " and the " + numbered(*other) + " conflict, and no happens-before orders them" +
             (is_volatile ? "; volatile orders no threads, std::atomic does" : "");
    }
    if (const auto freed = last_free(failed); freed && broken_.violation_class != "undefined")
      return what + ": the " + by + " comes after the " + numbered(*freed) + ", which ended its life";
    return what + ": " + broken_.message;
  }

  /// What failed, and what it conflicts with; whose memory it is; who made the threads.
  void add_accesses(harness::violation& out) {
    const std::size_t last = steps_.size() - 1;
    const step& failed = steps_[last];
    std::set<unsigned> threads{failed.thread};
    out.stacks.push_back(access(last));
    if (broken_.other_thread) {
      if (const auto other = earlier(failed, *broken_.other_thread); other && !is_of_heap(steps_[*other]))
        out.stacks.push_back(access(*other));
      threads.insert(*broken_.other_thread);
    }
    add_block(out, failed, threads);
    for (const unsigned thread : threads)
      for (const step& did : steps_)
        if (std::string_view(did.operation) == "starts a thread" && thread_of(did) == thread)
          out.stacks.push_back(
              {.title = "thread T" + std::to_string(thread) + " was started by thread T" + std::to_string(did.thread),
               .kind = "creation",
               .frames = read_.of(did.stack)});
  }

  /// Of what went wrong in no step: where the engine saw it.
  void add_sites(harness::violation& out) {
    out.message = broken_.message;
    const auto add = [&](unsigned thread, const site& at) {
      if (auto frames = read_.of(at.where); !frames.empty())
        out.stacks.push_back(
            {.title = "access by thread T" + std::to_string(thread), .kind = "access", .frames = std::move(frames)});
    };
    add(broken_.thread, broken_.where);
    if (broken_.other_thread) add(*broken_.other_thread, broken_.other);
  }

  /// The step that released the memory that the step touches.
  std::optional<std::size_t> last_free(const step& failed) const {
    for (std::size_t i = steps_.size() - 1; i-- > 0;)
      if (std::string_view(steps_[i].operation) == "free" && overlap(steps_[i], failed)) return i;
    return std::nullopt;
  }

  /// The last access by that thread that conflicts with the step.
  std::optional<std::size_t> earlier(const step& failed, unsigned thread) const {
    const auto reads = [](const step& did) {
      const std::string_view operation = did.operation;
      return is_read(did) || operation == "load" || operation == "compare_exchange fails";
    };
    for (std::size_t i = steps_.size() - 1; i-- > 0;)
      if (steps_[i].thread == thread && overlap(steps_[i], failed) && !(reads(steps_[i]) && reads(failed))) return i;
    return std::nullopt;
  }

  void add_block(harness::violation& out, const step& failed, std::set<unsigned>& threads) {
    for (const step& did : steps_) {
      const std::string_view operation = did.operation;
      const bool made = operation == "allocate";
      if ((!made && operation != "free") || &did == &failed || !overlap(did, failed)) continue;
      threads.insert(did.thread);
      out.stacks.push_back({.title = (made ? "allocation of " + std::to_string(did.size) + " bytes" : "free") +
                                     " by thread T" + std::to_string(did.thread),
                            .kind = made ? "allocation" : "free",
                            .frames = read_.of(did.stack)});
    }
  }

  /// How threads get started is the same everywhere; nobody's bug, as is what a library does inside.
  static void strip(std::vector<frame>& stack) {
    const auto own = std::find_if_not(stack.rbegin(), stack.rend(), &is_library);
    if (own != stack.rend()) stack.erase(own.base(), stack.end());
    for (frame& each : stack) each.function = readable_function(each.function);
  }

  harness::frames read_;
  account account_;
  violation broken_;
  /// Those of it that are told.
  std::vector<step> steps_;
  harness::variables names_;
  program_cast who_;
};

}  // namespace

harness::violation narrate(const outcome& of) {
  return narration(of).told();
}

}  // namespace gauntlet::rc11::unmodified
