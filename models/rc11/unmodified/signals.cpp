/// Signals that a thread sends to itself: it handles them at once. A handler is a word that threads read and write,
/// sequentially consistent. Nothing ever comes from outside, at a time of its own.

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>

#include "models/rc11/unmodified/atomics.hpp"
#include "models/rc11/unmodified/record.hpp"
#include "models/rc11/unmodified/system.hpp"
#include "models/rc11/unmodified/threads.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

/// A handler's address, and above it how it is called.
constexpr std::uint64_t with_details = std::uint64_t{1} << 62U;
constexpr std::uint64_t only_once = std::uint64_t{1} << 63U;
constexpr std::uint64_t address = with_details - 1;

std::array<std::uint64_t, NSIG> handlers;
std::array<std::uint64_t, NSIG> of_startup;
bool touched = false;

constexpr const char* comes_at_any_time = "a signal that comes at a time of its own may interrupt any step";

std::uint64_t packed(const struct sigaction& how) {
  auto word = reinterpret_cast<std::uint64_t>(how.sa_handler);
  if ((how.sa_flags & SA_SIGINFO) != 0) word |= with_details;
  if ((static_cast<unsigned>(how.sa_flags) & static_cast<unsigned>(SA_RESETHAND)) != 0) word |= only_once;
  return word;
}

void unpack(std::uint64_t word, struct sigaction& how) {
  how = {};
  how.sa_handler = reinterpret_cast<void (*)(int)>(word & address);
  how.sa_flags =
      ((word & with_details) != 0 ? SA_SIGINFO : 0) | ((word & only_once) != 0 ? static_cast<int>(SA_RESETHAND) : 0);
}

std::uint64_t exchange_handler(int number, std::uint64_t with, const void* where) {
  touched = true;
  return static_cast<std::uint64_t>(
      modify(&handlers[static_cast<unsigned>(number)], 8, operation::exchange, with, order::seq_cst, where));
}

std::uint64_t handler(int number, const void* where) {
  return static_cast<std::uint64_t>(load(&handlers[static_cast<unsigned>(number)], 8, order::seq_cst, where));
}

bool is_number(int number) {
  return number > 0 && number < NSIG;
}

std::string name_of(int number) {
  const char* const known = sigabbrev_np(number);
  return known == nullptr ? "signal " + std::to_string(number) : std::string("SIG") + known;
}

/// What the calling thread sends to itself.
void deliver(const char* name, int number, const void* where) {
  if ((threads.mine().blocked_signals & 1ULL << (number - 1)) != 0)
    refuse_call(name, "the signal is blocked, and would come at another time", where);
  const std::uint64_t word = handler(number, where);
  auto* const call = reinterpret_cast<void (*)(int)>(word & address);
  if (call == SIG_IGN) return;
  if (call == SIG_DFL) {
    if (number == SIGCHLD || number == SIGURG || number == SIGWINCH || number == SIGCONT) return;
    const outside ordinary;
    engine->fail("crash", name_of(number) + " is raised, which nothing handles: it ends the process", at(where));
  }
  if ((word & only_once) != 0) exchange_handler(number, 0, where);
  struct sigaction how{};
  unpack(word, how);
  if ((word & with_details) == 0) return call(number);
  siginfo_t about{};
  about.si_signo = number;
  about.si_code = SI_USER;
  about.si_pid = getpid();
  how.sa_sigaction(number, &about, nullptr);
}

int send(const char* name, bool to_itself, int number, const void* where) {
  if (number < 0 || number >= NSIG) return EINVAL;
  if (number == 0) return 0;
  if (!to_itself) refuse_call(name, comes_at_any_time, where);
  deliver(name, number, where);
  return 0;
}

int with_errno(int error) {
  if (error == 0) return 0;
  errno = error;
  return -1;
}

