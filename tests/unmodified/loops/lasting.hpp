#pragma once
/// Loops that do something that the next iteration, another thread or what comes after the loop depends on: taken for
/// loops in vain they would be clean.

#include <atomic>
#include <cassert>

#include "tests/unmodified/loops/together.hpp"

namespace {

/// What it saw last decides what it makes of what it sees next.
void sees_a_change() {
  together({[] {
              int before = 0;
              int seen = 0;
              do {
                before = seen;
                seen = x.load(acquire);
                assert(before != 1 || seen != 2);
              } while (y.load(acquire) == 0);
            },
            [] {
              x.store(1, release);
              x.store(2, release);
              y.store(1, release);
            }});
}

void counts_in_memory() {
  together({[] {
              int tried = 0;
              const auto count = [&] { return ++tried; };
              while (x.load(acquire) == 0)
                if (count() == 3) break;
              assert(tried != 3);
            },
            [] { x.store(1, release); }});
}

void counts_for_later() {
  together({[] {
              int tried = 0;
              while (tried < 5 && x.load(acquire) == 0) ++tried;
              assert(tried != 2);
            },
            [] { x.store(1, release); }});
}

/// The store has been seen by whoever wrote what the compare-exchange finds.
void writes_before_it_retries() {
  together({[] {
              int seen = x.load(relaxed);
              y.store(1, relaxed);
              while (!x.compare_exchange_strong(seen, 7, relaxed, relaxed)) {
              }
              assert(seen != 5);
            },
            [] {
              if (y.load(relaxed) == 1) x.store(5, relaxed);
            }});
}

/// Each iteration announces itself.
void announces() {
  together({[] {
              while (x.load(acquire) == 0) y.fetch_add(1, relaxed);
            },
            [] {
              while (y.load(relaxed) < 2) {
              }
              assert(x.load(relaxed) != 0);
              x.store(1, release);
            }});
}

void writes_what_is_there() {
  together({[] {
              while (x.load(acquire) == 0) shared_data = 0;
            },
            [] {
              assert(shared_data == 0);
              x.store(1, release);
            }});
}

/// What an iteration leaves in a node is read by the next, on one way.
void reads_what_it_left() {
  static struct {
    int value;
  } made;
  together({[] {
              for (;;) {
                const int seen = x.load(acquire);
                if (seen == 2 && made.value == 1) assert(false);
                if (seen == 2) break;
                made.value = seen;
              }
            },
            [] {
              x.store(1, release);
              x.store(2, release);
            }});
}

/// What the last but one iteration leaves in a node is read after the loop.
void leaves_it_for_later() {
  static struct {
    int value;
  } made;
  together({[] {
              for (;;) {
                const int seen = x.load(acquire);
                if (seen == 2) break;
                made.value = seen;
              }
              y.store(made.value, relaxed);
            },
            [] {
              x.store(1, release);
              x.store(2, release);
              assert(y.load(relaxed) != 1);
            }});
}

/// Each iteration of the inner loop writes it anew, but the outer one reads what it was before, three of its own ago.
void leaves_it_to_the_outer_loop() {
  static struct {
    int first, second, third;
  } made;
  together({[] {
              do {
                assert(made.third != 1);
                do made.third = made.second;
                while (x.load(relaxed) == 9);
                do made.second = made.first;
                while (x.load(relaxed) == 9);
                int seen = 0;
                do made.first = seen = x.load(acquire);
                while (seen == 9);
              } while (y.load(acquire) == 0);
            },
            [] {
              x.store(1, release);
              y.store(1, release);
            }});
}

/// It has failed when it is told to stop.
void fails_and_stops() {
  together({[] {
              int seen = x.load(relaxed);
              bool done = false;
              do done = x.compare_exchange_strong(seen, seen + 1, relaxed, relaxed);
              while (!done && y.load(relaxed) == 0);
              assert(done);
            },
            [] {
              x.store(5, relaxed);
              y.store(1, relaxed);
            }});
}

/// A weak compare-exchange may, though it finds what it expects: in a loop that counts its attempts, too.
void fails_for_no_reason() {
  int expected = 0;
  assert(x.compare_exchange_weak(expected, 1, relaxed, relaxed));
}
void counts_attempts() {
  int attempts = 0;
  for (int expected = 0; !x.compare_exchange_weak(expected, 1, relaxed, relaxed);) ++attempts;
  assert(attempts == 0);
}

}  // namespace
