/// A promise is kept by one thread and waited for by another, one with a value and one with an exception.
// expect: complete
// with -DRELAXED expect: data_race

#include <atomic>
#ifdef RELAXED
#define memory_order_release memory_order_relaxed
#endif
#include <future>
#undef memory_order_release
#include <cassert>
#include <stdexcept>
#include <thread>

int main() {
  std::promise<int> value;
  std::promise<void> broken;
  auto promised = value.get_future();
  auto expected = broken.get_future();
  std::thread keeper([&] {
    value.set_value(7);
    broken.set_exception(std::make_exception_ptr(std::runtime_error("no")));
  });
  assert(promised.get() == 7);
  bool thrown = false;
  try {
    expected.get();
  } catch (const std::runtime_error&) {
    thrown = true;
  }
  assert(thrown);
  keeper.join();
}
