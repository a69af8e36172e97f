/// What a program asks the system for, and what never comes to an end; see tests/test_unmodified_system.py.

#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>

#include "tests/unmodified/runtime/cases.hpp"

namespace {

std::atomic<int> word;
int plain = 0;
std::string path;

template <class One, class Other>
void both(One one, Other other) {
  std::thread first(one);
  std::thread second(other);
  first.join();
  second.join();
}

// ---- Signals

void count(int number) {
  check(number == SIGUSR1);
  ++word;
}
void what_it_raises() {
  check(std::signal(SIGUSR1, count) == SIG_DFL);
  kill(getpid(), SIGUSR1);
  both([] { raise(SIGUSR1); }, [] { pthread_kill(pthread_self(), SIGUSR1); });
  check(word == 3);
  check(std::signal(SIGUSR1, SIG_IGN) == count);
  raise(SIGUSR1);
  check(word == 3);
}
void handler_with_details() {
  struct sigaction how{};
  how.sa_sigaction = [](int number, siginfo_t* about, void*) {
    check(about->si_signo == number);
    ++word;
  };
  how.sa_flags = SA_SIGINFO | SA_RESETHAND;
  check(sigaction(SIGUSR2, &how, nullptr) == 0);
  raise(SIGUSR2);
  struct sigaction now{};
  sigaction(SIGUSR2, nullptr, &now);
  check(word == 1 && now.sa_handler == SIG_DFL);
}
void handlers_race() {
  std::signal(SIGUSR1, [](int) { ++plain; });
  both([] { raise(SIGUSR1); }, [] { raise(SIGUSR1); });
}
void nothing_handles() {
  both([] { ++word; }, [] { raise(SIGTERM); });
}
void crash_with_a_handler() {
  std::signal(SIGSEGV, [](int) { _exit(0); });
  *reinterpret_cast<volatile int*>(8) = 1;
}
void signals_another_thread() {
  std::thread other([] { ++word; });
  pthread_kill(other.native_handle(), SIGUSR1);
  other.join();
}
void raised_while_blocked() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  raise(SIGUSR1);
}
void alarm_clock() {
  alarm(1);
}
void timer() {
  itimerval soon{{0, 0}, {0, 1000}};
  setitimer(ITIMER_REAL, &soon, nullptr);
}
void waits_for_a_signal() {
  pause();
}

// ---- Other processes, and ways to them

