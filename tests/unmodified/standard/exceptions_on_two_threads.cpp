/// Two threads throw and catch at once, one exception within the handler of another; each has its own.
// expect: complete

#include <atomic>
#include <cassert>
#include <exception>
#include <stdexcept>
#include <thread>

namespace {

std::atomic<int> meanwhile;

void throw_and_catch(int which) {
  try {
    throw std::runtime_error(which ? "one" : "zero");
  } catch (const std::exception& outer) {
    ++meanwhile;
    try {
      throw which;
    } catch (int inner) {
      ++meanwhile;
      assert(inner == which);
    }
    assert(outer.what()[0] == (which ? 'o' : 'z'));
  }
  assert(!std::current_exception());
}

}  // namespace

int main() {
  std::thread other(throw_and_catch, 1);
  throw_and_catch(0);
  other.join();
}