int block(int how, const sigset_t* set, sigset_t* old) {
  std::uint64_t& mine = threads.mine().blocked_signals;
  if (old != nullptr) {
    *old = {};
    __builtin_memcpy(old, &mine, sizeof mine);
  }
  if (set == nullptr) return 0;
  std::uint64_t bits = 0;
  __builtin_memcpy(&bits, set, sizeof bits);
  if (how == SIG_BLOCK)
    mine |= bits;
  else if (how == SIG_UNBLOCK)
    mine &= ~bits;
  else if (how == SIG_SETMASK)
    mine = bits;
  else
    return EINVAL;
  return 0;
}

}  // namespace

void keep_signals() {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction how{};
    if (sigaction(number, nullptr, &how) == 0) of_startup[static_cast<unsigned>(number)] = packed(how);
  }
  handlers = of_startup;
}

void forget_signals() noexcept {
  if (!touched) return;
  handlers = of_startup;
  touched = false;
}

bool is_handled(int number) noexcept {
  return (handlers[static_cast<unsigned>(number)] & address) > 1;
}

}  // namespace gauntlet::rc11::unmodified

using namespace gauntlet::rc11;
using namespace gauntlet::rc11::unmodified;

GAUNTLET_ENTRY int sigaction(int number, const struct sigaction* how, struct sigaction* old) noexcept {
  if (!inside()) return GAUNTLET_REAL(sigaction, number, how, old);
  if (!is_number(number) || (how != nullptr && (number == SIGKILL || number == SIGSTOP))) return with_errno(EINVAL);
  const std::uint64_t before =
      how == nullptr ? handler(number, GAUNTLET_CALLER) : exchange_handler(number, packed(*how), GAUNTLET_CALLER);
  if (old != nullptr) unpack(before, *old);
  return 0;
}
GAUNTLET_ENTRY sighandler_t signal(int number, sighandler_t how) noexcept {
  if (!inside()) return GAUNTLET_REAL(signal, number, how);
  if (!is_number(number) || number == SIGKILL || number == SIGSTOP) {
    errno = EINVAL;
    return SIG_ERR;
  }
  const auto word = reinterpret_cast<std::uint64_t>(how);
  return reinterpret_cast<sighandler_t>(exchange_handler(number, word, GAUNTLET_CALLER) & address);
}

GAUNTLET_ENTRY int raise(int number) noexcept {
  return inside() ? with_errno(send("raise", true, number, GAUNTLET_CALLER)) : GAUNTLET_REAL(raise, number);
}
/// Where there are several threads, any of them may get it.
GAUNTLET_ENTRY int kill(pid_t process, int number) noexcept {
  if (!inside()) return GAUNTLET_REAL(kill, process, number);
  if (number == 0 && process != getpid()) return GAUNTLET_REAL(kill, process, number);
  if (process != getpid()) refuse_call("kill", "another process would be signalled in each execution", GAUNTLET_CALLER);
  return with_errno(send("kill", threads.count() == 1, number, GAUNTLET_CALLER));
}
GAUNTLET_ENTRY int pthread_kill(pthread_t handle, int number) noexcept {
  if (!inside()) return GAUNTLET_REAL(pthread_kill, handle, number);
  return send("pthread_kill", index_of(handle) == engine->thread_index(), number, GAUNTLET_CALLER);
}

GAUNTLET_ENTRY int pthread_sigmask(int how, const sigset_t* set, sigset_t* old) noexcept {
  return inside() ? block(how, set, old) : GAUNTLET_REAL(pthread_sigmask, how, set, old);
}
GAUNTLET_ENTRY int sigprocmask(int how, const sigset_t* set, sigset_t* old) noexcept {
  return inside() ? with_errno(block(how, set, old)) : GAUNTLET_REAL(sigprocmask, how, set, old);
}
/// A handler runs on the stack of the thread that raises; crashes are told on the engine's own.
GAUNTLET_ENTRY int sigaltstack(const stack_t* it, stack_t* old) noexcept {
  return inside() ? 0 : GAUNTLET_REAL(sigaltstack, it, old);
}
