/// Three ways to hold two locks without a deadlock; deadlock.cpp is the way with one.
///
/// The accounts lie in an array, and every transfer is between any two of them: whoever names them first, first the
/// one, then the other, sooner or later waits for a thread that waits for it.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <mutex>

#include "primitives/lock_set/lock_set.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/thread/thread.hpp"

namespace {

struct account {
  gauntlet::mutex lock;
  int balance = 100;
};

std::array<account, 3> accounts;

/// In one order, by address, whatever the order of the arguments: waits once for each lock, and works for one account
/// twice as well. The first choice where the locks are contended, fair, or many.
void transfer_in_order(account& from, account& to, int amount) {
  gauntlet::lock_set both(from.lock, to.lock);
  const std::lock_guard guard(both);
  from.balance -= amount;
  to.balance += amount;
}

/// Takes one, tries the other, and backs off: holds nothing while it waits. For locks that are rarely taken, or whose
/// addresses say nothing. The same lock twice is an error.
void transfer_backing_off(account& from, account& to, int amount) {
  const std::scoped_lock guard(from.lock, to.lock);
  from.balance -= amount;
  to.balance += amount;
}

/// By hand, in an order that the program has anyway. For locks that are not taken at one place; the checker in
/// lock_order/ tells when some place does otherwise.
void transfer_by_index(std::size_t from, std::size_t to, int amount) {
  const std::lock_guard first(accounts[std::min(from, to)].lock);
  const std::lock_guard second(accounts[std::max(from, to)].lock);
  accounts[from].balance -= amount;
  accounts[to].balance += amount;
}

}  // namespace

int main() {
  std::array<std::unique_ptr<gauntlet::thread>, 3> threads;
  for (std::size_t i = 0; i < threads.size(); ++i)
    threads[i] = std::make_unique<gauntlet::thread>([i] {
      const std::size_t next = (i + 1) % accounts.size();
      for (int round = 0; round < 1000; ++round) {
        transfer_in_order(accounts[i], accounts[next], 1);
        transfer_backing_off(accounts[i], accounts[next], 1);
        transfer_by_index(i, next, 1);
      }
    });
  for (auto& each : threads) each->start();
  for (auto& each : threads) each->join();
  for (const account& each : accounts) std::printf("%d\n", each.balance);
}
