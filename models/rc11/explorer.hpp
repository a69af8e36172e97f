#pragma once
/// An exhaustive checker of concurrent programs under the RC11 memory model: every execution that the model allows,
/// each once.
///
///     rc11::explorer check;
///     const auto found = check.explore(
///         [] {
///           auto& here = *rc11::explorer::current();
///           const unsigned child = here.thread_start(&body, nullptr, {});
///           here.store(&x, 4, 1, rc11::order::release, {});
///           here.thread_join(child, {});
///         },
///         {});
///
/// The program is run many times, from its beginning, on fibers: thread 0 is the callable itself. It must do the same
/// whenever its loads, choices and so on give the same. It tells the engine of each access to an atomic object and, if
/// races are to be found, of those to plain data; the value of an atomic object is the engine's, plain data lies in
/// ordinary memory. What the program allocates with `new` is taken back at the end of each execution (arena.cpp); what
/// is to outlive it is made in outside(), or in the callback for complete executions.
/// No seam, no harness, no test framework.

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "models/rc11/limits.hpp"
#include "models/rc11/search.hpp"
#include "models/rc11/shadow.hpp"
#include "models/rc11/simulated_thread.hpp"

namespace gauntlet::rc11 {

class workers;

class explorer {
 public:
  explorer();
  ~explorer();
  explorer(const explorer&) = delete;
  explorer& operator=(const explorer&) = delete;

  /// Runs `program` once for each of its executions, within `how`. @param each called after each complete execution, on
  /// the caller's stack; false stops the search. Where that begins anew, so_far().complete is 1 once more
  /// @throws nondeterminism, std::length_error naming the size that is beyond the engine (32 threads, 65,534 events)
  statistics explore(const std::function<void()>& program, const limits& how,
                     const std::function<bool()>& each = nullptr);
  /// Goes on where the last explore() or resume() ran out of seconds, which must have been in one process, and had no
  /// callback. The program must still be there. @return what there was from the beginning on
  statistics resume(double seconds);

  /// About how many complete executions explore() would come to: the mean of so many random paths through the search,
  /// each weighted by how improbable it is (Knuth, "Estimating the efficiency of backtrack programs", 1975). It is
  /// unbiased; 200 paths mostly come to a tenth at least. @param how its seconds may end it, after one path at least
  estimate probe(const std::function<void()>& program, const limits& how, unsigned paths, std::uint64_t seed);

  /// The explorer that runs the calling program, or null outside of one.
  static explorer* current() noexcept { return current_; }

  /// The execution as it stands: after explore(), the last one.
  const graph& execution() const noexcept { return search_->current(); }
  /// The calling thread's last event, or no_event; and whether a read passed over a write that has been made.
  event_id last_event() const { return threads_[running_]->last; }
  bool passed_over(event_id read) const;
  /// After explore() found a violation, which this continues until its runs had so many events: the one of its class
  /// with the fewest stale reads, then the fewest changes of thread. The last execution is that one's then.
  simplest simplify(const std::function<void()>& program, std::uint64_t events, double seconds = 1e9);
  /// Goes on with the search for exactly so many runs. @return what went wrong in the last one
  std::optional<violation> go_on(const std::function<void()>& program, std::uint64_t runs);
  /// Runs the last execution once more, after explore(), with the program in the same state as before each; under sc
  /// each read then reads what was written last. @return what went wrong: of two accesses that race, either comes last
  std::optional<violation> repeat(const std::function<void()>& program);
  /// Who sleeps and who spins at the end of a blocked execution.
  std::vector<waiter> waiters() const;
  /// The newest value, in modification order, of an atomic object. Meant for the end of an execution.
  bits final_value(const void* address);

  // ---- What a program does. `size` is 1 to 16 bytes; values are zero above it.

  /// An atomic object's life. An access to an address that has none yet begins one, with the value that lies there.
  void create(const void* address, unsigned size, bits initial, const site& at);
  void destroy(const void* address, const site& at);
  bits load(const void* address, unsigned size, order how, const site& at);
  void store(const void* address, unsigned size, bits value, order how, const site& at);
  /// @return the value before
  bits modify(const void* address, unsigned size, operation what, bits operand, order how, const site& at);
  /// @param weak it may fail spuriously, within limits::spurious @return whether it succeeded; else `expected` is what
  /// was there
  bool compare_exchange(const void* address, unsigned size, bits& expected, bits desired, order success, order failure,
                        bool weak, const site& at);
  /// Whether a weak one fails where it finds what it expects: it does in an execution of its own.
  bool fails_spuriously(const void* address, unsigned size, bits expected, order failure, const site& at);
  void fence(order how, const site& at);

