/// Monitors of what holds values: queue, stack, register.

#include <algorithm>
#include <bit>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "harness/monitors.hpp"

namespace gauntlet::harness {
namespace {

/// A value from its put to its get. Without a get, that is never called.
struct stay {
  std::int64_t value;
  std::uint64_t put_called;
  std::uint64_t put_returned;
  std::uint64_t got_called = never;
  std::uint64_t got_returned = never;

  /// From here to got_called it is inside for sure.
  bool surely_inside() const { return put_returned < got_called; }
};

struct stays {
  verdict said = verdict::ok;
  std::vector<stay> all;
  /// Calls that found nothing.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> empty;
};

/// Joins puts and gets of the same value.
template <class Event>
stays join(const std::vector<timed<Event>>& history) {
  stays made;
  std::vector<stay> gets;
  for (const auto& one : history) {
    if (one.event.what == Event::put)
      made.all.push_back({one.event.value, one.called, one.returned});
    else if (one.event.what == Event::got)
      gets.push_back({one.event.value, 0, 0, one.called, one.returned});
    else if (one.returned != never)
      made.empty.emplace_back(one.called, one.returned);
  }
  const auto by_value = [](const stay& a, const stay& b) {
    return std::tie(a.value, a.got_returned) < std::tie(b.value, b.got_returned);
  };
  std::sort(made.all.begin(), made.all.end(), by_value);
  std::sort(gets.begin(), gets.end(), by_value);
  const auto same = [](const stay& a, const stay& b) { return a.value == b.value; };
  if (std::adjacent_find(made.all.begin(), made.all.end(), same) != made.all.end()) return {verdict::unknown, {}, {}};
  auto put = made.all.begin();
  for (const stay& get : gets) {
    while (put != made.all.end() && put->value < get.value) ++put;
    const bool there = put != made.all.end() && put->value == get.value && put->got_called == never;
    if (there && get.got_returned >= put->put_called) {
      put->got_called = get.got_called;
      put->got_returned = get.got_returned;
    } else if (get.got_returned != never) {
      return {verdict::violated, {}, {}};
    }
  }
  return made;
}

/// Whether some call that found nothing lies within times at which something was inside for sure.
bool empty_in_vain(const stays& all) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> inside;
  for (const stay& one : all.all)
    if (one.surely_inside()) inside.emplace_back(one.put_returned, one.got_called);
  std::sort(inside.begin(), inside.end());
  std::size_t kept = 0;
  for (const auto& one : inside)
    if (kept > 0 && one.first < inside[kept - 1].second)
      inside[kept - 1].second = std::max(inside[kept - 1].second, one.second);
    else
      inside[kept++] = one;
  inside.resize(kept);
  return std::any_of(all.empty.begin(), all.empty.end(), [&](const auto& call) {
    const auto after = std::lower_bound(inside.begin(), inside.end(), std::pair(call.first, std::uint64_t{0}));
    return after != inside.begin() && (after - 1)->second > call.second;
  });
}

/// How many values are surely inside at each moment, and which moments are free of them.
class coverage_tree {
 public:
  explicit coverage_tree(std::vector<int> counts) : width_(std::bit_ceil(counts.size())), least_(2 * width_, held) {
    added_.resize(2 * width_);
    std::copy(counts.begin(), counts.end(), least_.begin() + static_cast<std::ptrdiff_t>(width_));
    for (std::size_t node = width_ - 1; node > 0; --node) pull(node);
  }

  void uncover(std::size_t begin, std::size_t end) { add(1, 0, width_, begin, end); }

  /// Appends the free moments that were not told before.
  void tell_free(std::vector<std::size_t>& moments) {
    if (least_[1] == 0) tell(1, 0, width_, 0, moments);
  }

 private:
  /// More than there are values: of a moment that was told.
  static constexpr int held = 1 << 30;

  void pull(std::size_t node) { least_[node] = std::min(least_[2 * node], least_[2 * node + 1]) + added_[node]; }

  void add(std::size_t node, std::size_t low, std::size_t high, std::size_t begin, std::size_t end) {
    if (end <= low || high <= begin) return;
    if (begin <= low && high <= end) {
      --least_[node];
      --added_[node];
      return;
    }
    const std::size_t middle = (low + high) / 2;
    add(2 * node, low, middle, begin, end);
    add(2 * node + 1, middle, high, begin, end);
    pull(node);
  }

