#include "models/rc11/fiber.hpp"

#include <cxxabi.h>
#include <sys/mman.h>

#include <new>
#include <utility>

namespace gauntlet::rc11 {

namespace {
constexpr std::size_t stack_size = std::size_t{256} << 10U;

struct exceptions {
  void* caught;
  unsigned uncaught;
};
/// The Itanium C++ ABI's __cxa_eh_globals (2.2.2).
exceptions& handled() {
  static auto* const one = reinterpret_cast<exceptions*>(abi::__cxa_get_globals());
  return *one;
}
}  // namespace

fiber::fiber() {
  void* const mapped =
      mmap(nullptr, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  // Running off a stack's end must not reach what lies below it.
  mprotect(mapped, 4096, PROT_NONE);
  stack_ = static_cast<std::byte*>(mapped);
}

fiber::~fiber() {
  munmap(stack_, stack_size);
}

void fiber::prepare(body run, void* argument) {
  run_ = run;
  argument_ = argument;
  caught_ = nullptr;
  uncaught_ = 0;
  own_ = boost::context::detail::make_fcontext(stack_ + stack_size, stack_size - 4096, &fiber::start);
}

void fiber::start(boost::context::detail::transfer_t from) {
  auto& self = *static_cast<fiber*>(from.data);
  self.other_ = from.fctx;
  self.run_(self.argument_);
}

void fiber::enter() {
  const exceptions outside = std::exchange(handled(), {caught_, uncaught_});
  own_ = boost::context::detail::jump_fcontext(own_, this).fctx;
  const exceptions inside = std::exchange(handled(), outside);
  caught_ = inside.caught;
  uncaught_ = inside.uncaught;
}

void fiber::leave() {
  other_ = boost::context::detail::jump_fcontext(other_, nullptr).fctx;
}

}  // namespace gauntlet::rc11
