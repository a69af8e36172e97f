/// Two threads call_once, twice each: the call is made once, and seen by all.
// expect: complete

#include <cassert>
#include <mutex>
#include <thread>

int main() {
  std::once_flag flag;
  int calls = 0;
  const auto call_twice = [&] {
    for (int i = 0; i < 2; ++i) std::call_once(flag, [&] { ++calls; });
    assert(calls == 1);
  };
  std::thread other(call_twice);
  call_twice();
  other.join();
}
