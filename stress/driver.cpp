/// Rounds of a scenario on native threads. All stress flavours.

#include "stress/driver.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "harness/records.hpp"
#include "stress/findings.hpp"
#include "stress/operations.hpp"
#include "stress/perturbation.hpp"
#include "stress/sanitizer.hpp"

namespace gauntlet::stress {
namespace {

using namespace std::chrono_literals;

constexpr unsigned most_adopted = 64;
/// Instances that a check gets even if they take ten times its budget.
constexpr std::uint64_t fewest_instances = 20;
/// Of a batch. Fewer if they aren't begun at moments: where threads outnumber processors, each may cost a time slice.
constexpr std::size_t most_instances = 256;
constexpr std::size_t fewer_instances = 32;
constexpr std::size_t cache_line = 64;
/// Pauses before a thread that waits for others lets them have its processor.
constexpr unsigned patience = 200;
/// Above 0.5 ms nothing is brief any more.
constexpr unsigned slowest_pace = 10;

std::size_t round_up(std::size_t size, std::size_t to) {
  return (size + to - 1) / to * to;
}

/// Of an instance, in a cache line of its own.
std::size_t spacious(const harness::scenario& what) {
  return round_up(what.size, std::max(what.alignment, cache_line)) + cache_line;
}

constinit std::atomic<driver*> current{nullptr};

/// Explorations whose threads never came back: they must stay where those threads can see them.
std::vector<std::unique_ptr<driver>>& left_behind() {
  static auto& drivers = *new std::vector<std::unique_ptr<driver>>;
  return drivers;
}

}  // namespace

/// A batch is mostly left alone: who is disturbed misses his moments. Threads are moved for some rounds together, as
/// that takes a while.
round_plan draw_round(std::uint64_t seed, std::uint64_t round, const harness::scenario& what, unsigned roles) noexcept {
  constexpr std::uint64_t together = 64;
  const std::uint64_t stream = mix(seed, round);
  round_plan made{.disturbed = draw_plan(stream), .batch = {}};
  if (what.outcome != nullptr) {
    if (stream / 2 % 4 != 0) made.disturbed = {};
    const bool moments = made.disturbed.what == disturbance::none && may_meet_at_moments(roles);
    made.batch = draw_batch(mix(stream, 2), roles, moments ? most_instances : fewer_instances);
    made.batch->moments = moments;
  }
  made.disturbed.one_processor = !made.batch && mix(mix(seed, round / together), 3) % 8 == 0;
  return made;
}

std::string describe(const round_plan& what) {
  std::string all = describe(what.disturbed);
  if (what.batch) all += "; " + describe(*what.batch);
  return all;
}

exploration driver::explore(const harness::scenario& what, const assignment& how) {
  resume();
  forget_report();
  auto one = std::make_unique<driver>(what, how);
  current = one.get();
  for (unsigned i = 0; i < how.size.threads; ++i) one->workers_.emplace_back([&it = *one, i] { it.work(i); });
  exploration found = one->watch();
  if (!found.broken) {
    current = nullptr;
    for (auto& worker : one->workers_) worker.join();
    return found;
  }
  abandon();
  for (auto& worker : one->workers_) worker.detach();
  left_behind().push_back(std::move(one));
  return found;
}

driver::driver(const harness::scenario& what, const assignment& how)
    : what_(what),
      how_(how),
      start_(std::chrono::steady_clock::now()),
      roles_(std::make_unique<activity[]>(how.size.threads + 1 + most_adopted)),
      storage_(
          static_cast<std::byte*>(::operator new(what.outcome == nullptr ? what.size : most_instances * spacious(what),
                                                 std::align_val_t{std::max(what.alignment, cache_line)}))) {
  if (what.outcome != nullptr) tally_.emplace(what_);
}

driver::~driver() {
  ::operator delete(storage_, std::align_val_t{std::max(what_.alignment, cache_line)});
}

driver* driver::running() noexcept {
  return current;
}

activity* driver::adopt() noexcept {
  // relaxed: the number carries no data.
  const unsigned nth = adopted_.fetch_add(1, std::memory_order_relaxed);
  if (nth >= most_adopted) return nullptr;
  activity* const place = &roles_[how_.size.threads + 1 + nth];
  const std::uint64_t stream = mix(how_.seed, number());
  place->begin(mix(stream, 1000 + nth));
  return place;
}

void driver::keep(harness::violation found) noexcept {
  auto token = how_.cell;
  token.iteration = number();
  found.replay = to_string(token);
  const std::lock_guard guard(mutex_);
  if (broken_) return;
  broken_ = std::move(found);
  attention_.notify_all();
}

exploration driver::watch() {
  watchdog dog(slowdown());
  std::optional<harness::violation> stall;
  std::unique_lock guard(mutex_);
  while (!broken_ && left_ != how_.size.threads) {
    attention_.wait_for(guard, 10ms);
    if (broken_ || left_ == how_.size.threads) break;
    guard.unlock();
    if (const auto* report = first_report())
      keep(violation_of(*report, everybody()));
    else if ((stall = dog.look(round_.load(std::memory_order_relaxed), everybody())))
      keep(*stall);
    guard.lock();
  }
  guard.unlock();
  // The tool may have seen something in the very last round.
  if (const auto* report = first_report()) keep(violation_of(*report, everybody()));
  guard.lock();
  return {
      .instances = instances_.load(std::memory_order_relaxed),
      .broken = broken_,
      .fair = fair_,
      .outcomes = tally_ ? tally_->counts() : std::vector<harness::counted>(),
      .standing = broken_ && (broken_->violation_class == "lock_misuse" ? broken_->stacks.empty()
                                                                        : stall && broken_->message == stall->message)};
}

std::vector<participant> driver::everybody() const {
  std::vector<participant> all;
  for (unsigned i = 0; i < how_.size.threads; ++i)
    all.push_back({&roles_[i], std::string(what_.role(i)) + " (role " + std::to_string(i) + ")"});
  all.push_back({&roles_[how_.size.threads], "the scenario's setup"});
  const unsigned adopted = std::min(adopted_.load(std::memory_order_relaxed), most_adopted);
  for (unsigned i = 0; i < adopted; ++i)
    all.push_back({&roles_[how_.size.threads + 1 + i], "started thread " + std::to_string(i)});
  return all;
}

void driver::add(const std::vector<unsigned>& overtaken, const std::vector<unsigned>& shares) {
  if (!fair_) fair_.emplace();
  for (const unsigned times : overtaken) ++fair_->waits_by_overtakings[times];
  // (sum x)^2 / (n sum x^2): Jain, Chiu & Hawe 1984, "A Quantitative Measure of Fairness and Discrimination".
  double sum = 0, squares = 0;
  for (const double share : shares) {
    sum += share;
    squares += share * share;
  }
  if (squares == 0) return;
  const double index = sum * sum / (static_cast<double>(shares.size()) * squares);
  fair_->jain += (index - fair_->jain) / static_cast<double>(++fair_->rounds);
}

std::string driver::name(const activity* who) const {
  for (const participant& one : everybody())
    if (one.thread == who) return one.role;
  return "a thread outside of the check";
}

void driver::work(unsigned worker) noexcept {
  // The kernel adds 50 us to each sleep otherwise, which is as long as the sleeps that perturbation asks for.
  ::prctl(PR_SET_TIMERSLACK, 1000UL);
  for (;;) {
    const unsigned generation = generation_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == how_.size.threads) {
      arrived_.store(0, std::memory_order_relaxed);
      between_rounds();
      generation_.store(generation + 1, std::memory_order_release);
      generation_.notify_all();
    } else {
      generation_.wait(generation, std::memory_order_acquire);
    }
    if (last_) break;
    settle(worker);
    play((worker + shift_) % how_.size.threads);
  }
  const std::lock_guard guard(mutex_);
  if (++left_ == how_.size.threads) attention_.notify_all();
}

