/// What a program does must follow from what it reads: here it follows from the random device of the operating system.
// expect: error
// says: when it was run again the program did something else
// says: at tests/unmodified/limits/random_numbers_differ_from_run_to_run.cpp:

#include <atomic>
#include <random>
#include <thread>

int main() {
  std::atomic<unsigned> x = 0;
  std::atomic<unsigned> y = 0;
  std::thread other([&] { x.store(std::random_device()()); });
  y.store(x.load());
  other.join();
}
