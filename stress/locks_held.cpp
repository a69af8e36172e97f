/// Makes sense of the locks in a report. All stress flavours; used under ThreadSanitizer.

#include "stress/locks_held.hpp"

#include <algorithm>
#include <charconv>

#include "stress/findings.hpp"

namespace gauntlet::stress {
namespace {

using harness::stack;

std::string name_of(unsigned long lock) {
  return "M" + std::to_string(lock);
}

const participant* behind(int thread, const sanitizer_report& report, const std::vector<participant>& everybody) {
  const auto* const end = report.thread + report.threads;
  const auto* const told =
      std::find_if(report.thread, end, [=](const sanitizer_thread& one) { return one.number == thread; });
  if (told == end) return nullptr;
  const auto found = std::find_if(everybody.begin(), everybody.end(), [=](const participant& one) {
    return one.thread->thread.load(std::memory_order_relaxed) == told->kernel;
  });
  return found == everybody.end() ? nullptr : &*found;
}

/// `T11, adder (role 0)`
std::string thread_name(int thread, const participant* known) {
  return "T" + std::to_string(thread) + (known != nullptr ? ", " + known->role : "");
}

/// Where a thread last took the lock of an address; empty if it isn't known.
std::vector<harness::frame> taken_at(const participant* who, const void* lock) {
  if (who == nullptr || lock == nullptr) return {};
  const activity& thread = *who->thread;
  // From the newest on.
  const unsigned next = thread.acquisitions.load(std::memory_order_relaxed);
  for (unsigned back = 1; back <= std::size(thread.taken); ++back) {
    const acquisition& one = thread.taken[(next - back) % std::size(thread.taken)];
    if (one.lock.load(std::memory_order_relaxed) != lock) continue;
    std::vector<void*> addresses;
    for (const auto& frame : one.frame) addresses.push_back(frame.load(std::memory_order_relaxed));
    return frames_at(addresses);
  }
  return {};
}

/// The numbers in `(mutexes: read M0, write M3)`, where a line has that.
std::vector<unsigned long> locks_in(std::string_view line) {
  std::vector<unsigned long> found;
  const auto begin = line.find("(mutexes:");
  if (begin == std::string_view::npos) return found;
  line = line.substr(begin, line.find(')', begin) - begin);
  for (auto at = line.find(" M"); at != std::string_view::npos; at = line.find(" M", at + 1)) {
    unsigned long number = 0;
    if (std::from_chars(line.data() + at + 2, line.data() + line.size(), number).ec == std::errc{})
      found.push_back(number);
  }
  return found;
}

/// The lines of a report's text that tell of its accesses, in its order.
std::vector<std::string_view> access_lines(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    if (line.find(" of size ") != std::string_view::npos && line.find(" by ") != std::string_view::npos)
      found.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

}  // namespace

void tell_locks_held(std::vector<stack>& stacks, const sanitizer_report& report,
                     const std::vector<participant>& everybody) {
  const auto lines = access_lines(report.text);
  std::size_t nth = 0;
  for (int i = 0; i < report.stacks; ++i) {
    if (report.stack[i].what != sanitizer_stack::kind::access) continue;
    const participant* const who = behind(report.stack[i].thread, report, everybody);
    stack& access = stacks[static_cast<std::size_t>(i)];
    access.thread = thread_name(report.stack[i].thread, who);
    // Cut short, the text says nothing of the locks.
    if (nth == lines.size()) continue;
    access.held.emplace();
    for (const unsigned long number : locks_in(lines[nth])) {
      const auto* const end = report.lock + report.locks;
      const auto* const lock =
          std::find_if(report.lock, end, [=](const sanitizer_lock& one) { return one.number == number; });
      access.held->push_back({.name = name_of(number), .frames = taken_at(who, lock == end ? nullptr : lock->address)});
    }
    ++nth;
  }
}

void tell_cycle(std::vector<stack>& stacks, const sanitizer_report& report, const std::vector<participant>& everybody) {
  if (report.locks == 0) return;
  int nth = 0;
  for (stack& one : stacks) {
    if (one.kind != "lock") continue;
    const int edge = nth / 2 % report.locks;
    const std::string held = name_of(report.lock[edge].number);
    const std::string next = name_of(report.lock[(edge + 1) % report.locks].number);
    const int thread = edge < report.edges ? report.edge_thread[edge] : -1;
    one.thread = thread < 0 ? "" : thread_name(thread, behind(thread, report, everybody));
    one.title = nth % 2 == 0 ? next : held;
    one.title += nth % 2 == 0 ? " acquired" : " acquired before that";
    if (thread >= 0) one.title.append(" by ").append(one.thread);
    if (nth % 2 == 0) one.title.append(", holding ").append(held);
    one.lock = nth % 2 == 0 ? next : held;
    if (nth % 2 == 0) one.holding = held;
    ++nth;
  }
}

}  // namespace gauntlet::stress
