#include "models/rc11/unmodified/narration.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "harness/variables.hpp"
#include "models/rc11/told/tell.hpp"
#include "models/rc11/unmodified/selection.hpp"
#include "models/rc11/unmodified/suppressions.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

using harness::frame;

/// `pool::node<int>` for its constructor `pool::node<int>::node(int)`, or "".
std::string class_constructed(const std::string& function) {
  const std::string plain = without_arguments(function);
  const auto last = plain.rfind("::");
  if (last == std::string::npos) return "";
  const std::string own = plain.substr(last + 2);
  const auto before = plain.rfind("::", last - 1);
  const std::string owner =
      plain.substr(before == std::string::npos ? 0 : before + 2, last - (before == std::string::npos ? 0 : before + 2));
  if (own != owner) return "";
  const auto call = function.rfind("::" + own + "(");
  return call == std::string::npos ? "" : function.substr(0, call);
}

/// The first frame of the program's own; failing that, the innermost.
std::optional<harness::position> place_of(const std::vector<frame>& stack) {
  if (stack.empty()) return std::nullopt;
  // Code that several lines share has none.
  const auto says_nothing = [](const frame& at) { return is_library(at) || at.line == 0; };
  const auto own = std::find_if_not(stack.begin(), stack.end(), says_nothing);
  const frame& at = own == stack.end() ? stack.front() : *own;
  if (at.file.empty()) return std::nullopt;
  return harness::position{at.file, at.line, at.function};
}

class program_cast : public model::cast {
 public:
  program_cast(const harness::variables& names, const std::vector<thread_account>& threads)
      : names_(names), threads_(threads) {}

  std::string variable(const void* object) const override {
    if (object == nullptr) return "";
    if (const harness::leaf* const known = names_.at(object)) return known->name;
    const auto [entry, fresh] = nameless_.try_emplace(object, nameless_.size());
    return "nameless#" + std::to_string(entry->second);
  }
  std::string role(int thread) const override {
    const auto index = static_cast<unsigned>(thread);
    if (index < threads_.size() && !threads_[index].name.empty()) return threads_[index].name;
    return thread == 0 ? "main" : "";
  }
  std::string person(int thread) const override { return "T" + std::to_string(thread); }

 private:
  std::string subject(const model::told_step& did) const override {
    const std::string_view operation = did.operation;
    if (operation == "allocate" || operation == "free")
      if (const std::string name = names_.block_name(did.object); !name.empty()) return name;
    return variable(did.object);
  }
  std::string target(const void* address) const override {
    if (const std::string block = names_.block_name(address); !block.empty()) return block;
    const harness::leaf* const known = names_.at(address);
    return known == nullptr ? "" : known->name;
  }
  model::value_type type_of(const model::told_step& did) const override {
    using model::value_kind;
    model::value_type type = did.type;
    if (type.size == 0 || type.size > 8) return type;
    const harness::leaf* const known = names_.at(did.object);
    // A part of something larger is a number at most.
    if (known == nullptr || known->size != type.size) return {value_kind::unsigned_integer, type.size};
    constexpr value_kind kinds[] = {value_kind::unsigned_integer, value_kind::signed_integer, value_kind::boolean,
                                    value_kind::pointer, value_kind::unsigned_integer};
    return {kinds[static_cast<int>(known->kind)], type.size};
  }

  const harness::variables& names_;
  const std::vector<thread_account>& threads_;
  mutable std::map<const void*, std::size_t> nameless_;
};

class narration {
 public:
  explicit narration(const outcome& of)
      : of_(of),
        account_(retrace()),
        broken_(as_retraced(*of.found.broken)),
        steps_(worth_telling(account_, last(), read_)),
        names_(read_) {
    std::set<std::pair<const void*, const void*>> calls;
    const auto know = [&](const step& did) {
      for (std::size_t i = 0; i < std::min(did.stack.size(), did.frames.size()); ++i)
        if (calls.emplace(did.stack[i], did.frames[i]).second) names_.add_call(did.stack[i], did.frames[i]);
    };
    for (const step& did : account_.steps)
      if (std::string_view(did.operation) == "allocate")
        names_.add_block({did.address, did.size, did.stack, constructed(did)});
    for (const step& did : account_.steps) know(did);
    for (const auto& begun : account_.begun)
      if (begun) know(*begun);
  }

