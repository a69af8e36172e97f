/// What a program does must follow from what it reads: here it follows from the random device of the operating system.
// expect: error
// says: when it was run again the program did something else

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
