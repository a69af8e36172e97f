/// One error for each name, for the sanitizers to describe. The argument chooses it.

#include <climits>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <thread>

namespace gauntlet {

struct node {
  int value;
  node* next;
};

struct stack {
  node* top = nullptr;

  [[gnu::noinline]] void push(int value) { top = new node{value, top}; }
  [[gnu::noinline]] int pop() {
    node* const old = top;
    top = old->next;
    delete old;
    return old->value;
  }
};

[[gnu::noinline]] int overflow(int value) {
  return value + value;
}

}  // namespace gauntlet

int main(int count, char** values) {
  const std::string_view wanted = count > 1 ? values[1] : "";
  gauntlet::stack some;
  some.push(1);
  some.push(2);
  if (wanted == "use_after_free") std::thread([&] { std::printf("%d\n", some.pop()); }).join();
  if (wanted == "double_free") {
    gauntlet::node* const old = some.top;
    delete old;
    delete old;
  }
  if (wanted == "leak") some.top = nullptr;
  if (wanted == "undefined") std::printf("%d\n", gauntlet::overflow(INT_MAX - 2 + count));
  if (wanted == "heap_buffer_overflow") some.top[count - 1].value = 1;
  if (wanted == "segv") std::raise(SIGSEGV);
  if (wanted == "abort") std::abort();
  if (wanted == "null") some.top->next->next->value = 1;
  while (some.top != nullptr && wanted != "leak") {
    gauntlet::node* const old = some.top;
    some.top = old->next;
    delete old;
  }
}
