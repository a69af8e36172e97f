/// A function that asks not to be instrumented races, and nothing is seen.
// expect: complete
// says: passed, complete (2 threads)

#include <thread>

namespace {

int number;

__attribute__((noinline, no_sanitize("thread"))) void write_number() {
  number = 1;
}

}  // namespace

int main() {
  std::thread other(write_number);
  write_number();
  other.join();
}
