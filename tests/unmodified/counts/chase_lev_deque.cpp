/// Chase and Lev's deque as Lê and others have it (PPoPP 2013): the owner pushes and takes VALUES, two others
/// steal one each.
// expect: complete 300
// with -DWITHOUT_FENCE expect: assertion
// long with -DVALUES=3 expect: complete 840

#include <atomic>
#include <cassert>
#include <cstdio>
#include <optional>
#include <thread>

#ifndef VALUES
#define VALUES 2
#endif

namespace {

using enum std::memory_order;

class deque {
 public:
  void push(int value) {
    const long bottom = bottom_.load(relaxed);
    cells_[bottom].store(value, relaxed);
    std::atomic_thread_fence(release);
    bottom_.store(bottom + 1, relaxed);
  }

  std::optional<int> take() {
    const long bottom = bottom_.load(relaxed) - 1;
    bottom_.store(bottom, relaxed);
#ifndef WITHOUT_FENCE
    std::atomic_thread_fence(seq_cst);
#endif
    long top = top_.load(relaxed);
    std::optional<int> out;
    if (top <= bottom) {
      out = cells_[bottom].load(relaxed);
      if (top < bottom) return out;
      if (!top_.compare_exchange_strong(top, top + 1, seq_cst, relaxed)) out.reset();
    }
    bottom_.store(bottom + 1, relaxed);
    return out;
  }

  std::optional<int> steal() {
    long top = top_.load(acquire);
    std::atomic_thread_fence(seq_cst);
    if (top >= bottom_.load(acquire)) return std::nullopt;
    const int out = cells_[top].load(relaxed);
    if (!top_.compare_exchange_strong(top, top + 1, seq_cst, relaxed)) return std::nullopt;
    return out;
  }

 private:
  std::atomic<long> top_ = 0;
  std::atomic<long> bottom_ = 0;
  std::atomic<int> cells_[VALUES] = {};
};

}  // namespace

int main() {
  deque values;
  int stolen[2] = {0, 0};
  int taken = 0;
  std::thread owner([&] {
    for (int i = 0; i < VALUES; ++i) values.push(1 << i);
    for (int i = 0; i < VALUES; ++i) taken += values.take().value_or(0);
  });
  std::thread thief([&] { stolen[0] = values.steal().value_or(0); });
  std::thread another([&] { stolen[1] = values.steal().value_or(0); });
  owner.join();
  thief.join();
  another.join();
  std::printf("%d %d %d\n", taken, stolen[0], stolen[1]);
  assert(taken + stolen[0] + stolen[1] == (1 << VALUES) - 1);
}
