#pragma once
/// Runs a function once, whoever comes first; after std::call_once. One futex word.
///
/// Promises
///   Safety     Of all calls, one runs its function to the end; every other one returns only after that. A function
///   that
///              throws has not run: its caller gets the exception, and the next call runs its own.
///   Progress   A call blocks while another one runs its function. Afterwards it costs one load. No wake-up is lost: a
///              function that throws wakes all who wait, and one of them is the next to run.
///   Fairness   None.
///   Recursion  A function that calls the same once would wait for itself: that call throws, and changes nothing.
///   Lifetime   May be destroyed when all calls have returned.
///
/// Memory ordering: what the function did, and all that its caller did before, is visible to everybody whose call()
/// returned. What a function did before it threw is visible to the one that runs next.
///
/// The word
///   fresh      nobody runs                    call(): running
///   running    a function runs                another call(): contended. Its end: done, or fresh if it threw
///   contended  likewise, and somebody sleeps  its end: done, or fresh if it threw; wakes all
///   done       for good
///
/// Invariants: a thread sleeps only while the word is contended, and who takes that away wakes all. runner_ is this
/// thread's ident if, and only if, this thread's function runs: each writes its own there when it begins, and nobody
/// before it ends.

#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <system_error>
#include <utility>

#include "primitives/sync.hpp"

namespace gauntlet {

class once {
 public:
  /// A claim: a call from within the function that runs throws.
  static constexpr bool recursion_is_checked = true;

  once() = default;
  once(const once&) = delete;
  once& operator=(const once&) = delete;

  /// Returns when a function has run to the end here: `function`, on this thread, or another call's.
  /// @throws what `function` throws; then another call may run its own. std::system_error
  /// (resource_deadlock_would_occur) if this thread runs a function here already
  template <std::invocable Function>
  void call(Function&& function) {
    // acquire [done]: pairs with finish()'s release of word_; carries what the function did.
    if (word_.load(std::memory_order_acquire) == done || !begin()) return;
    std::exception_ptr thrown;
    try {
      std::invoke(std::forward<Function>(function));
    } catch (...) {
      thrown = std::current_exception();
    }
    finish(thrown ? fresh : done);
    if (thrown) std::rethrow_exception(thrown);
  }

 private:
  static constexpr std::uint32_t fresh = 0;
  static constexpr std::uint32_t running = 1;
  static constexpr std::uint32_t contended = 2;
  static constexpr std::uint32_t done = 3;

  /// Waits while another call runs its function. @return false if it is done, true if this call is to run its own
  bool begin() {
    for (;;) {
      auto seen = fresh;
      // acquire [done]: pairs with finish()'s release of word_; carries what a function did that threw.
      // acquire [done]: on failure it may be done.
      if (word_.compare_exchange_strong(seen, running, std::memory_order_acquire, std::memory_order_acquire)) {
        // relaxed: only whose function runs writes it.
        runner_.store(sync::this_thread(), std::memory_order_relaxed);
        return true;
      }
      if (seen == done) return false;
      // relaxed: only this thread writes this thread's ident.
      if (runner_.load(std::memory_order_relaxed) == sync::this_thread())
        throw std::system_error(std::make_error_code(std::errc::resource_deadlock_would_occur),
                                "once: a call from within the function that it runs");
      if (mark()) sync::futex_wait(word_, contended);
    }
  }

  /// Whether somebody runs, and is going to wake this thread.
  bool mark() {
    auto seen = running;
    // relaxed: carries nothing; begin() looks again, with acquire.
    // relaxed: on failure likewise.
    return word_.compare_exchange_strong(seen, contended, std::memory_order_relaxed, std::memory_order_relaxed) ||
           seen == contended;
  }

  void finish(std::uint32_t end) {
    // relaxed: only whose function runs writes it.
    runner_.store(0, std::memory_order_relaxed);
    // release [done]: pairs with the acquires of word_ in call() and begin(); carries what the function did.
    if (word_.exchange(end, std::memory_order_release) == contended) sync::futex_wake(word_, sync::everyone);
  }

  sync::atomic<std::uint32_t> word_{fresh};
  /// Whose function runs; 0 if none does.
  sync::atomic<sync::thread_id> runner_{0};
};

}  // namespace gauntlet
