#pragma once
/// A stack of its own for each simulated thread: switching costs a few nanoseconds, and a fiber that isn't wanted any
/// longer is simply forgotten, without unwinding.

#include <boost/context/detail/fcontext.hpp>
#include <cstddef>
#include <memory>

namespace gauntlet::rc11 {

class fiber {
 public:
  using body = void (*)(void* argument);

  fiber();
  ~fiber();
  fiber(const fiber&) = delete;
  fiber& operator=(const fiber&) = delete;

  /// Makes the fiber one that will call `run(argument)`, which must not return.
  void prepare(body run, void* argument);
  /// Goes on with the fiber, until it calls leave().
  void enter();
  /// Goes back to who called enter(). To be called on the fiber.
  void leave();

 private:
  struct pages;
  static void start(boost::context::detail::transfer_t from);

  std::byte* stack_;
  boost::context::detail::fcontext_t own_ = nullptr;
  boost::context::detail::fcontext_t other_ = nullptr;
  body run_ = nullptr;
  void* argument_ = nullptr;
  /// What C++ keeps of exceptions being handled: it belongs to the stack, not to the machine's thread.
  void* caught_ = nullptr;
  unsigned uncaught_ = 0;
};

}  // namespace gauntlet::rc11
