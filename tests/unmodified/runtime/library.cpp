/// What the C and C++ libraries do to the program's memory; see tests/test_unmodified_system.py. In each case a thread
/// writes `text` while the library reads it, or the other way round.

#include <strings.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>

#include "tests/unmodified/runtime/cases.hpp"

namespace {

char text[32] = "12 some text";
char copy[32];
int numbers[4] = {3, 1, 2, 0};
volatile std::size_t sink;
volatile int other_sink;

/// Not known to the compiler, so that calls stay calls.
template <class T>
[[gnu::noinline]] T hidden(T it) {
  asm volatile("" : "+r"(it));
  return it;
}

void change() {
  text[0] = '3';
}
void look() {
  other_sink = text[0];
}
void look_at_numbers() {
  other_sink = numbers[0];
}

struct library_call {
  const char* name;
  void (*call)();
  void (*other)();
};
#define READS(name, ...) {#name, [] { __VA_ARGS__; }, change}
#define WRITES(name, ...) {#name, [] { __VA_ARGS__; }, look}

const library_call all[] = {
    READS(memcpy, hidden(memcpy)(copy, text, 8)),
    READS(memcmp, sink = static_cast<std::size_t>(hidden(memcmp)(copy, text, 8))),
    READS(memchr, sink = hidden(static_cast<const void* (*)(const void*, int, std::size_t)>(memchr))(text, 's', 8) != nullptr),
    READS(memmem, sink = memmem(text, 12, "some", 4) != nullptr),
    READS(strlen, sink = hidden(strlen)(text)),
    READS(strnlen, sink = hidden(strnlen)(text, 4)),
    READS(strcpy, hidden(strcpy)(copy, text)),
    READS(strncpy, hidden(strncpy)(copy, text, 20)),
    READS(stpcpy, hidden(stpcpy)(copy, text)),
    READS(strcmp, sink = static_cast<std::size_t>(hidden(strcmp)(copy, text))),
    READS(strncmp, sink = static_cast<std::size_t>(hidden(strncmp)(copy, text, 3))),
    READS(strcasecmp, sink = static_cast<std::size_t>(hidden(strcasecmp)(copy, text))),
    READS(strchr, sink = strchr(text, hidden('x')) != nullptr),
    READS(strrchr, sink = strrchr(text, hidden('x')) != nullptr),
    READS(strstr, sink = strstr(text, hidden("text")) != nullptr),
    READS(strpbrk, sink = strpbrk(text, hidden("xyz")) != nullptr),
    READS(strspn, sink = strspn(text, hidden("0123"))),
    READS(strdup, free(hidden(strdup)(text))),
    READS(strndup, free(hidden(strndup)(text, 3))),
    READS(strtol, sink = static_cast<std::size_t>(strtol(text, nullptr, 10))),
    READS(strtoull, sink = strtoull(text, nullptr, 10)),
    READS(strtod, sink = strtod(text, nullptr) > 1),
    READS(snprintf_of, snprintf(copy, sizeof copy, "%d %s", 1, text)),
    READS(printf, printf("%s %ld %f %s\n", "a", 1L, 2., text)),
    READS(fprintf, fprintf(stderr, "%s\n", text)),
    READS(puts, hidden(puts)(text)),
    READS(fputs, hidden(fputs)(text, stdout)),
    READS(fwrite, hidden(fwrite)(text, 1, 4, stdout)),
    READS(write, sink = static_cast<std::size_t>(write(STDOUT_FILENO, text, 4))),
    READS(writev, iovec part{text, 4}; sink = static_cast<std::size_t>(writev(STDOUT_FILENO, &part, 1))),
    READS(cout, std::cout << text << '\n'),
    READS(ostringstream, std::ostringstream() << text),
    READS(string, sink = std::string(text).size()),
    READS(string_view, sink = std::string_view(text).size()),
    WRITES(memset, hidden(memset)(text, '1', 8)),
    WRITES(memmove, hidden(memmove)(text, copy, 8)),
    WRITES(bzero, hidden(bzero)(text, 8)),
    WRITES(strcpy_to, hidden(strcpy)(text, "some")),
    WRITES(strcat, *text = 0; hidden(strcat)(text, "some")),
    WRITES(strncat, *text = 0; hidden(strncat)(text, "some", 2)),
    WRITES(sprintf, sprintf(text, "%d", hidden(12))),
    WRITES(snprintf, snprintf(text, 3, "%d", hidden(12345))),
    WRITES(fgets, hidden(fgets)(text, 4, stdin)),
    WRITES(fread, sink = fread(text, 1, 3, stdin)),
    WRITES(read, sink = static_cast<std::size_t>(read(STDIN_FILENO, text, 3))),
    {"qsort",
     [] {
       qsort(numbers, 4, sizeof *numbers, [](const void* one, const void* other) {
         return *static_cast<const int*>(one) - *static_cast<const int*>(other);
       });
     },
     look_at_numbers},
};

/// What `strcat` and the like see of a buffer isn't what lies behind it.
void beside() {
  std::thread other([] { text[31] = 1; });
  for (const library_call& each : all)
    if (std::strcmp(each.name, "strncpy") != 0) each.call();
  other.join();
}
/// A copy of the library's is the program's, and is missed.
void lost() {
  sink = hidden(strdup)(text) != nullptr;
}
/// A loop that prints does something each time.
void prints_in_a_loop() {
  for (int i = 0; i < 3; ++i) hidden(puts)("line");
}

constexpr named_case cases[] = {{"beside", beside}, {"lost", lost}, {"prints_in_a_loop", prints_in_a_loop}};

}  // namespace

int main(int count, char** words) {
  for (const library_call& each : all) {
    if (count != 2 || each.name != std::string_view(words[1])) continue;
    std::thread other(each.other);
    each.call();
    other.join();
    return 0;
  }
  return run_case(cases, count, words);
}