/// Where the thread is to run, if that isn't where it was.
void driver::settle(unsigned worker) noexcept {
  enum class place : std::uint8_t { anywhere, first, own };
  thread_local place now = place::anywhere;
  const bool moments = plan_.batch && plan_.batch->moments;
  const place next = plan_.disturbed.one_processor ? place::first : moments ? place::own : place::anywhere;
  if (std::exchange(now, next) == next) return;
  if (next == place::anywhere)
    settle_anywhere();
  else
    settle_on(next == place::first ? 0 : worker);
}

void driver::play(unsigned role) noexcept {
  const presence here(&roles_[role]);
  rendezvous(roles_[role], 1);
  if (plan_.batch)
    play_batch(role);
  else
    guarded([&] { what_.thread(storage_, role); });
  end_work();
  sync::engine::let_go_of_locks();
}

void driver::play_batch(unsigned role) noexcept {
  const batch_plan& how = *plan_.batch;
  std::uint64_t random = mix(roles_[role].disturbances, role) | 1;
  std::uint64_t begin = 0;
  while (how.moments && begin == 0) begin = begin_.load(std::memory_order_relaxed);
  unsigned late = 0;
  for (std::size_t i = 0; i < count(); ++i) {
    void* const one = instance(how.instance(i));
    if (how.moments)
      late += await(begin + (how.moment(i, random) << pace_)) ? 0 : 1;
    else if (i > 0)
      rendezvous(roles_[role], static_cast<unsigned>(i + 1));
    guarded([&] { what_.thread(one, role); });
  }
  if (how.moments) late_.fetch_add(late, std::memory_order_relaxed);
}

