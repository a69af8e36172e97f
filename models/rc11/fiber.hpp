#pragma once
/// A stack of its own for each simulated thread: switching costs a few nanoseconds, and a fiber that isn't wanted any
/// longer is simply forgotten, without unwinding. Stacks are kept for the next fibers.

#include <boost/context/detail/fcontext.hpp>
#include <cstddef>
#include <string>
#include <utility>

namespace gauntlet::rc11 {

class fiber {
 public:
  using body = void (*)(void* argument);

  /// One with a stack of its own, or the one that the caller runs on.
  enum class place : bool { own_stack, here };
  explicit fiber(place where = place::own_stack);
  ~fiber();
  fiber(const fiber&) = delete;
  fiber& operator=(const fiber&) = delete;

  /// Makes the fiber one that will call `run(argument)`, which must not return.
  void prepare(body run, void* argument);
  /// So large is a stack, in bytes.
  static constexpr std::size_t stack_size = std::size_t{1} << 20U;
  /// What is told of a thread that needs more.
  static std::string used_up() {
    return "the thread's stack is used up: it has " + std::to_string(stack_size >> 10U) + " KiB";
  }
  /// Whether `address` lies on its stack.
  bool holds(const void* address) const noexcept {
    return static_cast<std::size_t>(static_cast<const std::byte*>(address) - stack_) < stack_size;
  }
  /// Whether `address` is where a stack that is used up is used beyond its end.
  bool is_beyond(const void* address) const noexcept {
    return static_cast<std::size_t>(static_cast<const std::byte*>(address) - stack_) < guard_size;
  }
  /// Bytes that are left below `frame`, on the fiber's stack.
  std::size_t left(const void* frame) const noexcept {
    return static_cast<std::size_t>(static_cast<const std::byte*>(frame) - stack_) - guard_size;
  }
  /// Leaves this fiber, which must be the one that runs, for `other`, until somebody goes to this one.
  void go_to(fiber& other) {
    caught_ = std::exchange(handled_->caught, other.caught_);
    uncaught_ = std::exchange(handled_->uncaught, other.uncaught_);
    entered_ = &other;
    const auto from = boost::context::detail::jump_fcontext(other.own_, this);
    static_cast<fiber*>(from.data)->own_ = from.fctx;
  }

 private:
  static constexpr std::size_t guard_size = std::size_t{64} << 10U;

  /// The Itanium C++ ABI's __cxa_eh_globals (2.2.2).
  struct exceptions {
    void* caught;
    unsigned uncaught;
  };
  inline static exceptions* handled_ = nullptr;
  /// What is entered, perhaps for the first time.
  inline static fiber* entered_ = nullptr;

  static void start(boost::context::detail::transfer_t from);

  std::byte* stack_ = nullptr;
  boost::context::detail::fcontext_t own_ = nullptr;
  body run_ = nullptr;
  void* argument_ = nullptr;
  /// What C++ keeps of exceptions being handled: it belongs to the stack, not to the machine's thread.
  void* caught_ = nullptr;
  unsigned uncaught_ = 0;
};

}  // namespace gauntlet::rc11
