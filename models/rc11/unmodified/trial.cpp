#include "models/rc11/unmodified/trial.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "harness/records.hpp"
#include "models/rc11/memory.hpp"
#include "models/rc11/told/tell.hpp"
#include "models/rc11/unmodified/command_line.hpp"
#include "models/rc11/unmodified/narration.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

/// Milliseconds between two looks.
constexpr int patience_ms = 200;

/// Bytes that a process may have taken since its search looked.
constexpr std::size_t unlooked_at = std::size_t{64} << 20U;

/// What the processes say to each other, in either direction.
constexpr char proceed = 'g';

/// @return whether it was said, and not the other side's end
bool hear(int from) {
  char said = 0;
  ssize_t got;
  do got = ::read(from, &said, 1);
  while (got < 0 && errno == EINTR);
  return got == 1;
}

void say(int to) {
  while (::write(to, &proceed, 1) < 0 && errno == EINTR) {
  }
}

std::runtime_error failed(const char* what) {
  return std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

trial::trial(const check& of, const stage& now, const options& how, task todo)
    : of_(of), most_(how.search.memory + how.search.memory / 4 + unlooked_at) {
  void* const memory = mmap(nullptr, sizeof(account), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw failed("no memory for a search");
  shared_ = new (memory) account{};
  std::array<int, 2> orders{}, answers{};
  if (pipe2(orders.data(), O_CLOEXEC) != 0 || pipe2(answers.data(), O_CLOEXEC) != 0)
    throw failed("no pipe for a search");
  child_ = fork();
  if (child_ < 0) throw failed("no process for a search");
  const bool is_child = child_ == 0;
  orders_ = orders[is_child ? 0 : 1];
  answers_ = answers[is_child ? 1 : 0];
  close(orders[is_child ? 1 : 0]);
  close(answers[is_child ? 0 : 1]);
  if (!is_child) return;
  if (todo != task::search) {
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(nowhere, STDOUT_FILENO);
  }
  if (todo != task::estimate) search(now, how);
  shared_->estimate = unmodified::estimate(now.main, how);
  say(answers_);
  _exit(0);
}

trial::~trial() {
  close(orders_);
  close(answers_);
  if (child_ > 0) kill_it();
  munmap(shared_, sizeof(account));
}

void trial::kill_it() {
  kill(child_, SIGKILL);
  while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
}

void trial::search(const stage& now, const options& how) {
  options counted = how;
  counted.search.counter = &shared_->executions;
  outcome seen = explore(now.main, counted);
  const statistics& found = seen.found;
  account& told = *shared_;
  told.complete = found.complete;
  told.runs = found.complete + found.blocked + found.cut + (found.broken ? 1 : 0);
  told.threads = found.threads;
  told.twins = found.twins;
  told.explored = found.explored;
  told.exhausted = found.exhausted;
  told.out_of_memory = found.out_of_memory;
  told.more_timeouts = found.more_timeouts;
  told.more_spurious = found.more_spurious;
  told.broken = found.broken.has_value();
  told.bounded = found.bound.has_value();
  if (found.bound) told.bound = *found.bound;
  std::copy_n(seen.held_in.begin(), std::min(seen.held_in.size(), told.held_in.size()), told.held_in.begin());
  told.left = seen.left_at.has_value();
  if (seen.left_at) told.left_at = *seen.left_at;
  std::strncpy(told.trouble, seen.trouble.c_str(), sizeof told.trouble - 1);
  say(answers_);

  if (found.broken && hear(orders_)) {
    std::uint64_t run = told.runs;
    if (of_.seeks_simplest) run += simplify(seen);
    if (of_.run > run) {
      go_on(seen, of_.run - run);
      run = of_.run;
    }
    harness::violation violation = narrate(seen);
    violation.message += std::string("\n") + meaning_of(how.search.model);
    violation.strongest_model = name_of(how.search.model);
    violation.replay = of_.token(now, how.search.model, run);
    harness::records::violated(of_.name, violation);
    say(answers_);
  }
  _exit(0);
}

/// The search itself looks at what it has; not while the program does nothing that it would hear of.
/// @return whether it has answered, and not ended
bool trial::hear_within_memory(const std::function<void()>& meanwhile) {
  pollfd answer{answers_, POLLIN, 0};
  while (poll(&answer, 1, patience_ms) == 0) {
    meanwhile();
    if (resident(child_) <= most_) continue;
    kill_it();
    shared_->out_of_memory = true;
    return false;
  }
  return hear(answers_);
}

const trial::account& trial::wait(const std::function<void(const account&)>& meanwhile) {
  if (hear_within_memory([&] { meanwhile(*shared_); })) return *shared_;
  if (shared_->out_of_memory)
    shared_->complete = shared_->executions;
  else
    end();
  return *shared_;
}

double trial::estimate() {
  return shared_->estimate;
}

bool trial::tell() {
  say(orders_);
  if (hear_within_memory([] {})) return true;
  if (!shared_->out_of_memory) return end(), false;
  std::snprintf(shared_->trouble, sizeof shared_->trouble, "to tell of a failure takes more than %s",
                memory_words(of_.how.search.memory).c_str());
  return false;
}

void trial::end() {
  int status = 0;
  while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
  const bool killed = WIFSIGNALED(status);
  std::snprintf(shared_->trouble, sizeof shared_->trouble, "a search's process ended by itself, with %s %d",
                killed ? "signal" : "status", killed ? WTERMSIG(status) : WEXITSTATUS(status));
}

}  // namespace gauntlet::rc11::unmodified