/// All run, and then start some way apart. @param times how often they have in this round, with this time
void driver::rendezvous(activity& me, unsigned times) noexcept {
  // relaxed: who was released from the barrier is ordered already; more would hide races between the roles.
  if (ready_.fetch_add(1, std::memory_order_relaxed) + 1 == how_.size.threads && plan_.batch && plan_.batch->moments)
    // relaxed: the reading carries nothing.
    begin_.store(ticks() + 1000, std::memory_order_relaxed);
  unsigned spins = 0;
  for (; ready_.load(std::memory_order_relaxed) < times * how_.size.threads; ++spins)
    if (spins < patience)
      sync::native::relax();
    else
      wait_for_others(me, times);
  if (spins > patience && times > 1) {
    me.tell(doing::running);
    me.advance();
  }
  for (unsigned i = draw(me.disturbances) % 64; i > 0; --i) sync::native::relax();
}

/// Between a batch's instances it is a wait like any other: those that are awaited may be stuck, or have failed. At the
/// beginning of a round it must not look like one, as who is awaited comes, and until_blocked() means what follows.
void driver::wait_for_others(activity& me, unsigned times) noexcept {
  if (me.abandoned()) park();
  if (times > 1) {
    me.tell(doing::spinning, sync::site::here());
    me.fruitless.fetch_add(1, std::memory_order_relaxed);
  }
  std::this_thread::yield();
}

void* driver::instance(std::size_t which) const noexcept {
  const bool apart = plan_.batch && !plan_.batch->together;
  return storage_ + which * (apart ? spacious(what_) : round_up(what_.size, what_.alignment));
}

void driver::between_rounds() {
  const presence here(&roles_[how_.size.threads]);
  if (alive_) {
    finish();
    alive_ = false;
    instances_.fetch_add(count(), std::memory_order_relaxed);
    keep_pace();
    round_.fetch_add(1, std::memory_order_relaxed);
  }
  // A busy machine may use up a short budget before the first rounds are over; a few say more than none.
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start_;
  const double budget = how_.seconds * (instances_.load(std::memory_order_relaxed) < fewest_instances ? 10 : 1);
  last_ = first_report() != nullptr || spent.count() >= budget;
  if (!last_) prepare();
}

/// The instances are looked at, and are no more.
void driver::finish() {
  std::optional<harness::tally> seen;
  if (tally_) seen.emplace(what_);
  bool allowed = true;
  for (std::size_t i = 0; i < count() && allowed; ++i) {
    guarded([&] { what_.after(instance(i)); });
    allowed = !seen || seen->count(instance(i));
    if (allowed) what_.destroy(instance(i));
  }
  if (!seen) return;
  {
    const std::lock_guard guard(mutex_);
    tally_->add(*seen);
  }
  if (!allowed) seen->fail();
}

/// Who comes late to most instances runs against nobody: those who do so need more time.
void driver::keep_pace() noexcept {
  if (!plan_.batch || !plan_.batch->moments) return;
  const unsigned late = late_.exchange(0, std::memory_order_relaxed);
  const unsigned all = how_.size.threads * static_cast<unsigned>(count());
  if (late > all / 2 && pace_ < slowest_pace) ++pace_;
  if (late < all / 8 && pace_ > 0) --pace_;
}

std::uint64_t driver::number() const noexcept {
  return how_.only ? *how_.only : round_.load(std::memory_order_relaxed);
}

void driver::prepare() {
  const std::uint64_t stream = mix(how_.seed, number());
  plan_ = draw_round(how_.seed, number(), what_, how_.size.threads);
  follow(plan_.disturbed);
  shift_ = plan_.batch ? plan_.batch->first : static_cast<unsigned>(mix(stream, 0) % how_.size.threads);
  adopted_.store(0, std::memory_order_relaxed);
  ready_.store(0, std::memory_order_relaxed);
  begin_.store(0, std::memory_order_relaxed);
  begin_work(how_.size.threads);
  for (unsigned i = 0; i <= how_.size.threads; ++i) roles_[i].begin(mix(stream, 1 + i));
  for (std::size_t i = 0; i < count(); ++i) what_.construct(instance(i), how_.size);
  alive_ = true;
  for (std::size_t i = 0; i < count(); ++i) guarded([&] { what_.before(instance(i)); });
}

template <class Step>
void driver::guarded(Step&& step) noexcept {
  try {
    step();
  } catch (const std::exception& thrown) {
    violated("assertion", std::string("an exception left the scenario: ") + thrown.what(),
             {what_.name.c_str(), what_.name.c_str(), 0});
  }
}

}  // namespace gauntlet::stress
