/// The first call of a call_once throws: the next one is made, and no more.
// expect: complete

#include <cassert>
#include <mutex>
#include <thread>

int main() {
  std::once_flag flag;
  int calls = 0;
  const auto call = [&] {
    try {
      std::call_once(flag, [&] {
        if (++calls == 1) throw calls;
      });
    } catch (int) {
    }
  };
  std::thread other(call);
  call();
  other.join();
  assert(calls == 2);
}
