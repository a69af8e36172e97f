/// One thread stores into an atomic shared_ptr, the other loads: libstdc++'s load() unlocks with a relaxed operation,
/// so its read of the pointer is not ordered before the write of the next store.
// expect: data_race

#include <atomic>
#include <cassert>
#include <memory>
#include <thread>

int main() {
  std::atomic<std::shared_ptr<int>> shared(std::make_shared<int>(0));
  std::thread writer([&] {
    shared.store(std::make_shared<int>(1));
    shared.store(std::make_shared<int>(2));
  });
  int last = 0;
  for (int i = 0; i < 2; ++i) {
    const auto found = shared.load();
    assert(*found >= last);
    last = *found;
  }
  writer.join();
  assert(*shared.load() == 2);
}
