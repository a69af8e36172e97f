/// A packaged_task is run by a thread, twice; its callers get what it returned.
// expect: complete

#include <cassert>
#include <future>
#include <thread>
#include <utility>

int main() {
  std::packaged_task<int(int)> twice([](int of) { return 2 * of; });
  auto first = twice.get_future();
  std::thread runner(
      [](std::packaged_task<int(int)> task, std::promise<int> result) {
        task(3);
        task.reset();
        auto second = task.get_future();
        task(4);
        result.set_value(second.get());
      },
      std::move(twice), std::promise<int>());
  assert(first.get() == 6);
  runner.join();
}
