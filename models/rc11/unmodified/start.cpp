/// The program's main, run many times: what comes before it, what each execution begins and ends with.

#include <dlfcn.h>
#include <sys/personality.h>
#include <sys/single_threaded.h>
#include <unistd.h>

#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <string>

#include "models/rc11/unmodified/heap.hpp"
#include "models/rc11/unmodified/language.hpp"
#include "models/rc11/unmodified/loops.hpp"
#include "models/rc11/unmodified/modules.hpp"
#include "models/rc11/unmodified/output.hpp"
#include "models/rc11/unmodified/program.hpp"
#include "models/rc11/unmodified/record.hpp"
#include "models/rc11/unmodified/report.hpp"
#include "models/rc11/unmodified/system.hpp"
#include "models/rc11/unmodified/threads.hpp"
#include "models/rc11/unmodified/watchdog.hpp"

namespace gauntlet::rc11::unmodified {

void* next(const char* name) noexcept {
  return dlsym(RTLD_NEXT, name);
}

void warn_once(const char* what) noexcept {
  const outside ordinary;
  static std::set<std::string> said;
  if (!said.insert(what).second) return;
  const std::string line = std::string("gauntlet: ") + what + '\n';
  tell(line);
}

namespace {

std::function<void()> program;

/// Executions that had come to their end when the last one began.
std::uint64_t complete_before = 0;

void begin_execution() {
  const outside ordinary;
  const std::uint64_t complete = engine->so_far().complete;
  end_output(complete > std::exchange(complete_before, complete));
  forget_signals();
  forget_files();
  restore_globals();
  storage.begin();
  memory.begin();
  threads.begin();
  begin_language();
  forget_keys();
  loops.begin();
}

/// The program's main has returned, and what comes after it is done: other threads may still run.
void end_main(int status) {
  const outside ordinary;
  if (status != 0) engine->fail("assertion", "the program's exit status is " + std::to_string(status), {});
  engine->end_program();
}

void crashed(int number, siginfo_t* about, void*) {
  // The runtime itself may be the first to find no room left.
  const bool beyond = engine != nullptr && engine->is_beyond_stack(about->si_addr);
  if (!inside() && !beyond) {
    signal(number, SIG_DFL);
    raise(number);
    return;
  }
  arena::active = arena::ordinary;
  if (beyond) engine->fail("crash", fiber::used_up(), {});
  char text[32];
  snprintf(text, sizeof text, "%#zx", reinterpret_cast<std::uintptr_t>(about->si_addr));
  engine->fail("crash",
               std::string(strsignal(number)) + ", at address " + text +
                   (is_handled(number) ? "; the program's own handler isn't called" : ""),
               {});
}

/// While one of these is, what the program prints is lost.
class quiet {
 public:
  quiet() { hold_output(options::output::none); }
  ~quiet() { release_output(false); }
  quiet(const quiet&) = delete;
  quiet& operator=(const quiet&) = delete;
};

/// Events of the executions that are looked at for one that is easier to follow; and the time that they take at most,
/// where a program is slow.
constexpr std::uint64_t events_for_simpler = 300'000;
constexpr double seconds_for_simpler = 1;

void catch_crashes() {
  static std::array<std::byte, 1U << 18U> stack;
  stack_t there{};
  there.ss_sp = stack.data();
  there.ss_size = stack.size();
  sigaltstack(&there, nullptr);
  struct sigaction how{};
  how.sa_sigaction = &crashed;
  how.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP}) sigaction(number, &how, nullptr);
}

}  // namespace

void run_main(const std::function<int()>& main) {
  const int status = main();
  end_locals();
  threads.over = true;
  do_last_things();
  end_main(status);
  end_thread();
}

void leave_program(int status) {
  threads.exited = true;
  end_locals();
  threads.over = true;
  do_last_things();
  end_main(status);
  end_thread();
  engine->finish();
}

explorer& explored() {
  return *engine;
}

account retrace() {
  const auto& broken = engine->so_far().broken;
  const quiet nothing_is_printed;
  begin_watch(limits{}.seconds, broken && broken->violation_class == "hang" ? hangs_again_after : hangs_after);
  account told = retrace_with(program);
  end_watch();
  return told;
}

