/// Broken: two threads count in one variable, and nothing makes a step whole. Between one thread's look at the variable
/// and its store the other's steps are lost. ThreadSanitizer names the variable and both lines.

#include <cstdio>

#include "primitives/event/event.hpp"
#include "primitives/thread/thread.hpp"

namespace {

long visits = 0;
gauntlet::event both_are_there;

void visit() {
  // Else the first may be done before the second begins, and then they are ordered.
  both_are_there.wait();
  for (int i = 0; i < 10'000; ++i) ++visits;
}

}  // namespace

int main() {
  gauntlet::thread one(visit);
  gauntlet::thread other(visit);
  one.start();
  other.start();
  both_are_there.set();
  one.join();
  other.join();
  std::printf("final count, of 20000: %ld\n", visits);
}