  /// A read-modify-write that changes nothing, and orders nothing, where the value found forbids it: see `operation`.
  /// @return the value before
  bits try_modify(const void* address, unsigned size, operation what, bits expected, bits operand, order how,
                  const site& at);
  /// Returns once it could be made. @param timed it would give up some time, were that within the limits
  /// @return the value before
  bits await_modify(const void* address, unsigned size, operation what, bits expected, bits operand, order how,
                    const site& at, bool timed = false);
  /// Returns once the value is another. @return the new one
  bits await_change(const void* address, unsigned size, bits from, order how, const site& at);

  // ---- For a front end that keeps account of plain data, and of whole objects' lives, itself: see bytes.hpp.

  /// Lets an atomic object begin its life, if none is alive there, with the value that lies there.
  /// @return its location
  std::uint16_t begin(const void* address, unsigned size, const site& at);
  /// The object at this address is no more: the next access begins another one.
  void forget(const void* address);
  /// Whether what the calling thread does next is in the graph already: all that it does until then was judged before.
  bool replaying() const noexcept { return me().next != no_event; }
  /// The next event of the calling thread that the graph holds, or no_event.
  event_id upcoming() const noexcept { return me().next; }
  /// The calling thread makes a plain access.
  void touch_plain() noexcept { me().plain = true; }
  access now() const {
    const event_id last = me().last != no_event ? me().last : graph_->of_thread(running_).creator;
    return {running_, static_cast<tick>(done_[running_]),
            last == no_event ? nothing_.data() : graph_->clock(last, view::before)};
  }
  /// How many of its events the calling thread has done.
  unsigned done() const noexcept { return done_[running_]; }
  bool executed(event_id id) const { return done_[(*graph_)[id].thread] > (*graph_)[id].index; }
  /// What was found until now.
  const statistics& so_far() const noexcept { return found_; }
  /// The calling thread is at its end, wherever that is.
  [[noreturn]] void finish();
  /// Whether `address` lies on the stack of the calling thread; on another's.
  bool is_on_own_stack(const void* address) const noexcept { return me().stack.holds(address); }
  bool is_on_another_stack(const void* address) const noexcept;
  /// Whether `address` lies just beyond the calling thread's stack.
  bool is_beyond_stack(const void* address) const noexcept {
    return running_thread_ != nullptr && me().stack.is_beyond(address);
  }
  /// Bytes that are left of its stack.
  std::size_t stack_left() const noexcept { return me().stack.left(__builtin_frame_address(0)); }
  /// What the calling program has, or a runtime for it, has become so many bytes more. Where that is beyond
  /// limits::memory the search ends here.
  void grew(std::size_t bytes) { grown_ += bytes, keep_within_memory(); }
  /// The program is over: who still waits waits for nothing.
  void end_program() noexcept { over_ = true; }

  /// Plain data: its life, and accesses to it.
  void plain_create(const void* address, unsigned size, bool initialised, const site& at);
  void plain_destroy(const void* address, const site& at);
  void plain_read(const void* address, const site& at);
  void plain_write(const void* address, const site& at);

  /// @return the new thread's number, from 1; the same in every execution for the same parent's so-many-th
  /// @param twin 0, or one that does the same, and that nothing tells from this one but values that name them: see
  /// twins.cpp. It counts if the caller has done nothing but start threads since it started that one
  unsigned thread_start(void (*function)(void*), void* argument, const site& at, unsigned twin = 0);
  void thread_join(unsigned thread, const site& at);
  /// What the calling thread does depends on which one it is: nobody has a twin.
  void tell_apart();
  /// The calling thread's number; the program's own is 0.
  unsigned thread_index() const noexcept { return running_; }

  /// A busy wait: begins, has gone round in vain, ends. An iteration in vain must have changed nothing that others see,
  /// nor what the next one does, as it may be gone through again with other values.
  /// @param waits false for a loop that may only be trying again: its thread counts as waiting if all it read is newest
  void await_begin(const site& at, bool waits = true);
  void await_again(const site& at);
  void await_end();
  /// Whether the innermost await's iteration changed the graph, or read nothing; whether one is gone through once more.
  bool await_changed() const { return in_vain(me(), me().awaits.back().from) == no_event; }
  bool probing() const noexcept { return me().probing; }
  /// Whether an await in vain is one that another execution does without: then the thread waits for ever, and may.
  void await_may_fail(bool may) noexcept { me().held = may; }
  /// Holds the thread, as an execution without the iteration shows what follows; unless either is so.
  void await_covered(const site& at);
  /// The same, if it did nothing but take locks, by await_modify(), look, and give them back; see polling.cpp.
  void await_polled(const site& at);
  /// Holds a thread that looks at nothing that could change; one whose loop may have no end, unless it is probing().
  void await_forever(const site& at);
  void await_bounded(const site& at);
  /// Returns once `which` waits or has ended; what it has done by then orders nothing but itself.
  void watch(unsigned which, const site& at);
  /// Returns once all other threads wait, and not for time to pass, or have ended, all of them at once; as watch() does
  /// for each. @param roles how many were started by the program's own thread, as its first
  void watch_all(unsigned roles, const site& at);