std::uint64_t simplify(outcome& of) {
  // To be sure of one takes seconds.
  if (of.found.broken->violation_class == "hang") return 0;
  const quiet nothing_is_printed;
  begin_watch(limits{}.seconds, hangs_after);
  const auto simplest = engine->simplify(program, events_for_simpler, seconds_for_simpler);
  end_watch();
  of.found.broken = simplest.broken;
  return simplest.after;
}

void go_on(outcome& of, std::uint64_t runs) {
  const quiet nothing_is_printed;
  begin_watch(limits{}.seconds, hangs_after);
  of.found.broken = engine->go_on(program, runs);
  end_watch();
  if (!of.found.broken) throw std::runtime_error("nothing goes wrong in the execution that was to be told");
}

namespace {

/// Random paths by which it is estimated how much there is to explore; from where on they are random.
constexpr unsigned paths = 200;
constexpr std::uint64_t seed = 1;

void prepare(const std::function<int()>& main, const options& how) {
  chosen = how;
  loops.bound = how.bound;
  loops.reduces = !how.every_iteration;
  engine = new explorer;
  end_of_startup();
  storage.end_of_startup();
  save_globals();
  __libc_single_threaded = 0;
  keep_signals();
  catch_crashes();
  program = [main] {
    begin_execution();
    run_main(main);
  };
}

}  // namespace

double estimate(const std::function<int()>& main, const options& how) {
  prepare(main, how);
  estimating = true;
  try {
    return engine->probe(program, how.search, paths, seed).executions;
  } catch (const std::exception&) {
    return 0;  // The search itself will say.
  }
}

outcome explore(const std::function<int()>& main, const options& how) {
  prepare(main, how);
  outcome all;
  hold_output(how.printed);
  begin_watch(how.search.seconds, hangs_after);
  try {
    all.found = engine->explore(program, how.search);
  } catch (const nondeterminism& it) {
    all.trouble = std::string(it.what()) + ", at " + place_of_call(it.now.where) +
                  "; it may depend on nothing but what is in its memory: not on time, random numbers or the system";
  } catch (const std::exception& it) {
    all.trouble = it.what();
  }
  all.left_at = end_watch();
  if (all.left_at) {
    all.found = engine->so_far();
    all.trouble.clear();
  }
  all.held_in = loops.held_in;
  release_output(all.found.complete > complete_before || all.found.complete == 0);
  return all;
}

namespace {

/// What a program does may depend on addresses: they are the same in each process, if the system lets them be.
void keep_addresses(char** argv, char** environment) {
  const int now = personality(0xffffffff);
  if (now == -1 || (now & ADDR_NO_RANDOMIZE) != 0) return;
  if (personality(static_cast<unsigned long>(now) | ADDR_NO_RANDOMIZE) == -1) return;
  // It sticks: the program that begins anew doesn't come here again.
  std::array<char, PATH_MAX> path{};
  if (readlink("/proc/self/exe", path.data(), path.size() - 1) > 0) execve(path.data(), argv, environment);
}

int (*programs_main)(int, char**, char**) = nullptr;

int explored_main(int argc, char** argv, char** environment) {
  hold_input();
  const int status = report(argc, argv, environment, programs_main);
  // What the C library would run at its end is the program's, and was run in each execution.
  fflush(stdout);
  _exit(status);
}

}  // namespace
}  // namespace gauntlet::rc11::unmodified

using namespace gauntlet::rc11::unmodified;

/// Where the C library is asked to run the program's main.
GAUNTLET_ENTRY int __libc_start_main(int (*main)(int, char**, char**), int argc, char** argv, void (*begin)(),
                                     void (*end)(), void (*loader_end)(), void* stack) {
  keep_addresses(argv, argv + argc + 1);
  using start = int (*)(int (*)(int, char**, char**), int, char**, void (*)(), void (*)(), void (*)(), void*);
  programs_main = main;
  return reinterpret_cast<start>(next("__libc_start_main"))(&explored_main, argc, argv, begin, end, loader_end, stack);
}

GAUNTLET_ENTRY void exit(int status) {
  if (inside()) leave_program(status);
  static const auto real = reinterpret_cast<void (*)(int)>(next("exit"));
  real(status);
  __builtin_unreachable();
}
