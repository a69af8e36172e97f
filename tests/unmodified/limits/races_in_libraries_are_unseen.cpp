/// Two threads race inside of strtok(), in the C library, which is not instrumented: nothing is seen, and the verdict
/// says which libraries that goes for.
// expect: complete
// says: not instrumented, so no race inside is seen: libc.so.6

#include <cstring>
#include <thread>

int main() {
  char one[] = "a b";
  char other[] = "c d";
  std::thread splitter([&] { std::strtok(other, " "); });
  std::strtok(one, " ");
  splitter.join();
}