  /// Sleeps while the word holds `expected`, as Linux's futexes do; see futex.cpp. @param timed it may time out
  enum class awoken : std::uint8_t { woken, changed, timed_out };
  awoken futex_wait(const void* address, unsigned size, bits expected, bool timed, const site& at);
  /// The two halves of a wait that asks nothing of the word: the caller is among the sleepers; it sleeps until woken.
  void futex_enter(const void* address, const site& at);
  awoken futex_sleep(const void* address, bool timed, const site& at);
  /// Wakes up to `count` of those who sleep on the word. It need not be alive.
  void futex_wake(const void* address, unsigned count, const site& at);

  /// Storage whose life is watched: what it holds must not be touched after release(), which each must come to once.
  /// @param name what a leak of it is reported as
  void* allocate(std::size_t size, std::size_t alignment, const char* name, const site& at);
  /// Fails unless `storage` is alive.
  void expect_alive(const void* storage, const site& at);
  void release(void* storage, const site& at);

  /// What a choice spends of, when it isn't 0.
  enum class budget : std::uint8_t { none, timeout, spurious };
  /// 0 to `alternatives` - 1: each in an execution of its own.
  unsigned choose(unsigned alternatives, budget spends, const site& at);

  /// Ends the search with a violation.
  [[noreturn]] void fail(const std::string& violation_class, const std::string& message, const site& at);
  /// @param other_thread the one that made the access at `other`
  [[noreturn]] void fail(const std::string& violation_class, const std::string& message, const site& at,
                         unsigned other_thread, const site& other);
  /// Runs this execution once more, from its beginning.
  [[noreturn]] void run_again();
  /// Ends the search, as the program does what can't be explored: explore() throws a std::runtime_error that says why.
  [[noreturn]] void refuse(const std::string& why);

  /// Calls `what` in the midst of a program, with the ordinary heap: for results that are to outlive the execution.
  void outside(const std::function<void()>& what);

 private:
  static constexpr unsigned everybody = ~0U;
  using thread = simulated_thread;
  using status = thread::status;

  /// A piece of the watched heap.
  struct block {
    void* storage;
    std::size_t size;
    std::size_t alignment;
    const char* name;
    unsigned released_by;
    bool alive;
  };

  void begin(const std::function<void()>& program, const limits& how);
  void search_all(const std::function<bool()>& each, workers* together, bool begun);
  bool stops(const std::function<bool()>& each);
  bool used_up(std::chrono::steady_clock::time_point end, const workers* together);
  void share(workers& together);
  bool look_at_memory();
  void keep_within_memory() {
    if (grown_ + search_->held() >= look_again_ && !look_at_memory()) [[unlikely]]
      abandon();
  }
  bool repeated();
  bool run_next();
  double complete_below(std::mt19937_64& random);
  void run();
  void replay();
  void extend();
  unsigned wake_by_time();
  void conclude();
  void begin_thread(unsigned which, void (*function)(void*), void* argument);
  void resume(unsigned which, fiber& from);
  unsigned first_able() const;
  bool can_extend(unsigned which) const;
  void yield();
  void make_way(event_id wanted);
  bool can_replay(const thread& it) const;
  [[noreturn]] void abandon();
  [[noreturn]] void cut();
  static void body(void* self);
  /// Whether what `next` depends on is done.
  bool ready(const event& next) const {
    if (in_one_order_ && !all_older_done(next)) return false;
    if (next.kind == kind::read || next.kind == kind::watch) return next.from == no_event || executed(next.from);
    return next.kind != kind::join || threads_[static_cast<unsigned>(next.value)]->now == status::finished;
  }

  bool all_older_done(const event& next) const;

  /// The models that are no weaker than release and acquire take every access as such. consume is acquire in all.
  static order taken(order how, kind what, memory_model model);
  event make(kind what, order how) const;
  const event* again(kind what, operation modify, order how, order failure, const void* address, unsigned size);
  /// The running thread has done what the graph holds of it. What it does beyond that begins when all threads have come
  /// so far: until then everything is as it was, and needs no second check.
  void pause() {
    if (me().next == no_event && !extending_) [[unlikely]]
      end_replay();
  }
  void end_replay();
  event_id recorded();
  event_id perform(const event& what, const site& at);
  bits read_modify_write(const event& what, const site& at);
  /// What is not in the graph yet, or not to be done yet.
  [[gnu::noinline]] bits load_anew(const void* address, unsigned size, order how, const site& at);
  [[gnu::noinline]] void store_anew(const void* address, unsigned size, bits value, order how, const site& at);
  [[gnu::noinline]] bits update_anew(const void* address, unsigned size, operation what, bits expected, bits operand,
                                     order how, order failure, const site& at, bool waits);
  bits update(const void* address, unsigned size, operation what, bits expected, bits operand, order how, order failure,
              const site& at, bool waits = false);
  void wait_locked_out(bool timed, const site& at);
  void done(event_id id);
  void expect(const event& found, const event& wanted, const site& at);
  [[noreturn]] void diverge(const event& before, const site& at);
  [[noreturn]] void throw_diverged() const;
  void hold_at_bound(const site& at);
  [[noreturn]] void begin_without_twins();

