/// Two threads drop their copies of a shared_ptr while its maker drops its own: one of them destroys the object.
// expect: complete
// with -D__ATOMIC_ACQ_REL=__ATOMIC_RELAXED -Wno-macro-redefined expect: data_race

#include <cassert>
#include <memory>
#include <thread>

namespace {

struct resource {
  explicit resource(int& destroyed) : destroyed(destroyed) {}
  ~resource() { ++destroyed; }
  int value = 7;
  int& destroyed;
};

}  // namespace

int main() {
  int destroyed = 0;
  auto made = std::make_shared<resource>(destroyed);
  const auto use_and_drop = [](std::shared_ptr<resource> mine) {
    assert(mine->value == 7);
    const auto copy = mine;
  };
  std::thread other(use_and_drop, made);
  std::thread another(use_and_drop, made);
  made.reset();
  other.join();
  another.join();
  assert(destroyed == 1);
}
