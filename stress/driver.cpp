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
/// Rounds that a check gets even if they take ten times its budget.
constexpr std::uint64_t fewest_rounds = 20;

constinit std::atomic<driver*> current{nullptr};

/// Explorations whose threads never came back: they must stay where those threads can see them.
std::vector<std::unique_ptr<driver>>& left_behind() {
  static auto& drivers = *new std::vector<std::unique_ptr<driver>>;
  return drivers;
}

}  // namespace

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
      storage_(::operator new(what.size, std::align_val_t{what.alignment})) {}

driver::~driver() {
  ::operator delete(storage_, std::align_val_t{what_.alignment});
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
      .rounds = round_.load(std::memory_order_relaxed),
      .broken = broken_,
      .fair = fair_,
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
    play((worker + shift_) % how_.size.threads);
  }
  const std::lock_guard guard(mutex_);
  if (++left_ == how_.size.threads) attention_.notify_all();
}

void driver::play(unsigned role) noexcept {
  const presence here(&roles_[role]);
  rendezvous(roles_[role]);
  guarded([&] { what_.thread(storage_, role); });
  end_work();
  sync::engine::let_go_of_locks();
}

/// All run, and then start some way apart.
void driver::rendezvous(activity& me) noexcept {
  // relaxed: who was released from the barrier is ordered already; more would hide races between the roles.
  ready_.fetch_add(1, std::memory_order_relaxed);
  for (unsigned spins = 0; ready_.load(std::memory_order_relaxed) < how_.size.threads; ++spins)
    if (spins < 200)
      sync::native::relax();
    else
      std::this_thread::yield();
  for (unsigned i = draw(me.disturbances) % 64; i > 0; --i) sync::native::relax();
}

void driver::between_rounds() {
  const presence here(&roles_[how_.size.threads]);
  if (alive_) {
    guarded([&] { what_.after(storage_); });
    what_.destroy(storage_);
    alive_ = false;
    round_.fetch_add(1, std::memory_order_relaxed);
  }
  // A busy machine may use up a short budget before the first rounds are over; a few say more than none.
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start_;
  const double budget = how_.seconds * (round_.load(std::memory_order_relaxed) < fewest_rounds ? 10 : 1);
  last_ = first_report() != nullptr || spent.count() >= budget;
  if (!last_) prepare();
}

std::uint64_t driver::number() const noexcept {
  return how_.only ? *how_.only : round_.load(std::memory_order_relaxed);
}

void driver::prepare() {
  const std::uint64_t stream = mix(how_.seed, number());
  follow(draw_plan(stream));
  shift_ = static_cast<unsigned>(mix(stream, 0) % how_.size.threads);
  adopted_.store(0, std::memory_order_relaxed);
  ready_.store(0, std::memory_order_relaxed);
  begin_work(how_.size.threads);
  for (unsigned i = 0; i <= how_.size.threads; ++i) roles_[i].begin(mix(stream, 1 + i));
  what_.construct(storage_, how_.size);
  alive_ = true;
  guarded([&] { what_.before(storage_); });
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