  [[noreturn]] void hold(const site& at);
  [[noreturn]] void leave_to_another(event_id read, const site& at);
  void wait_for(kind what, status meanwhile, unsigned which, const site& at, unsigned whom);
  event_id reached(unsigned which) const;
  event_id in_vain(const thread& it, unsigned from) const;
  event_id probed(const event& what);
  void not_in_vain();
  bool try_another(event_id read);
  void try_older_first(event_id read);
  void go_round();
  void begin_probe();
  bool withdraw();
  bool wished(const thread& it) const;
  void wait_for_a_write(const site& at);
  void keep_what_is_read();
  bool hopeless(const thread& it) const;
  bool idle(unsigned which) const;
  bool all_idle() const;
  bool seen_by_a_watch(event_id last) const;
  void stuck();

  std::uint16_t queue(const void* word);
  event queue_operation(const void* word, operation what, bits operand);
  event_id wake_of(unsigned which) const;
  bool missed(const thread& it);
  awoken sleep(const void* address, bool timed, const site& at);
  awoken give_up(const void* word, awoken as, const site& at);
  const block* leaked() const;

  void begin_location(const shadow::cell& it, bits initial);
  shadow::cell& object(const void* address, unsigned size, const site& at);
  void begin_object(shadow::cell& it, const void* address, unsigned size, const site& at);
  void raced(const char* what, int other, const site& at);
  thread& me() const { return *running_thread_; }

  inline static explorer* current_ = nullptr;

  std::unique_ptr<search> search_;
  shadow shadow_;
  std::vector<std::unique_ptr<thread>> threads_;
  /// The caller of explore(), whom threads yield to.
  fiber own_{fiber::place::here};
  /// (parent, so-many-th child) to thread number, the same in every execution.
  std::vector<std::pair<unsigned, unsigned>> families_;
  const std::function<void()>* program_ = nullptr;
  limits limits_;
  statistics found_;
  unsigned lanes_ = 8;
  unsigned running_ = 0;
  thread* running_thread_ = nullptr;
  /// Where a thread was held that polls; and whether anybody has tried to take a lock. See polling.cpp.
  std::optional<site> polled_;
  bool tries_locks_ = false;
  /// How many of its events each thread has done.
  std::array<std::uint16_t, 64> done_{};
  /// A bit for each thread that has a twin.
  std::uint64_t twins_ = 0;
  /// A bit for each thread that was started and hasn't ended.
  std::uint64_t unfinished_ = 0;
  /// The execution's graph.
  graph* graph_ = nullptr;
  bool extending_ = false;
  /// Events that the graph had when it began to be extended.
  unsigned extended_from_ = 0;
  /// What an iteration reads in vain stays in the graph: at the end of an execution, and to tell of it.
  bool keeps_reads_ = false;
  /// Events are run in an order that agrees with co and fr, too.
  bool in_one_order_ = false;
  /// The execution is to be run again as it is: an iteration that looked in vain wasn't.
  bool again_ = false;
  /// With so many alternatives left none is to be tried: the next one leads somewhere.
  std::uint64_t untried_ = ~std::uint64_t{0};
  /// Locations of which an older write has ended a wait, too: there, older ones aren't tried first.
  std::vector<bool> satisfied_by_older_;
  /// Iterations that do something else the next time, though they read the same: thread, first event.
  std::vector<std::pair<unsigned, unsigned>> fruitful_;
  bool abandoned_ = false;
  bool over_ = false;
  /// Some thread has watched all others.
  bool watches_all_ = false;
  bool completed_ = false;
  std::vector<block> blocks_;
  bool anew_ = false;
  /// Bytes that grew() was told of; with how many, and what the search holds, memory is looked at again; and when.
  std::size_t grown_ = 0;
  std::size_t look_again_ = 0;
  std::chrono::steady_clock::time_point look_at_;
  std::string diverged_;
  unsigned diverged_thread_ = 0;
  site diverged_before_;
  site diverged_now_;
  /// The clock of a thread that knows nothing.
  std::array<tick, 64> nothing_{};
};

}  // namespace gauntlet::rc11