  void tell(std::size_t node, std::size_t low, std::size_t high, int above, std::vector<std::size_t>& moments) {
    if (least_[node] + above != 0) return;
    if (node >= width_) {
      least_[node] = held;
      moments.push_back(low);
      return;
    }
    const std::size_t middle = (low + high) / 2;
    tell(2 * node, low, middle, above + added_[node], moments);
    tell(2 * node + 1, middle, high, above + added_[node], moments);
    pull(node);
  }

  std::size_t width_;
  /// Of each subtree, with its own `added` but without those above it.
  std::vector<int> least_;
  std::vector<int> added_;
};

/// Pushes and pops that still wait for a free moment within them.
class stabbing_tree {
 public:
  struct call {
    std::size_t begin;
    std::size_t end;
    std::size_t value;
  };

  explicit stabbing_tree(std::vector<call> calls) : calls_(std::move(calls)), width_(std::bit_ceil(calls_.size() + 1)) {
    std::sort(calls_.begin(), calls_.end(), [](const call& a, const call& b) { return a.begin < b.begin; });
    latest_.resize(2 * width_);
    for (std::size_t i = 0; i < calls_.size(); ++i) latest_[width_ + i] = calls_[i].end;
    for (std::size_t node = width_ - 1; node > 0; --node) pull(node);
  }

  /// Takes out those with begin <= moment < end. @param found is told the value of each
  template <class Found>
  void take(std::size_t moment, Found&& found) {
    take(1, 0, width_, moment, found);
  }

 private:
  void pull(std::size_t node) { latest_[node] = std::max(latest_[2 * node], latest_[2 * node + 1]); }

  template <class Found>
  void take(std::size_t node, std::size_t low, std::size_t high, std::size_t moment, Found& found) {
    if (latest_[node] <= moment || low >= calls_.size() || calls_[low].begin > moment) return;
    if (node >= width_) {
      latest_[node] = 0;
      found(calls_[low].value);
      return;
    }
    const std::size_t middle = (low + high) / 2;
    take(2 * node, low, middle, moment, found);
    take(2 * node + 1, middle, high, moment, found);
    pull(node);
  }

  std::vector<call> calls_;
  std::size_t width_;
  std::vector<std::size_t> latest_;
};

/// Stamps by their rank, so that all are different and calls come before returns that have the same stamp. Between
/// two ranks lies a moment.
void rank(stays& all) {
  struct stamp {
    std::uint64_t time;
    bool returns;
    std::uint64_t* where;
  };
  std::vector<stamp> stamps;
  const auto note = [&](std::uint64_t& time, bool returns) {
    if (time != never) stamps.push_back({time, returns, &time});
  };
  for (stay& one : all.all) {
    note(one.put_called, false);
    note(one.put_returned, true);
    note(one.got_called, false);
    note(one.got_returned, true);
  }
  for (auto& [called, returned] : all.empty) {
    note(called, false);
    note(returned, true);
  }
  std::sort(stamps.begin(), stamps.end(),
            [](const stamp& a, const stamp& b) { return std::tie(a.time, a.returns) < std::tie(b.time, b.returns); });
  for (std::size_t i = 0; i < stamps.size(); ++i) *stamps[i].where = i;
  const std::uint64_t end = stamps.size();
  for (stay& one : all.all)
    for (std::uint64_t* time : {&one.put_called, &one.put_returned, &one.got_called, &one.got_returned})
      *time = std::min(*time, end);
}

}  // namespace

verdict fifo::judge(const std::vector<timed<fifo>>& history, const model_state& initial) {
  if (!initial.empty()) return verdict::unknown;
  const stays all = join(history);
  if (all.said != verdict::ok) return all.said;
  // Overtaken: a was put before b, and b got before a.
  std::vector<const stay*> by_put, by_return;
  for (const stay& one : all.all) by_put.push_back(&one);
  by_return = by_put;
  std::sort(by_put.begin(), by_put.end(), [](auto* a, auto* b) { return a->put_called < b->put_called; });
  std::sort(by_return.begin(), by_return.end(), [](auto* a, auto* b) { return a->put_returned < b->put_returned; });
  auto earlier = by_return.begin();
  std::uint64_t latest_got = 0;
  for (const stay* b : by_put) {
    for (; earlier != by_return.end() && (*earlier)->put_returned < b->put_called; ++earlier)
      latest_got = std::max(latest_got, (*earlier)->got_called);
    if (b->got_returned < latest_got) return verdict::violated;
  }
  return empty_in_vain(all) ? verdict::violated : verdict::ok;
}

