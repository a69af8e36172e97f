/// A weak_ptr is locked while the last shared_ptr goes: it gets the object whole, or nothing.
// expect: complete

#include <cassert>
#include <memory>
#include <thread>

int main() {
  auto owner = std::make_shared<int>(7);
  std::thread watcher([watched = std::weak_ptr<int>(owner)] {
    for (int i = 0; i < 2; ++i)
      if (const auto found = watched.lock()) assert(*found == 7);
  });
  owner.reset();
  watcher.join();
}