void forks() {
  if (fork() == 0) _exit(0);
}
void forks_by_number() {
  if (syscall(SYS_fork) == 0) _exit(0);
}
void becomes_another() {
  execl("/bin/true", "true", nullptr);
}
void runs_a_command() {
  check(std::system("true") == 0);
}
void opens_a_pipe() {
  int ends[2];
  check(pipe(ends) == 0);
  both([&] { check(write(ends[1], "x", 1) == 1); },
       [&] {
         char it = 0;
         check(read(ends[0], &it, 1) == 1);
       });
}
void opens_a_socket() {
  check(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
}
void counts_events() {
  check(eventfd(0, 0) >= 0);
}
void polls() {
  check(epoll_create1(0) >= 0);
}
void shares_memory() {
  const int file = open(path.c_str(), O_RDWR | O_CREAT, 0600);
  mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}
void cancels() {
  std::thread other([] { ++word; });
  pthread_cancel(other.native_handle());
  other.join();
}

// ---- Files and memory

void many_executions() {
  const auto run = [] {
    for (int i = 0; i < 3; ++i) ++word;
  };
  both(run, run);
}
/// Half of the executions are left in the midst of the file.
void a_file_in_each_execution() {
  std::FILE* const file = std::fopen(path.c_str(), "w+");
  check(file != nullptr);
  std::fputs("one line\n", file);
  many_executions();
  std::rewind(file);
  char line[20];
  check(std::fgets(line, sizeof line, file) != nullptr && std::string(line) == "one line\n");
  std::thread([] { std::thread([] { ++word; }).join(); }).join();
  check(fileno(file) < 40);
  std::fclose(file);
  std::ofstream(path) << "another";
  std::ifstream back(path);
  std::string all;
  check(back >> all && all == "another");
  const int last = open(path.c_str(), O_RDONLY);
  check(last >= 0 && last < 40);
}
void its_input() {
  many_executions();
  char first[4] = {};
  check(std::fgets(first, sizeof first, stdin) != nullptr && std::string(first) == "10\n");
  int second = 0;
  check(std::cin >> second && second == 20);
  std::string none;
  check(!(std::cin >> none));
}
void its_input_unbuffered() {
  many_executions();
  char all[8];
  check(read(STDIN_FILENO, all, sizeof all) == 6 && read(STDIN_FILENO, all, sizeof all) == 0);
}
void maps_memory() {
  many_executions();
  auto* const some =
      static_cast<char*>(mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  check(some != MAP_FAILED && some[0] == 0 && some[8191] == 0);
  some[0] = 1;
  check(munmap(some, 8192) == 0);
}
void maps_a_file() {
  const int file = open("/proc/self/exe", O_RDONLY);
  const auto* const some = static_cast<char*>(mmap(nullptr, 100, PROT_READ, MAP_PRIVATE, file, 0));
  close(file);
  check(some != MAP_FAILED && std::memcmp(some,
                                          "\x7f"
                                          "ELF",
                                          4) == 0);
  check(munmap(const_cast<char*>(some), 100) == 0);
}
void uses_what_is_unmapped() {
  auto* const some =
      static_cast<char*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  both([=] { some[0] = 1; }, [=] { munmap(some, 4096); });
}
void prints_past_stdio() {
  std::ios::sync_with_stdio(false);
  many_executions();
  std::cout << "printed\n";
}

// ---- What doesn't end

[[gnu::noinline, clang::no_sanitize("thread")]] void spin() {
  for (volatile int unseen = 0; unseen == 0;) {
  }
}
void runs_for_ever() {
  both([] { ++word; }, spin);
}
void runs_for_ever_seen() {
  both([] { ++word; },
       [] {
         for (plain = 1; plain != 0;) asm volatile("" : "+m"(plain));
       });
}
void waits_in_the_kernel() {
  const int one = open(path.c_str(), O_RDWR | O_CREAT, 0600);
  const int other = open(path.c_str(), O_RDWR);
  check(flock(one, LOCK_EX) == 0);
  flock(other, LOCK_EX);
}
void waits_for_its_input() {
  char all[8];
  check(read(STDIN_FILENO, all, sizeof all) == 0);
}

constexpr named_case cases[] = {
    {"what_it_raises", what_it_raises},
    {"handler_with_details", handler_with_details},
    {"handlers_race", handlers_race},
    {"nothing_handles", nothing_handles},
    {"crash_with_a_handler", crash_with_a_handler},
    {"signals_another_thread", signals_another_thread},
    {"raised_while_blocked", raised_while_blocked},
    {"alarm_clock", alarm_clock},
    {"timer", timer},
    {"waits_for_a_signal", waits_for_a_signal},
    {"forks", forks},
    {"forks_by_number", forks_by_number},
    {"becomes_another", becomes_another},
    {"runs_a_command", runs_a_command},
    {"opens_a_pipe", opens_a_pipe},
    {"opens_a_socket", opens_a_socket},
    {"counts_events", counts_events},
    {"polls", polls},
    {"shares_memory", shares_memory},
    {"cancels", cancels},
    {"a_file_in_each_execution", a_file_in_each_execution},
    {"its_input", its_input},
    {"its_input_unbuffered", its_input_unbuffered},
    {"maps_memory", maps_memory},
    {"maps_a_file", maps_a_file},
    {"uses_what_is_unmapped", uses_what_is_unmapped},
    {"prints_past_stdio", prints_past_stdio},
    {"runs_for_ever", runs_for_ever},
    {"runs_for_ever_seen", runs_for_ever_seen},
    {"waits_in_the_kernel", waits_in_the_kernel},
    {"waits_for_its_input", waits_for_its_input},
};

}  // namespace

int main(int count, char** words) {
  path = std::string("/tmp/gauntlet_system_") + (count > 1 ? words[1] : "");
  if (const char* const folder = std::getenv("FOLDER")) path = std::string(folder) + "/" + (count > 1 ? words[1] : "");
  return run_case(cases, count, words);
}
