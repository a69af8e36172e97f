/// The crew, and what /proc says of its members.

#include "harness/behaviour.hpp"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace gauntlet::harness {
namespace {

using namespace std::chrono_literals;

constexpr auto bound = 20s;
constexpr auto spinning = 5ms;

std::string task_file(pid_t thread, const char* name) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/" + name);
  std::string text;
  std::getline(file, text);
  return text;
}

/// The processor time that a living or unjoined thread has used.
std::chrono::nanoseconds processor_time(std::thread& thread) {
  clockid_t clock;
  timespec used{};
  if (pthread_getcpuclockid(thread.native_handle(), &clock) != 0 || clock_gettime(clock, &used) != 0) return 0ns;
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace

bool sleeps_in_futex(pid_t thread) {
  const std::string call = task_file(thread, "syscall");
  if (!call.empty() && !call.starts_with(std::to_string(SYS_futex) + " ")) return false;
  // One that was woken and has not run since is in the call still, and no longer asleep.
  // "id (name) state …"; the name may hold anything, so the last parenthesis counts.
  const std::string stat = task_file(thread, "stat");
  const auto name_end = stat.rfind(')');
  return name_end != std::string::npos && name_end + 2 < stat.size() && stat[name_end + 2] == 'S';
}

crew::crew(unsigned members, std::function<void(unsigned)> work) : work_(std::move(work)) {
  if (members == 0) throw std::invalid_argument("a crew has at least 1 member");
  for (unsigned i = 0; i < members; ++i) members_.push_back(std::make_unique<state>());
  for (unsigned i = 0; i < members; ++i)
    members_[i]->thread = std::thread([this, i, me = members_[i].get()] {
      me->id = static_cast<pid_t>(syscall(SYS_gettid));
      try {
        work_(i);
      } catch (...) {
        me->thrown = std::current_exception();
      }
      me->finished = true;
    });
}

crew::~crew() {
  join();
  try {
    if (const auto thrown = take_thrown()) std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    BOOST_ERROR("a crew member threw: " << error.what());
  } catch (...) {
    BOOST_ERROR("a crew member threw something that is no std::exception");
  }
}

void crew::join() noexcept {
  for (const auto& member : members_)
    if (member->thread.joinable()) member->thread.join();
}

std::exception_ptr crew::take_thrown() noexcept {
  for (const auto& member : members_)
    if (auto thrown = std::exchange(member->thrown, nullptr)) return thrown;
  return nullptr;
}

void crew::wait() {
  join();
  if (const auto thrown = take_thrown()) {
    for (const auto& member : members_) member->thrown = nullptr;
    std::rethrow_exception(thrown);
  }
}

bool crew::finished(unsigned member) const noexcept {
  return members_[member]->finished;
}

void crew::until_blocked(unsigned member) const {
  state& who = *members_[member];
  const auto start = std::chrono::steady_clock::now();
  const auto used = processor_time(who.thread);
  for (; std::chrono::steady_clock::now() - start < bound; std::this_thread::sleep_for(200us)) {
    if (who.finished) throw std::runtime_error("crew member " + std::to_string(member) + " finished; it had to block");
    if (who.id == 0) continue;
    if (sleeps_in_futex(who.id) || processor_time(who.thread) - used >= spinning) {
      // It may have been on the way out all the same.
      if (!who.finished) return;
    }
  }
  throw std::runtime_error("crew member " + std::to_string(member) + " neither blocked nor finished within 20 s");
}

void crew::until_all_blocked() const {
  for (unsigned i = 0; i < members_.size(); ++i) until_blocked(i);
}

boost::test_tools::assertion_result about(std::chrono::nanoseconds taken, std::chrono::nanoseconds wanted) {
  boost::test_tools::assertion_result within(taken >= wanted * 6 / 10 && taken < wanted * 10);
  within.message() << "took " << std::chrono::duration<double>(taken).count() << " s, expected about "
                   << std::chrono::duration<double>(wanted).count() << " s (0.6 to 10 times that)";
  return within;
}

}  // namespace gauntlet::harness
