/// The heap under an unmodified program; see tests/test_unmodified_runtime.py for what is expected of each case.

#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "tests/unmodified/runtime/cases.hpp"

namespace {

struct node {
  node* next = nullptr;
  long payload[3] = {};
};

node* kept = nullptr;
std::vector<int> grown(3);
volatile int sink = 0;

void use_after_free() {
  auto* const it = new node;
  std::thread([it] { delete it; }).join();
  sink = static_cast<int>(it->payload[1]);
}
void double_free() {
  auto* const it = new node;
  delete it;
  std::thread([it] { delete it; }).join();
}
void free_of_no_block() {
  char* volatile it = static_cast<char*>(std::malloc(16));
  std::free(it + 8);
}
void beyond_the_end() {
  char* volatile it = static_cast<char*>(std::malloc(12));
  it[12] = 1;
}
void mismatched() {
  auto* const it = new int[4];
  std::free(it);
}
void freed_while_used() {
  auto* const it = new int(0);
  std::thread other([it] { *it = 1; });
  std::free(nullptr);
  delete it;
  other.join();
}
void lost() {
  node* volatile it = new node;
  it = nullptr;
}
void lost_in_a_circle() {
  auto* const one = new node;
  one->next = new node;
  one->next->next = one;
}
void kept_by_a_global() {
  kept = new node;
  kept->next = new node;
}
void never_written() {
  const auto it = std::make_unique_for_overwrite<int[]>(4);
  it[0] = 1;
  sink = it[1];
}
void written_in_part() {
  const auto it = std::make_unique_for_overwrite<int[]>(4);
  std::memset(it.get(), 1, 16);
  sink = it[1];
}
void all_forms() {
  void* it = std::calloc(3, 8);
  check(static_cast<char*>(it)[23] == 0);
  std::memset(it, 7, 24);
  it = std::realloc(it, 4000);
  check(static_cast<char*>(it)[23] == 7);
  std::free(it);
  it = std::aligned_alloc(256, 512);
  check(reinterpret_cast<std::uintptr_t>(it) % 256 == 0);
  std::free(it);
  struct alignas(128) large {
    char bytes[128];
  };
  delete new large;
  delete[] new large[3];
  delete new (std::nothrow) int(3);
  void* volatile none = malloc(std::size_t{1} << 40U);
  check(none == nullptr);
}
/// What was allocated before main is as it was in every execution.
void restored() {
  check(grown.size() == 3 && grown[0] == 0);
  std::thread other([] { grown.assign(100, 5); });
  other.join();
  check(grown[99] == 5);
}
/// A block that comes back at the same address is another one.
void handed_out_again() {
  auto* const first = new int(1);
  delete first;
  auto* const second = new int(2);
  check(first != second);
  delete second;
}

const named_case all[] = {{"use_after_free", use_after_free},
                          {"double_free", double_free},
                          {"free_of_no_block", free_of_no_block},
                          {"beyond_the_end", beyond_the_end},
                          {"mismatched", mismatched},
                          {"freed_while_used", freed_while_used},
                          {"lost", lost},
                          {"lost_in_a_circle", lost_in_a_circle},
                          {"kept_by_a_global", kept_by_a_global},
                          {"never_written", never_written},
                          {"written_in_part", written_in_part},
                          {"all_forms", all_forms},
                          {"restored", restored},
                          {"handed_out_again", handed_out_again}};

}  // namespace

int main(int count, char** words) {
  return run_case(all, count, words);
}
