/// Two std::async calls on threads of their own: one returns a value, the other throws.
// expect: complete

#include <cassert>
#include <future>
#include <stdexcept>

int main() {
  auto one = std::async(std::launch::async, [] { return 7; });
  auto other = std::async(std::launch::async, []() -> int { throw std::out_of_range("far"); });
  assert(one.get() == 7);
  try {
    other.get();
    assert(false);
  } catch (const std::out_of_range&) {
  }
}
