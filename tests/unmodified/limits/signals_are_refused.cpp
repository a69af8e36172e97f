/// A signal handler runs at no point that the model knows: asking for one is an error that says so.
// expect: error
// says: sigaction

#include <csignal>
#include <thread>

int main() {
  std::thread other([] { std::signal(SIGUSR1, [](int) {}); });
  other.join();
}
