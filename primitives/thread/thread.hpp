#pragma once
/// A thread as an object, after Python's threading.Thread: made, started, joined as often as one likes.
///
/// Promises
///   lifetime   the target is run once, by start(). What it holds is destroyed before join() returns. Destroying the
///              handle joins, except of a daemon, which runs on and ends with the program. An object of a subclass
///              must be joined before, lest run() loses what it runs on: `if (ident() != 0) join();` in its destructor.
///              Else std::terminate() ends the program.
///   joining    any number of threads may join, any number of times, with or without a limit; a join that returns,
///              or returns true, finds the thread gone with all that belonged to it.
///   misuse     starting twice, joining a thread that was not started and joining oneself throw, and change nothing.
///   failure    an exception that leaves the target ends its thread only; the group's excepthook is told.
///   groups     a group knows its threads from start() until just before is_alive() turns false. It outlives their
///              handles.
///
/// Memory ordering: what comes before start() is visible to the thread; what the thread did is visible after a join
/// that returned, or returned true, and to whoever sees is_alive() false after start().
///
///   phase      what is true                              who moves it on
///   unstarted  no thread                                 start(): starting
///   starting   start() makes the thread                  the thread: running. start(), failing: unstarted
///   running    the target runs, and ident is known       the thread: finished
///   finished   the thread touches nothing of this but to wake joiners, and ends
///
/// Invariants
///   H1  `handle` is touched under `lock` only: whoever first joins a finished thread waits there for its very end.
///   H2  a state is destroyed after its thread was joined through `handle`.

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <typeinfo>
#include <utility>
#include <vector>

#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

struct thread_options {
  /// Empty: "thread-N", numbered by the group.
  std::string name{};
  /// Whether it may outlive its handle, and ends with the program wherever it is.
  bool daemon = false;
};

class thread {
 public:
  /// A claim: misuse throws std::logic_error, of oneself std::system_error (resource_deadlock_would_occur).
  static constexpr bool misuse_is_checked = true;
  static constexpr bool joins_at_destruction = true;

  struct description {
    std::string name;
    /// 0 until the thread runs.
    sync::thread_id ident;
    bool daemon;
  };
  /// What an excepthook is told.
  struct failure {
    std::exception_ptr exception;
    std::string name;
    sync::thread_id ident;
  };
  /// Thrown out of a target, it ends the thread without a word.
  struct exit {};
  class group;

  /// @param target called without arguments; it may be movable only
  template <std::invocable Function>
  explicit thread(Function&& target, thread_options how = {});
  template <std::invocable Function>
  thread(group& members, Function&& target, thread_options how = {});
  thread(const thread&) = delete;
  thread& operator=(const thread&) = delete;
  virtual ~thread();

  /// Returns when the thread runs.
  /// @throws std::logic_error if it was started before; std::system_error if there can be no more threads: then it
  /// counts as not started
  void start();

  /// @throws std::logic_error if it was not started, std::system_error from the thread itself
  void join() { join_before(sync::deadline::never()); }
  /// @param duration zero, or negative: one look; too long to be represented: no limit
  /// @return whether it has ended
  template <class Rep, class Period>
  bool join_for(const std::chrono::duration<Rep, Period>& duration) {
    return join_before(sync::deadline::after(duration));
  }
  /// @param when a point on any clock, passed or not
  template <class Clock, class Duration>
  bool join_until(const std::chrono::time_point<Clock, Duration>& when) {
    return join_before(sync::deadline::at(when));
  }

  bool is_alive() const noexcept;
  /// @return 0 before start()
  sync::thread_id ident() const noexcept;
  const std::string& name() const noexcept;
  bool daemon() const noexcept;

 protected:
  /// For subclasses that override run().
  explicit thread(thread_options how = {});
  explicit thread(group& members, thread_options how = {});

  /// What the thread does.
  virtual void run();

 private:
  struct state;
  static constexpr std::uint32_t unstarted = 0;
  static constexpr std::uint32_t starting = 1;
  static constexpr std::uint32_t running = 2;
  static constexpr std::uint32_t finished = 3;

  bool join_before(const sync::deadline& when);

  state* state_;
  /// Whether run() is a subclass's; known since start().
  bool derived_ = false;
};

struct thread::state {
  state(group& members, thread_options how);

