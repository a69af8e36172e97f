/// A string and a map are filled by one thread and read by another, that a flag orders after it.
// expect: complete
// with -DRELAXED_FLAG expect: data_race

#include <atomic>
#include <cassert>
#include <map>
#include <string>
#include <thread>

#ifdef RELAXED_FLAG
constexpr auto publication = std::memory_order_relaxed;
#else
constexpr auto publication = std::memory_order_release;
#endif

int main() {
  std::atomic<bool> ready = false;
  std::string text;
  std::map<int, std::string> names;
  std::thread writer([&] {
    text = "a string that is long enough to be on the heap";
    names[1] = "one";
    names[2] = text;
    ready.store(true, publication);
  });
  while (!ready.load(std::memory_order_acquire)) {
  }
  assert(text.size() == 46);
  assert(names.size() == 2 && names[1] == "one");
  writer.join();
}
