/// A ring of two vectors between one producer and one consumer, VALUES of them.
// expect: complete 27
// long with -DVALUES=8 expect: complete 2187

#include <atomic>
#include <cassert>
#include <thread>
#include <utility>
#include <vector>

#ifndef VALUES
#define VALUES 4
#endif

namespace {

class ring {
 public:
  bool push(std::vector<int> value) {
    const unsigned at = pushed_.load(std::memory_order_relaxed);
    if (at - popped_.load(std::memory_order_acquire) == 2) return false;
    cells_[at % 2] = std::move(value);
    pushed_.store(at + 1, std::memory_order_release);
    return true;
  }

  bool pop(std::vector<int>& value) {
    const unsigned at = popped_.load(std::memory_order_relaxed);
    if (at == pushed_.load(std::memory_order_acquire)) return false;
    value = std::move(cells_[at % 2]);
    popped_.store(at + 1, std::memory_order_release);
    return true;
  }

 private:
  std::vector<int> cells_[2];
  std::atomic<unsigned> pushed_ = 0;
  std::atomic<unsigned> popped_ = 0;
};

}  // namespace

int main() {
  ring values;
  std::thread producer([&] {
    for (int i = 0; i < VALUES; ++i)
      while (!values.push({i, i})) {
      }
  });
  for (int i = 0; i < VALUES; ++i) {
    std::vector<int> popped;
    while (!values.pop(popped)) {
    }
    assert(popped.size() == 2 && popped[1] == i);
  }
  producer.join();
}
