#include "harness/workload.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace gauntlet::harness {

namespace {

/// So that no order between two operations comes of an error of the clock. What was explained without that still is.
void widen(std::vector<recorded>& history) {
  for (recorded& one : history) {
    one.called -= std::min(one.called, timestamp_error());
    if (one.returned != never) one.returned += timestamp_error();
  }
}

}  // namespace

workload::workload(shape how, const calls& what) : shape_(how), calls_(what), records_(how.threads) {
  for (auto& mine : records_) mine.reserve(how.operations);
}

void workload::thread(void* object, unsigned role) {
  for (unsigned i = 0; i < shape_.operations; ++i)
    if (const auto operation = draw(role)) call(object, role, *operation, calls_.argument(*operation, nth(role)));
  while (const auto operation = due(role)) call(object, role, *operation, calls_.argument(*operation, nth(role)));
  if (calls_.blocks != nullptr && role == 0) close(object);
}

void workload::after() const {
  expect_ok(history());
}

void workload::call(void* object, unsigned role, unsigned operation, std::int64_t argument) {
  recorded& now = records_[role].emplace_back(recorded{.thread = role, .operation = operation, .argument = argument});
  now.returned = never;
  now.called = call_begins();
  now.result = calls_.apply(object, operation, argument);
  now.returned = call_ends();
}

/// One that the role may call; none if there is none.
std::optional<unsigned> workload::draw(unsigned role) const {
  const auto allowed = [&](unsigned operation) { return may(role, operation) && !(role == 0 && blocks(operation)); };
  std::uint32_t size = 0;
  for (unsigned operation = 0; operation < calls_.count; ++operation) size += allowed(operation) ? 1 : 0;
  if (size == 0) return std::nullopt;
  std::uint32_t before = choose(size);
  for (unsigned operation = 0;; ++operation)
    if (allowed(operation) && before-- == 0) return operation;
}

std::optional<unsigned> workload::due(unsigned role) const {
  if (calls_.due == nullptr) return std::nullopt;
  for (unsigned operation = 0; operation < calls_.count; ++operation)
    if (calls_.due(operation) && may(role, operation)) return operation;
  return std::nullopt;
}

bool workload::may(unsigned role, unsigned operation) const {
  return !is_second(operation) && (calls_.may == nullptr || calls_.may(role, records_[role], operation));
}

bool workload::blocks(unsigned operation) const {
  return calls_.blocks != nullptr && calls_.blocks(operation);
}

/// Lets those go on who wait, one by one, and looks each time whether they should have before.
void workload::close(void* object) {
  for (unsigned rescued = 0;; ++rescued) {
    until_quiet();
    const auto seen = history();
    const auto waiting = std::ranges::find_if(seen, &recorded::waits);
    const bool over = std::ranges::all_of(seen, [](const recorded& one) { return one.returned != never; });
    if (over) return;
    if (waiting == seen.end()) continue;
    expect_ok(seen);
    if (calls_.rescue == nullptr)
      throw std::logic_error("the specification leaves a thread waiting, and has no rescue");
    if (rescued == shape_.threads * shape_.operations) throw std::logic_error("a rescue lets nobody go on");
    const recorded wanted = calls_.rescue(*waiting);
    call(object, 0, wanted.operation, wanted.argument);
  }
}

/// What there was so far. Who is in an operation waits.
std::vector<recorded> workload::history() const {
  std::vector<recorded> all;
  for (const auto& mine : records_)
    for (recorded one : mine) {
      one.waits = one.returned == never && blocks(one.operation);
      if (const auto second = second_half(one.operation)) {
        recorded first = one;
        if (std::exchange(first.waits, false)) first.returned = call_ends();
        all.push_back(first);
        one.operation = *second;
      }
      all.push_back(one);
    }
  return all;
}

void workload::expect_ok(std::vector<recorded> history) const {
  if (!in_real_time(history)) return;
  const meaning what = calls_.judged();
  verdict said = judge(what, history);
  if (said == verdict::violated && timestamp_error() != 0) {
    widen(history);
    said = judge(what, history);
  }
  if (said == verdict::unknown)
    throw std::length_error("a history of " + std::to_string(history.size()) +
                            " operations was too much to search; use fewer threads or operations, or a monitor");
  if (said == verdict::ok) return;
  const std::string told = explain(what, history);
  for (recorded& one : history) one.waits = false;
  if (judge(what, history) == verdict::violated) fail("not_linearizable", "no order explains this history:\n" + told);
  fail("lost_wakeup", "an operation waits though it could go on:\n" + told);
}

std::optional<unsigned> workload::second_half(unsigned operation) const {
  return calls_.second == nullptr ? std::nullopt : calls_.second(operation);
}

bool workload::is_second(unsigned operation) const {
  for (unsigned first = 0; first < calls_.count; ++first)
    if (second_half(first) == operation) return true;
  return false;
}

unsigned workload::nth(unsigned role) const {
  return static_cast<unsigned>(records_[role].size()) * shape_.threads + role;
}

}  // namespace gauntlet::harness