  harness::violation told() {
    const bool fails = fails_a_step(broken_.violation_class) && !steps_.empty();
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
    out.where = fails ? out.trace.back().where : place_of(read_.of(broken_.where.where));
    if (broken_.violation_class == "crash" && !account_.steps.empty()) {
      const step& did = account_.steps[last()];
      out.where = place_of(read_.of(did.stack));
      out.stacks.push_back({.title = "T" + std::to_string(did.thread) + " crashes after this " + did.operation,
                            .kind = "thread",
                            .frames = read_.of(did.stack)});
    }
    if (fails) add_accesses(out);
    if (stuck) add_waiting(out);
    for (harness::stack& each : out.stacks) strip(each);
    return out;
  }

 private:
  /// The step that matters most: the one that failed; in a crash, the last that its thread began.
  std::size_t last() const {
    std::size_t which = account_.steps.empty() ? 0 : account_.steps.size() - 1;
    while (broken_.violation_class == "crash" && which > 0 && account_.steps[which].thread != broken_.thread) --which;
    return which;
  }

  /// With the sides of a race as they are in the account, which may have its two accesses the other way round.
  violation as_retraced(violation broken) const {
    if (broken.other_thread && !account_.steps.empty() && account_.steps.back().thread == *broken.other_thread) {
      std::swap(broken.thread, *broken.other_thread);
      std::swap(broken.where, broken.other);
    }
    return broken;
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

  static bool is_stuck(std::string_view violation_class) {
    return violation_class == "deadlock" || violation_class == "lost_wakeup" || violation_class == "livelock";
  }

  bool is_begun(const step& did) const {
    const auto& begun = account_.begun[did.thread];
    return begun && begun->address == did.address && begun->stack == did.stack;
  }

  void place(harness::trace_event& event, const step& did) {
    event.where = place_of(read_.of(did.stack));
    if (is_thread_operation(did)) event.variable = "T" + std::to_string(thread_of(did));
  }

  static model::told_step as_told(const step& did) {
    model::told_step told;
    told.operation = did.operation;
    told.thread = static_cast<int>(did.thread);
    told.object = did.address;
    const auto size = static_cast<std::uint8_t>(std::min<std::uint64_t>(did.size, 255));
    const bool shows = (did.read || did.written) && !is_thread_operation(did);
    told.type = {model::value_kind::other, shows ? size : std::uint8_t{0}};
    told.value = did.written.value_or(did.read.value_or(0));
    told.order = did.order;
    told.reads_from = did.reads_from;
    told.stale = did.stale;
    return told;
  }

  /// "write of 4 bytes by thread T2"
  static std::string title(const step& did) {
    const std::string_view operation = did.operation;
    const bool reads = operation == "read" || operation == "load";
    return std::string(did.order >= 0 ? "atomic " : "") +
           (reads                 ? "read"
            : operation == "free" ? "free"
                                  : "write") +
           " of " + std::to_string(did.size) + (did.size == 1 ? " byte" : " bytes") + " by thread T" +
           std::to_string(did.thread);
  }

  harness::stack access(std::size_t index) {
    const step& did = steps_[index];
    harness::stack made{.title = title(did), .kind = "access", .frames = read_.of(did.stack)};
    made.thread = ("T" + std::to_string(did.thread) + " " + who_.role(static_cast<int>(did.thread)));
    if (made.thread.ends_with(' ')) made.thread.pop_back();
    made.held = held_at(index);
    return made;
  }

  /// The locks that the thread held then, and where it had taken them.
  std::vector<harness::held_lock> held_at(std::size_t index) {
    std::vector<std::pair<const void*, std::size_t>> held;
    for (std::size_t i = 0; i < index; ++i) {
      const std::string_view operation = steps_[i].operation;
      if (steps_[i].thread != steps_[index].thread) continue;
      if (operation == "lock" || operation == "lock_shared") held.emplace_back(steps_[i].address, i);
      if (operation == "unlock" || operation == "unlock_shared")
        std::erase_if(held, [&](const auto& one) { return one.first == steps_[i].address; });
    }
    std::vector<harness::held_lock> all;
    for (const auto& [lock, at] : held) all.push_back({who_.variable(lock), read_.of(steps_[at].stack)});
    return all;
  }

  /// What failed, and what it conflicts with; whose memory it is; who made the threads.
  void add_accesses(harness::violation& out) {
    const std::size_t last = steps_.size() - 1;
    const step& failed = steps_[last];
    std::set<unsigned> threads{failed.thread};
    out.stacks.push_back(access(last));
    if (broken_.other_thread) {
      if (const auto other = earlier(failed, *broken_.other_thread)) {
        out.stacks.push_back(access(*other));
        out.message = who_.variable(failed.address) + ": the " + failed.operation + " by T" +
                      std::to_string(failed.thread) + " and the " + steps_[*other].operation + " by T" +
                      std::to_string(steps_[*other].thread) + " at step " + std::to_string(*other) +
                      " conflict, and no happens-before orders them";
      } else if (auto frames = read_.of(broken_.other.where); !frames.empty()) {
        out.stacks.push_back({.title = "access by thread T" + std::to_string(*broken_.other_thread),
                              .kind = "access",
                              .frames = std::move(frames)});
      }
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

  /// The last access by that thread that conflicts with the step.
  std::optional<std::size_t> earlier(const step& failed, unsigned thread) const {
    const auto reads = [](const step& did) { return !did.written && std::string_view(did.operation) != "free"; };
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

  /// Of threads that wait for ever: for what, and where.
  void add_waiting(harness::violation& out) {
    std::string all;
    for (unsigned thread = 0; thread < account_.begun.size(); ++thread) {
      if (!account_.begun[thread]) continue;
      const step& begun = *account_.begun[thread];
      harness::trace_event event = who_.told(as_told(begun), out.trace.size());
      place(event, begun);
      if (is_thread_operation(begun)) event.variable = "";
      event.operation = waiting(begun);
      event.value = event.order = "";
      const std::string said = event.operation + (event.variable.empty() ? "" : " " + event.variable);
      out.stacks.push_back(
          {.title = "T" + std::to_string(thread) + " " + said, .kind = "thread", .frames = read_.of(begun.stack)});
      // Who waits for threads' ends waits for the others.
      if (!is_thread_operation(begun) && begun.address != nullptr)
        all += (all.empty() ? "T" : "; T") + std::to_string(thread) + " " + said + holder(begun);
      out.trace.push_back(std::move(event));
    }
    if (!all.empty()) out.message = all;
  }

  static std::string waiting(const step& begun) {
    const std::string_view operation = begun.operation;
    if (operation == "waits" || operation.starts_with("futex_wait")) return "sleeps for ever on";
    if (operation == "joins a thread") return "waits for a thread to end";
    return "waits for ever to " + std::string(operation);
  }

  /// ", which T2 holds"
  std::string holder(const step& begun) const {
    for (unsigned thread = 0; thread < of_.threads.size(); ++thread)
      for (const auto& [lock, where] : of_.threads[thread].held)
        if (lock == begun.address)
          return ", which " + (thread == begun.thread ? "it" : "T" + std::to_string(thread)) + " holds";
    return "";
  }

  /// How threads get started is the same everywhere; nobody's bug, as is what a library does inside.
  static void strip(harness::stack& it) {
    const auto own = std::find_if_not(it.frames.rbegin(), it.frames.rend(), &is_library);
    if (own != it.frames.rend()) it.frames.erase(own.base(), it.frames.end());
  }

  const outcome& of_;
  harness::frames read_;
  account account_;
  violation broken_;
  /// Those of it that are told.
  std::vector<step> steps_;
  harness::variables names_;
  program_cast who_{names_, of_.threads};
};

}  // namespace

harness::violation narrate(const outcome& of) {
  return narration(of).told();
}

}  // namespace gauntlet::rc11::unmodified
