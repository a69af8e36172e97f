#include "models/rc11/fiber.hpp"

#include <cxxabi.h>
#include <sys/mman.h>

#include <new>
#include <utility>
#include <vector>

namespace gauntlet::rc11 {

namespace {
/// Stacks that no fiber has: to map one costs more than a small program's whole exploration.
std::vector<std::byte*>& unused() {
  static auto* const all = new std::vector<std::byte*>;
  return *all;
}

std::byte* mapped_stack(std::size_t guard) {
  void* const mapped = mmap(nullptr, fiber::stack_size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  // Running off a stack's end must not reach what lies below it.
  mprotect(mapped, guard, PROT_NONE);
  return static_cast<std::byte*>(mapped);
}
}  // namespace

fiber::fiber(place where) {
  if (handled_ == nullptr) handled_ = reinterpret_cast<exceptions*>(abi::__cxa_get_globals());
  if (where == place::here) return;
  auto& stacks = unused();
  if (stacks.empty()) {
    stack_ = mapped_stack(guard_size);
  } else {
    stack_ = stacks.back();
    stacks.pop_back();
  }
}

fiber::~fiber() {
  if (stack_ != nullptr) unused().push_back(stack_);
}

void fiber::prepare(body run, void* argument) {
  run_ = run;
  argument_ = argument;
  caught_ = nullptr;
  uncaught_ = 0;
  own_ = boost::context::detail::make_fcontext(stack_ + stack_size, stack_size - guard_size, &fiber::start);
}

void fiber::start(boost::context::detail::transfer_t from) {
  static_cast<fiber*>(from.data)->own_ = from.fctx;
  const fiber& self = *entered_;
  self.run_(self.argument_);
}

}  // namespace gauntlet::rc11
