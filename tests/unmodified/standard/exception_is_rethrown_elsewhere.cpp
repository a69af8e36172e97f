/// An exception goes from the thread that threw it to the one that joins it.
// expect: complete

#include <cassert>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

int main() {
  std::exception_ptr thrown[2];
  const auto fail = [&](int which) {
    try {
      throw std::runtime_error(std::to_string(which));
    } catch (...) {
      thrown[which] = std::current_exception();
    }
  };
  std::thread other(fail, 1);
  fail(0);
  other.join();
  for (int i = 0; i < 2; ++i) try {
      std::rethrow_exception(thrown[i]);
    } catch (const std::runtime_error& found) {
      assert(found.what() == std::to_string(i));
    }
}
