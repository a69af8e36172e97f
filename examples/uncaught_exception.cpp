/// An exception that leaves a thread's function ends that thread only, and is told to the hook.

#include <cstdio>
#include <exception>
#include <stdexcept>

#include "primitives/thread/thread.hpp"

namespace {

void print(const gauntlet::thread::failure& what) {
  try {
    std::rethrow_exception(what.exception);
  } catch (const std::exception& error) {
    std::printf("thread %s failed: %s\n", what.name.c_str(), error.what());
  }
}

}  // namespace

int main() {
  gauntlet::thread::group::process().set_excepthook(print);
  gauntlet::thread parser([] { throw std::runtime_error("line 3: unexpected end"); }, {.name = "parser"});
  parser.start();
  parser.join();
  std::puts("main goes on");
}
