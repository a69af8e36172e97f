#pragma once
/// What went into a container and what came out, for scenarios in which each item must come out exactly once.

#include <algorithm>
#include <vector>

#include "primitives/sync.hpp"

namespace gauntlet::harness {

/// Each role keeps its own pages; expect_balance() is for after(). Items that are put must differ from each other.
class ledger {
 public:
  explicit ledger(unsigned roles) : in_(roles), out_(roles) {}

  void in(unsigned role, int item) { in_[role].push_back(item); }
  void out(unsigned role, int item) { out_[role].push_back(item); }

  /// What a role took out, in its order.
  const std::vector<int>& out(unsigned role) const { return out_[role]; }

  void expect_balance(sync::site where = sync::site::here()) const {
    const auto put = sorted(in_);
    const auto got = sorted(out_);
    sync::check(std::ranges::adjacent_find(got) == got.end(), "an item came out twice", where);
    sync::check(std::ranges::includes(put, got), "an item came out that nobody put in", where);
    sync::check(std::ranges::includes(got, put), "an item was lost", where);
  }

 private:
  using pages = std::vector<std::vector<int>>;

  static std::vector<int> sorted(const pages& all) {
    std::vector<int> items;
    for (const auto& page : all) items.insert(items.end(), page.begin(), page.end());
    std::ranges::sort(items);
    return items;
  }

  pages in_;
  pages out_;
};

}  // namespace gauntlet::harness