  /// The thread's life. @param object whose run() to call, or null: the target is called
  void live(thread* object);
  /// Waits for the thread's end. The caller saw `finished`, or has all the time.
  void reap() {
    const std::lock_guard guard(lock);
    if (handle.joinable()) handle.join();
  }

  group& members;
  const thread_options options;
  std::function<void()> target;
  sync::atomic<std::uint32_t> phase{unstarted};
  sync::atomic<sync::thread_id> ident{0};
  mutex lock;
  sync::thread handle;
};

/// Threads that are counted together, and whose uncaught exceptions go to one place.
class thread::group {
 public:
  using hook = std::function<void(const failure&)>;

  /// The group of the threads that name none. It is never destroyed: daemons may outlive everything else.
  static group& process() {
    static group& one = *new group;
    return one;
  }

  group() = default;
  group(const group&) = delete;
  group& operator=(const group&) = delete;
  /// Waits for the daemons whose handles are gone.
  ~group() {
    for (state* const each : orphans_.get()) end(each);
  }

  /// The threads that were started and have not ended, in the order of their start.
  std::vector<description> enumerate() const {
    const std::lock_guard guard(lock_);
    std::vector<description> all;
    for (const state* const each : members_.get())
      // relaxed: carries no data but the number.
      all.push_back({each->options.name, each->ident.load(std::memory_order_relaxed), each->options.daemon});
    return all;
  }

  std::size_t active_count() const {
    const std::lock_guard guard(lock_);
    return members_.get().size();
  }

  /// @param called on the thread that failed, also by several at once; empty: it prints to stderr
  /// @return the one before
  hook set_excepthook(hook called) {
    const std::lock_guard guard(lock_);
    hook before = excepthook_.take();
    excepthook_.set(std::move(called));
    return before;
  }

 private:
  friend class thread;

  static void end(state* gone) {
    gone->reap();
    sync::destroy(gone);
  }

  std::string next_name() {
    // relaxed: the number carries no data; being unique is all.
    return "thread-" + std::to_string(named_.fetch_add(1, std::memory_order_relaxed) + 1);
  }

  void enter(state* started) {
    const std::lock_guard guard(lock_);
    auto all = members_.get();
    all.push_back(started);
    members_.set(std::move(all));
  }
  void leave(state* ended) noexcept {
    const std::lock_guard guard(lock_);
    auto all = members_.take();
    std::erase(all, ended);
    members_.set(std::move(all));
  }

  /// Keeps a daemon whose handle is gone until it has ended, and ends those that have.
  void adopt(state* orphan) {
    std::vector<state*> over;
    {
      const std::lock_guard guard(lock_);
      auto all = orphans_.take();
      // acquire [finish]: pairs with live()'s release of phase; carries that the thread needs nothing any more.
      const auto lives = [](const state* one) { return one->phase.load(std::memory_order_acquire) != finished; };
      over.assign(std::partition(all.begin(), all.end(), lives), all.end());
      all.resize(all.size() - over.size());
      all.push_back(orphan);
      orphans_.set(std::move(all));
    }
    for (state* const each : over) end(each);
  }

  void report(const failure& what) const noexcept {
    std::exception_ptr second;
    try {
      if (const hook told = excepthook()) return told(what);
    } catch (...) {
      second = std::current_exception();
    }
    print(what, what.exception);
    if (second) print(what, second);
  }
  hook excepthook() const {
    const std::lock_guard guard(lock_);
    return excepthook_.get();
  }
  static void print(const failure& what, const std::exception_ptr& thrown) noexcept {
    const auto line = [&](const char* text) {
      std::fprintf(stderr, "Exception in thread %s (%u): %s\n", what.name.c_str(), what.ident, text);
    };
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      line(error.what());
    } catch (...) {
      line("not a std::exception");
    }
  }

  mutable mutex lock_;
  // Guarded by lock_.
  sync::var<std::vector<state*>> members_{std::vector<state*>()};
  sync::var<std::vector<state*>> orphans_{std::vector<state*>()};
  sync::var<hook> excepthook_{hook()};
  sync::atomic<unsigned> named_{0};
};

inline thread::state::state(group& to, thread_options how)
    : members(to), options{how.name.empty() ? to.next_name() : std::move(how.name), how.daemon} {}

inline thread::thread(thread_options how) : thread(group::process(), std::move(how)) {}
inline thread::thread(group& members, thread_options how) : state_(sync::make<state>(members, std::move(how))) {}

