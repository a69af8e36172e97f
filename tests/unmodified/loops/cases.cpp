/// Loops of every kind that waits or tries again, each in a program of its own: `cases NAME`. What each comes to is in
/// tests/test_unmodified_loops.py.

#include <sched.h>

#include <atomic>
#include <cassert>
#include <csetjmp>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/unmodified/loops/in_c.h"
#include "tests/unmodified/loops/lasting.hpp"
#include "tests/unmodified/loops/polling.hpp"
#include "tests/unmodified/loops/retrying.hpp"

namespace {

// ---- Locks

std::atomic_flag flag = ATOMIC_FLAG_INIT;
void test_and_set() {
  together(times(3, [] {
    while (flag.test_and_set(acquire)) {
    }
    ++shared_data;
    flag.clear(release);
  }));
  assert(shared_data == 3);
}

void test_and_test_and_set() {
  together(times(3, [] {
    while (x.exchange(1, acquire) != 0)
      while (x.load(relaxed) != 0) sched_yield();
    ++shared_data;
    x.store(0, release);
  }));
  assert(shared_data == 3);
}

void compare_and_set() {
  together(times(3, [] {
    for (int expected = 0; !x.compare_exchange_weak(expected, 1, acquire, relaxed); expected = 0) {
    }
    ++shared_data;
    x.store(0, release);
  }));
  assert(shared_data == 3);
}

/// How long it pauses is nobody's business.
void back_off() {
  together(times(3, [] {
    unsigned pauses = 1;
    while (x.exchange(1, acquire) != 0) {
      for (unsigned i = 0; i < pauses; ++i) __builtin_ia32_pause();
      if (pauses < 64) pauses *= 2;
    }
    ++shared_data;
    x.store(0, release);
  }));
  assert(shared_data == 3);
}

std::atomic<unsigned> next_ticket, serving;
void ticket() {
  together(times(4, [] {
    const unsigned mine = next_ticket.fetch_add(1, relaxed);
    while (serving.load(acquire) != mine) std::this_thread::yield();
    ++shared_data;
    serving.store(mine + 1, release);
  }));
  assert(shared_data == 4);
}

/// Each level waits below a frame of its own.
void lock_recursively(unsigned depth) {
  if (depth > 0) return lock_recursively(depth - 1);
  while (x.exchange(1, acquire) != 0) {
  }
}
void recursive() {
  together(times(2, [] {
    lock_recursively(3);
    ++shared_data;
    x.store(0, release);
  }));
  assert(shared_data == 2);
}

void in_c() {
  together(times(3, [] { c_lock(), ++c_guarded, c_unlock(); }));
  assert(c_guarded == 3);
}

// ---- Retry loops

void increments() {
  together(times(3, [] {
    int seen = x.load(relaxed);
    while (!x.compare_exchange_weak(seen, seen + 1, relaxed, relaxed)) {
    }
  }));
  assert(x.load() == 3);
}

struct node {
  int value;
  node* next;
};
template <std::memory_order after_failure>
struct stack {
  std::atomic<node*> top{nullptr};
  void push(node* made) {
    node* seen = top.load(relaxed);
    do made->next = seen;
    while (!top.compare_exchange_weak(seen, made, release, relaxed));
  }
  node* pop() {
    node* seen = top.load(acquire);
    while (seen != nullptr && !top.compare_exchange_weak(seen, seen->next, acquire, after_failure)) {
    }
    return seen;
  }
};
template <std::memory_order after_failure>
void pushes_and_pops() {
  static stack<after_failure> all;
  static node made[2];
  std::vector<std::function<void()>> what;
  for (int i = 0; i < 2; ++i) what.emplace_back([i] { made[i].value = i, all.push(&made[i]); });
  for (int i = 0; i < 2; ++i)
    what.emplace_back([] {
      if (node* const it = all.pop(); it != nullptr) assert(it->value < 2);
    });
  together(what);
}

struct link {
  std::atomic<link*> next{nullptr};
};
link first, second[2];
std::atomic<link*> tail{&first};
/// Michael and Scott's queue: whoever finds the tail behind helps.
void helping() {
  std::vector<std::function<void()>> what;
  for (link& made : second)
    what.emplace_back([&made] {
      for (;;) {
        link* last = tail.load(acquire);
        link* after = last->next.load(acquire);
        if (last != tail.load(acquire)) continue;
        if (after != nullptr) {
          tail.compare_exchange_strong(last, after, acq_rel, relaxed);
        } else if (last->next.compare_exchange_strong(after, &made, acq_rel, relaxed)) {
          tail.compare_exchange_strong(last, &made, acq_rel, relaxed);
          return;
        }
      }
    });
  together(what);
  assert(tail.load()->next.load() == nullptr);
}

// ---- Readers

std::atomic<unsigned> sequence;
struct pair {
  int one, other;
};
template <std::memory_order publish>
pair read_pair() {
  for (;;) {
    const unsigned before = sequence.load(acquire);
    if ((before & 1) != 0) continue;
    const pair copy{x.load(relaxed), y.load(relaxed)};
    std::atomic_thread_fence(acquire);
    if (sequence.load(relaxed) == before) return copy;
  }
}
template <std::memory_order publish>
void sequence_lock() {
  const auto reader = [] {
    const pair copy = read_pair<publish>();
    assert(copy.one == copy.other);
  };
  together({[] {
              for (int i = 1; i <= 2; ++i) {
                const unsigned before = sequence.load(relaxed);
                sequence.store(before + 1, relaxed);
                std::atomic_thread_fence(release);
                x.store(i, relaxed);
                y.store(i, relaxed);
                sequence.store(before + 2, publish);
              }
            },
            reader, reader});
}

// ---- Ways into a loop, and out of it

void leaves_by_exception() {
  together({[] { x.store(1, release); },
            [] {
              try {
                for (;;)
                  if (x.load(acquire) != 0) throw std::runtime_error("enough");
              } catch (const std::runtime_error&) {
              }
              while (y.load(acquire) == 0) {
              }
            },
            [] { y.store(1, release); }});
}

void leaves_by_jump() {
  together({[] { x.store(1, release); },
            [] {
              std::jmp_buf out;
              if (setjmp(out) == 0) {
                for (;;)
                  if (x.load(acquire) != 0) std::longjmp(out, 1);
              }
              while (y.load(acquire) == 0) {
              }
            },
            [] { y.store(1, release); }});
}

bool both() {
  do {
    while (x.load(acquire) == 0) {
    }
  } while (y.load(acquire) == 0);
  return true;
}
void nested() {
  together({[] { x.store(1, release); }, [] { y.store(1, release); }, [] { assert(both()); }});
}

/// Once in vain, or a hundred times: nobody can tell.
bool tries() {
  for (int i = 0; i < 100; ++i)
    if (x.load(acquire) != 0) return true;
  return false;
}
void bounded_retry() {
  together({[] { x.store(1, release); }, [] { tries(); }});
}

/// Two counters: at its end neither is what it would be by itself.
bool tries_between(int low, int high) {
  for (; low < high; ++low, --high)
    if (x.load(acquire) != 0) return true;
  return false;
}
void meets_in_the_middle() {
  together({[] { x.store(1, release); }, [] { tries_between(0, 10); }});
}

void waits_at_the_end() {
  together({[] { x.store(1, release); },
            [] {
              int seen = 0;
              do seen = x.load(acquire);
              while (seen == 0);
            }});
}

void forever() {
  together({[] {
    while (x.load(acquire) == 0) {
    }
  }});
}

/// A loop that takes a lock of its own making to look: what it does each time has an effect, and nobody knows how
/// often.
void polling() {
  const auto lock = [] {
    while (flag.test_and_set(acquire)) {
    }
  };
  together({[lock] {
              for (bool done = false; !done;) {  // polls here
                lock();
                done = shared_data == 1;
                flag.clear(release);
              }
            },
            [lock] {
              lock();
              shared_data = 1;
              flag.clear(release);
            }});
}

const struct {
  std::string_view name;
  void (*run)();
} cases[] = {
    {"test_and_set", test_and_set},
    {"test_and_test_and_set", test_and_test_and_set},
    {"compare_and_set", compare_and_set},
    {"back_off", back_off},
    {"ticket", ticket},
    {"recursive", recursive},
    {"in_c", in_c},
    {"increments", increments},
    {"increments_from_nothing", increments_from_nothing},
    {"forgets_what_it_found", forgets_what_it_found},
    {"load_into_node", pushes<load_into_node>},
    {"load_by_failing", pushes<load_by_failing>},
    {"stack", pushes_and_pops<acquire>},
    {"helping", helping},
    {"sequence_lock", sequence_lock<release>},
    {"leaves_by_exception", leaves_by_exception},
    {"leaves_by_jump", leaves_by_jump},
    {"nested", nested},
    {"bounded_retry", bounded_retry},
    {"meets_in_the_middle", meets_in_the_middle},
    {"waits_at_the_end", waits_at_the_end},
    {"forever", forever},
    {"polling", polling},
    {"polls_a_mutex", polls_a_mutex},
    {"polls_a_shared_mutex", polls_a_shared_mutex},
    {"polls_for_ever", polls_for_ever},
    {"polls_what_is_tried", polls_what_is_tried},
    {"lasting/learns_less_by_failing", pushes_and_pops<relaxed>},
    {"lasting/publishes_too_little", sequence_lock<relaxed>},
    {"lasting/sees_a_change", sees_a_change},
    {"lasting/counts_in_memory", counts_in_memory},
    {"lasting/counts_for_later", counts_for_later},
    {"lasting/writes_before_it_retries", writes_before_it_retries},
    {"lasting/announces", announces},
    {"lasting/writes_what_is_there", writes_what_is_there},
    {"lasting/reads_what_it_left", reads_what_it_left},
    {"lasting/leaves_it_for_later", leaves_it_for_later},
    {"lasting/leaves_it_to_the_outer_loop", leaves_it_to_the_outer_loop},
    {"lasting/fails_and_stops", fails_and_stops},
    {"lasting/fails_for_no_reason", fails_for_no_reason},
    {"lasting/counts_attempts", counts_attempts},
    {"lasting/counts_under_the_lock", counts_under_the_lock},
};

}  // namespace

int main(int argc, char** argv) {
  for (const auto& each : cases)
    if (argc == 2 && each.name == argv[1]) return each.run(), 0;
  return 2;
}
