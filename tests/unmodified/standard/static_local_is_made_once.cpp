/// Two threads reach a function's static vector: one makes it, and both find it whole.
// expect: complete

#include <cassert>
#include <thread>
#include <vector>

namespace {

const std::vector<int>& table() {
  static const std::vector<int> made{1, 2, 3};
  return made;
}

}  // namespace

int main() {
  const auto use = [] {
    assert(table().size() == 3);
    assert(table()[1] == 2);
  };
  std::thread other(use);
  std::thread another(use);
  other.join();
  another.join();
}