template <std::invocable Function>
thread::thread(Function&& target, thread_options how)
    : thread(group::process(), std::forward<Function>(target), std::move(how)) {}

template <std::invocable Function>
thread::thread(group& members, Function&& target, thread_options how) : thread(members, std::move(how)) {
  // Shared, since a std::function must be copyable and a target need not be.
  state_->target = [held = std::make_shared<std::decay_t<Function>>(std::forward<Function>(target))] {
    static_cast<void>(std::invoke(*held));
  };
}

inline void thread::run() {
  if (state_->target) state_->target();
}

inline void thread::state::live(thread* object) {
  const auto me = sync::this_thread();
  // relaxed: ordered by [begin].
  ident.store(me, std::memory_order_relaxed);
  // release [begin]: pairs with start()'s, join_before()'s and is_alive()'s acquire of phase; carries ident.
  phase.store(running, std::memory_order_release);
  sync::futex_wake(phase, sync::everyone);
  std::exception_ptr thrown;
  try {
    if (object != nullptr)
      object->run();
    else
      target();
  } catch (const exit&) {
    // As it asked for.
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) members.report({std::exchange(thrown, nullptr), options.name, me});
  target = nullptr;
  members.leave(this);
  // release [finish]: pairs with the acquires of phase in join_before(), is_alive() and adopt(); carries all that the
  // thread did.
  phase.store(finished, std::memory_order_release);
  sync::futex_wake(phase, sync::everyone);
}

inline void thread::start() {
  auto seen = unstarted;
  // acquire [begin]: pairs with live()'s release of phase, if it was started before.
  // relaxed on failure: the value is dropped; nothing is read by it.
  if (!state_->phase.compare_exchange_strong(seen, starting, std::memory_order_acquire, std::memory_order_relaxed))
    throw std::logic_error("thread " + name() + " was started before; a thread can be started once");
  derived_ = typeid(*this) != typeid(thread);
  try {
    state_->members.enter(state_);
    const std::lock_guard guard(state_->lock);
    state_->handle = sync::thread([mine = state_, object = derived_ ? this : nullptr] { mine->live(object); });
  } catch (...) {
    state_->members.leave(state_);
    // relaxed: nothing is ordered by it: no thread came of it.
    state_->phase.store(unstarted, std::memory_order_relaxed);
    throw;
  }
  // acquire [begin]: pairs with live()'s release of phase; carries ident.
  while (state_->phase.load(std::memory_order_acquire) == starting) sync::futex_wait(state_->phase, starting);
}

inline bool thread::join_before(const sync::deadline& when) {
  // acquire [begin] [finish]: pairs with live()'s releases of phase; carries ident, then all that the thread did.
  auto seen = state_->phase.load(std::memory_order_acquire);
  if (seen == unstarted || seen == starting)
    throw std::logic_error("join of thread " + name() + ", which was not started");
  if (seen == running && ident() == sync::this_thread())
    throw std::system_error(std::make_error_code(std::errc::resource_deadlock_would_occur),
                            "join of thread " + name() + " by itself");
  for (bool late = false; seen != finished;) {
    if (late) return false;
    late = sync::futex_wait_until(state_->phase, running, when) == sync::wait_result::timed_out;
    // acquire [finish]: pairs with live()'s release of phase; carries all that the thread did.
    seen = state_->phase.load(std::memory_order_acquire);
  }
  state_->reap();
  return true;
}

inline bool thread::is_alive() const noexcept {
  // acquire [begin] [finish]: pairs with live()'s releases of phase; carries ident, then all that the thread did.
  return state_->phase.load(std::memory_order_acquire) == running;
}

inline sync::thread_id thread::ident() const noexcept {
  // relaxed: ordered by [begin], for whoever knows that start() has returned.
  return state_->ident.load(std::memory_order_relaxed);
}

inline const std::string& thread::name() const noexcept {
  return state_->options.name;
}

inline bool thread::daemon() const noexcept {
  return state_->options.daemon;
}

inline thread::~thread() {
  if (daemon() && !derived_ && is_alive()) {
    state_->members.adopt(state_);
    return;
  }
  if (derived_) {
    const std::lock_guard guard(state_->lock);
    if (state_->handle.joinable()) std::terminate();
  }
  group::end(state_);
}

}  // namespace gauntlet
