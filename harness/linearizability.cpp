/// Searches a history for a linearization.

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

#include "harness/history.hpp"

namespace gauntlet::harness {
namespace {

constexpr std::size_t window = 64;

constexpr std::uint64_t scrambled(std::uint64_t value) noexcept {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31);
}

/// Configurations that were seen, as 128 bits each: for two to be mistaken for one takes some 2^60 of them.
class memory {
 public:
  struct key {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    bool operator==(const key&) const = default;
  };

  /// @return whether it is new
  bool add(key one) {
    if (one == key{}) one.low = 1;
    if (2 * (used_ + 1) > table_.size()) grow();
    if (!place(one)) return false;
    ++used_;
    return true;
  }

 private:
  bool place(key one) {
    for (auto at = one.low & (table_.size() - 1);; at = (at + 1) & (table_.size() - 1)) {
      if (table_[at] == one) return false;
      if (table_[at] == key{}) {
        table_[at] = one;
        return true;
      }
    }
  }
  void grow() {
    const auto old = std::exchange(table_, std::vector<key>(std::max<std::size_t>(64, 4 * table_.size())));
    for (const key one : old)
      if (one != key{}) place(one);
  }

  std::vector<key> table_;
  std::size_t used_ = 0;
};

/// Wing & Gong's depth-first search: repeatedly take an operation that no untaken one wholly precedes. Lowe's addition
/// (2017): a set of taken operations that has led to the same state before leads nowhere either. The set is a window:
/// all before `first`, and those that the bits name. Where nothing runs the bits are empty, so what lies behind such a
/// moment is searched once for each state there, and not once for each way to it.
class depth_first {
 public:
  depth_first(const meaning& what, const std::vector<recorded>& history, std::uint64_t limit)
      : what_(what), history_(history), limit_(limit) {
    for (std::size_t i = 0; i < history.size(); ++i)
      (history[i].waits ? waiting_ : history[i].returned == never ? left_ : done_).push_back(i);
    // In the order of their calls, the first descent is nearly always the answer.
    std::sort(done_.begin(), done_.end(), [&](std::size_t a, std::size_t b) {
      return std::tie(history[a].called, history[a].returned, a) < std::tie(history[b].called, history[b].returned, b);
    });
  }

  search_result run() {
    if (left_.size() > window) return {};
    frames_.push_back({.state = what_.initial});
    while (!frames_.empty()) {
      if (ends(frames_.back())) return {verdict::ok, path()};
      if (limit_ == 0) return {verdict::unknown, longest_};
      if (descend()) continue;
      if (frames_.size() > longest_.size() + 1) longest_ = path();
      frames_.pop_back();
    }
    return {overflowed_ ? verdict::unknown : verdict::violated, longest_};
  }

 private:
  struct frame {
    model_state state;
    /// In done_: all before it are taken, it isn't.
    std::size_t first = 0;
    /// Bit i: first + i is taken.
    std::uint64_t taken = 0;
    /// Bit i: left_[i] is taken.
    std::uint64_t left_taken = 0;
    /// How many of first + 0, 1, 2 … and then how many of left_ were tried from here.
    std::size_t tried = 0;
    std::size_t left_tried = 0;
    /// The earliest return among the untaken ones that were tried; once all were, among all untaken ones.
    std::uint64_t deadline = never;
    /// What led here, in the history.
    std::size_t by = 0;
  };

  bool ends(const frame& now) const {
    return now.first == done_.size() && std::none_of(waiting_.begin(), waiting_.end(), [&](std::size_t one) {
             return what_.enabled(now.state, history_[one]);
           });
  }

  /// Takes the next operation that can be taken from the last frame. @return whether there was one
  bool descend() {
    frame& from = frames_.back();
    for (; from.first + from.tried < done_.size(); ++from.tried) {
      const recorded& one = history_[done_[from.first + from.tried]];
      if (one.called > from.deadline) break;
      if (from.tried >= window) {
        overflowed_ = true;
        break;
      }
      const auto bit = std::uint64_t{1} << from.tried;
      if ((from.taken & bit) != 0) continue;
      from.deadline = std::min(from.deadline, one.returned);
      if (take(from, one, done_[from.first + from.tried], from.taken | bit, from.left_taken)) {
        ++frames_[frames_.size() - 2].tried;
        return true;
      }
    }
    for (; from.left_tried < left_.size(); ++from.left_tried) {
      const std::size_t which = left_[from.left_tried];
      const auto bit = std::uint64_t{1} << from.left_tried;
      if ((from.left_taken & bit) != 0 || history_[which].called > from.deadline) continue;
      if (take(from, history_[which], which, from.taken, from.left_taken | bit)) {
        ++frames_[frames_.size() - 2].left_tried;
        return true;
      }
    }
    return false;
  }

  /// Pushes what taking an operation leads to, if that is allowed and new. References to frames end with it.
  bool take(const frame& from, const recorded& one, std::size_t which, std::uint64_t taken, std::uint64_t left_taken) {
    --limit_;
    frame next{.state = from.state, .first = from.first, .taken = taken, .left_taken = left_taken, .by = which};
    if (!what_.step(next.state, one)) return false;
    const auto whole = static_cast<std::size_t>(std::countr_one(next.taken));
    next.first += whole;
    next.taken = whole == window ? 0 : next.taken >> whole;
    if (!seen_.add(fingerprint(next))) return false;
    frames_.push_back(std::move(next));
    return true;
  }

  static memory::key fingerprint(const frame& now) {
    memory::key made{0x9e3779b97f4a7c15U, 0xd1b54a32d192ed03U};
    const auto add = [&](std::uint64_t value) {
      made.high = scrambled(made.high + value);
      made.low = scrambled(made.low ^ (value * 0x2545f4914f6cdd1dU));
    };
    add(now.first);
    add(now.taken);
    add(now.left_taken);
    for (const std::int64_t one : now.state) add(static_cast<std::uint64_t>(one));
    return made;
  }

  std::vector<std::size_t> path() const {
    std::vector<std::size_t> order;
    for (std::size_t i = 1; i < frames_.size(); ++i) order.push_back(frames_[i].by);
    return order;
  }

  const meaning& what_;
  const std::vector<recorded>& history_;
  std::uint64_t limit_;
  /// Indices into the history: operations that returned, in the order of their calls; that did not; that wait.
  std::vector<std::size_t> done_, left_, waiting_;
  std::vector<frame> frames_;
  memory seen_;
  std::vector<std::size_t> longest_;
  bool overflowed_ = false;
};

}  // namespace

search_result search(const meaning& what, const std::vector<recorded>& history, std::uint64_t limit) {
  return depth_first(what, history, limit).run();
}

}  // namespace gauntlet::harness
