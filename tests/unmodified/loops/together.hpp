#pragma once
/// What the cases share.

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto acq_rel = std::memory_order_acq_rel;

/// Each on a thread of its own, started in this order.
void together(const std::vector<std::function<void()>>& all) {
  std::vector<std::thread> started;
  for (const auto& each : all) started.emplace_back(each);
  for (auto& each : started) each.join();
}
std::vector<std::function<void()>> times(unsigned count, const std::function<void()>& what) {
  return {count, what};
}

std::atomic<int> x, y;
int shared_data;

}  // namespace
