/// Broken: one thread takes left, then right, the other right, then left.
// expect: deadlock

#include <mutex>
#include <thread>

int main() {
  std::mutex left;
  std::mutex right;
  std::thread other([&] {
    const std::lock_guard outer(right);
    const std::lock_guard inner(left);
  });
  {
    const std::lock_guard outer(left);
    const std::lock_guard inner(right);
  }
  other.join();
}