verdict lifo::judge(const std::vector<timed<lifo>>& history, const model_state& initial) {
  if (!initial.empty()) return verdict::unknown;
  stays all = join(history);
  if (all.said != verdict::ok) return all.said;
  for (const stay& one : all.all)
    if (one.got_called != never && one.got_returned == never) return verdict::unknown;
  if (empty_in_vain(all)) return verdict::violated;
  rank(all);
  const std::size_t moments = 2 * history.size() + 1;
  std::vector<int> difference(moments + 1), needs(all.all.size());
  std::vector<stabbing_tree::call> calls;
  std::size_t left = 0;
  for (std::size_t i = 0; i < all.all.size(); ++i) {
    const stay& one = all.all[i];
    // A push and a pop that overlap may be at one moment, and then concern nobody else.
    if (!one.surely_inside()) continue;
    ++left;
    ++difference[one.put_returned];
    --difference[one.got_called];
    calls.push_back({one.put_called, one.put_returned, i});
    if (one.got_called < one.got_returned) calls.push_back({one.got_called, one.got_returned, i});
    needs[i] = one.got_called < one.got_returned ? 2 : 1;
  }
  for (std::size_t i = 1; i < difference.size(); ++i) difference[i] += difference[i - 1];
  coverage_tree covered(std::move(difference));
  stabbing_tree waiting(std::move(calls));
  std::vector<std::size_t> free;
  covered.tell_free(free);
  for (; !free.empty();) {
    const std::size_t moment = free.back();
    free.pop_back();
    waiting.take(moment, [&](std::size_t value) {
      if (--needs[value] > 0) return;
      --left;
      covered.uncover(all.all[value].put_returned, all.all[value].got_called);
      covered.tell_free(free);
    });
  }
  return left == 0 ? verdict::ok : verdict::violated;
}

verdict register_cell::judge(const std::vector<timed<register_cell>>& history, const model_state& initial) {
  /// All that concerns one value.
  struct zone {
    std::uint64_t write_called;
    std::uint64_t first_return;
    std::uint64_t last_call;
  };
  std::unordered_map<std::int64_t, zone> zones;
  zones.reserve(history.size() + 1);
  if (initial.size() != 1) return verdict::unknown;
  zones.emplace(initial.front(), zone{0, 0, 0});
  for (const auto& one : history)
    if (one.event.what == wrote && !zones.emplace(one.event.value, zone{one.called, one.returned, one.called}).second)
      return verdict::unknown;
  for (const auto& one : history) {
    if (one.event.what != read || one.returned == never) continue;
    const auto found = zones.find(one.event.value);
    if (found == zones.end() || one.returned < found->second.write_called) return verdict::violated;
    found->second.first_return = std::min(found->second.first_return, one.returned);
    found->second.last_call = std::max(found->second.last_call, one.called);
  }
  // A value that is read over some time is the register's all the while; one that isn't needs a moment of its own.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> spans, moments;
  for (const auto& [value, one] : zones)
    if (one.first_return < one.last_call)
      spans.emplace_back(one.first_return, one.last_call);
    else if (one.first_return != never)
      moments.emplace_back(one.last_call, one.first_return);
  std::sort(spans.begin(), spans.end());
  for (std::size_t i = 1; i < spans.size(); ++i)
    if (spans[i].first < spans[i - 1].second) return verdict::violated;
  for (const auto& [begin, end] : moments) {
    const auto after = std::lower_bound(spans.begin(), spans.end(), std::pair(begin, std::uint64_t{0}));
    if (after != spans.begin() && (after - 1)->second > end) return verdict::violated;
  }
  return verdict::ok;
}

}  // namespace gauntlet::harness
