#include "lock_order/graph.hpp"

#include <algorithm>
#include <cstddef>

namespace gauntlet::lock_order {

void graph::remove(node old) {
  const auto found = nodes_.find(old);
  if (found == nodes_.end()) return;
  for (const auto& [to, unused] : found->second.out) nodes_.at(to).in.erase(old);
  for (const node from : found->second.in) nodes_.at(from).out.erase(old);
  nodes_.erase(found);
}

std::vector<node> graph::add(node from, node to, const edge& made) {
  vertex& source = nodes_.at(from);
  vertex& target = nodes_.at(to);
  std::vector<node> circle;
  if (from == to) {
    circle = {from};
  } else if (source.in.empty()) {
    source.rank = --lowest_;
  } else if (target.out.empty()) {
    target.rank = ++highest_;
  } else if (target.rank < source.rank) {
    circle = way(to, from);
    if (circle.empty()) raise(reaching(from, target.rank), reached(to, source.rank));
  }
  source.out.emplace(to, made).first->second.refused = !circle.empty();
  target.in.insert(from);
  return circle;
}

/// Breadth first: the shortest.
std::vector<node> graph::way(node from, node to) const {
  const std::int64_t highest = nodes_.at(to).rank;
  std::unordered_map<node, node> came_from{{from, from}};
  std::vector<node> open{from};
  for (std::size_t next = 0; next < open.size() && !came_from.contains(to); ++next)
    for (const auto& [one, how] : nodes_.at(open[next]).out)
      if (!how.refused && nodes_.at(one).rank <= highest && came_from.emplace(one, open[next]).second)
        open.push_back(one);
  if (!came_from.contains(to)) return {};
  std::vector<node> back{to};
  while (back.back() != from) back.push_back(came_from.at(back.back()));
  std::ranges::reverse(back);
  return back;
}

/// The nodes from which edges lead to `last`, and itself, as far as their rank is at least `lowest`.
std::vector<node> graph::reaching(node last, std::int64_t lowest) const {
  std::vector<node> found{last};
  std::unordered_set<node> seen{last};
  for (std::size_t next = 0; next < found.size(); ++next)
    for (const node one : nodes_.at(found[next]).in)
      if (!between(one, found[next]).refused && nodes_.at(one).rank >= lowest && seen.insert(one).second)
        found.push_back(one);
  return found;
}

/// The nodes to which edges lead from `first`, and itself, as far as their rank is at most `highest`.
std::vector<node> graph::reached(node first, std::int64_t highest) const {
  std::vector<node> found{first};
  std::unordered_set<node> seen{first};
  for (std::size_t next = 0; next < found.size(); ++next)
    for (const auto& [one, how] : nodes_.at(found[next]).out)
      if (!how.refused && nodes_.at(one).rank <= highest && seen.insert(one).second) found.push_back(one);
  return found;
}

/// Shares the ranks of all these nodes out anew: those before first, each group in the order that it has.
void graph::raise(std::vector<node> before, std::vector<node> after) {
  const auto rank_of = [this](node one) { return nodes_.at(one).rank; };
  std::ranges::sort(before, {}, rank_of);
  std::ranges::sort(after, {}, rank_of);
  before.insert(before.end(), after.begin(), after.end());
  std::vector<std::int64_t> ranks;
  ranks.reserve(before.size());
  for (const node one : before) ranks.push_back(rank_of(one));
  std::ranges::sort(ranks);
  for (std::size_t i = 0; i < before.size(); ++i) nodes_.at(before[i]).rank = ranks[i];
}

}  // namespace gauntlet::lock_order
