/// The exhaustive checker beside Relacy's full search, on the same programs: how many executions each runs, and how
/// long that takes. Relacy's are interleavings, with each value that a load may find; rc11's are execution graphs, and
/// in this table those that it ended early are counted, too.

#include <time.h>

#include <array>
#include <cstdio>
#include <sstream>

// Relacy defines the global operator new.
#include "models/rc11/explorer.hpp"
#include "models/relacy/relacy.hpp"

namespace {

using gauntlet::rc11::explorer;
using std::memory_order_acquire;
using std::memory_order_relaxed;
using std::memory_order_release;
constexpr auto acq_rel = std::memory_order_acq_rel;

/// A number that threads share, on either.
class on_relacy {
 public:
  void store(unsigned value, std::memory_order how) { value_.store(value, of(how), here()); }
  unsigned load(std::memory_order how) { return value_.load(of(how), here()); }
  unsigned add(unsigned value, std::memory_order how) { return value_.fetch_add(value, of(how), here()); }

 private:
  static rl::debug_info here() { return {"", "", 0}; }
  static rl::memory_order of(std::memory_order how) {
    constexpr rl::memory_order all[] = {rl::mo_relaxed, rl::mo_consume, rl::mo_acquire,
                                        rl::mo_release, rl::mo_acq_rel, rl::mo_seq_cst};
    return all[static_cast<int>(how)];
  }
  rl::atomic<unsigned> value_{0};
};

struct on_rc11 {
  on_rc11() { explorer::current()->create(this, 4, 0, {}); }
  void store(unsigned value, std::memory_order how) { explorer::current()->store(this, 4, value, how, {}); }
  unsigned load(std::memory_order how) { return static_cast<unsigned>(explorer::current()->load(this, 4, how, {})); }
  unsigned add(unsigned value, std::memory_order how) {
    return static_cast<unsigned>(explorer::current()->modify(this, 4, gauntlet::rc11::operation::add, value, how, {}));
  }

  alignas(4) std::array<unsigned char, 4> bytes{};
};

template <class Number>
struct store_buffering {
  static constexpr unsigned threads = 2;
  static constexpr const char* name = "store buffering";
  void thread(unsigned role) {
    (role == 0 ? x : y).store(1, memory_order_relaxed);
    (role == 0 ? y : x).load(memory_order_relaxed);
  }
  Number x, y;
};

template <class Number>
struct independent_reads {
  static constexpr unsigned threads = 4;
  static constexpr const char* name = "IRIW";
  void thread(unsigned role) {
    if (role < 2) return (role == 0 ? x : y).store(1, memory_order_release);
    (role == 2 ? x : y).load(memory_order_acquire);
    (role == 2 ? y : x).load(memory_order_acquire);
  }
  Number x, y;
};

template <class Number>
struct two_plus_two_writes {
  static constexpr unsigned threads = 2;
  static constexpr const char* name = "2+2W";
  void thread(unsigned role) {
    (role == 0 ? x : y).store(1, memory_order_relaxed);
    (role == 0 ? y : x).store(2, memory_order_relaxed);
  }
  Number x, y;
};

template <class Number>
struct message_chain {
  static constexpr unsigned threads = 3;
  static constexpr const char* name = "ISA2, polled twice";
  void thread(unsigned role) {
    if (role == 0) {
      x.store(1, memory_order_relaxed);
      return y.store(1, memory_order_release);
    }
    Number& from = role == 1 ? y : z;
    for (unsigned tries = 0; tries < 2; ++tries)
      if (from.load(memory_order_acquire) == 1) break;
    if (role == 1) return z.store(1, memory_order_release);
    x.load(memory_order_relaxed);
  }
  Number x, y, z;
};

template <class Number>
struct counting {
  static constexpr unsigned threads = 3;
  static constexpr const char* name = "two additions each of three";
  void thread(unsigned) {
    x.add(1, acq_rel);
    x.add(1, acq_rel);
  }
  Number x;
};

struct row {
  unsigned long long executions;
  double seconds;
};

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <template <class> class Program>
struct suite : rl::test_suite<suite<Program>, Program<on_relacy>::threads> {
  Program<on_relacy> program;
  void thread(unsigned role) { program.thread(role); }
};

template <template <class> class Program>
row by_relacy() {
  std::ostringstream output, progress;
  rl::test_params how;
  how.search_type = rl::sched_full;
  how.output_stream = &output;
  how.progress_stream = &progress;
  const double begun = processor_seconds();
  rl::simulate<suite<Program>>(how);
  return {how.stop_iteration, processor_seconds() - begun};
}

template <template <class> class Program>
row by_rc11() {
  using program = Program<on_rc11>;
  struct part {
    program* all;
    unsigned role;
  };
  explorer check;
  const double begun = processor_seconds();
  const auto found = check.explore(
      [] {
        program all;
        std::array<part, program::threads> parts{};
        for (unsigned role = 0; role < program::threads; ++role) {
          parts[role] = {&all, role};
          explorer::current()->thread_start(
              [](void* it) {
                const auto& own = *static_cast<const part*>(it);
                own.all->thread(own.role);
              },
              &parts[role], {});
        }
        for (unsigned role = 0; role < program::threads; ++role) explorer::current()->thread_join(role + 1, {});
      },
      {});
  return {found.complete + found.blocked + found.cut, processor_seconds() - begun};
}

template <template <class> class Program>
void compare() {
  const row relacy = by_relacy<Program>();
  const row rc11 = by_rc11<Program>();
  std::printf("%-30s %12llu %10.4f s %12llu %10.4f s %9.0f\n", Program<on_rc11>::name, relacy.executions,
              relacy.seconds, rc11.executions, rc11.seconds, relacy.seconds / rc11.seconds);
}

}  // namespace

int main() {
  std::printf("%-30s %12s %12s %12s %12s %9s\n", "program", "Relacy full", "", "rc11", "", "times");
  compare<store_buffering>();
  compare<two_plus_two_writes>();
  compare<message_chain>();
  compare<independent_reads>();
  compare<counting>();
}
