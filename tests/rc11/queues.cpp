#include "tests/rc11/queues.hpp"

#include <algorithm>

namespace gauntlet::oracle {

namespace {

using order = std::vector<unsigned>;

class queues {
 public:
  queues(const axioms& rules, const candidate& what,
         const std::array<std::vector<unsigned>, litmus::location_count>& coherence)
      : what_(what), coherence_(coherence), before_(rules.happens_before()), earlier_(rules.earlier()) {
    for (unsigned e = 0; e < what.events.size(); ++e)
      if (what.events[e].in_queue()) orders_[what.events[e].where].push_back(e);
  }

  std::set<std::string> all() {
    choose(0);
    return std::move(found_);
  }

 private:
  void choose(std::size_t word) {
    if (word == orders_.size()) return judge();
    order& here = orders_[word];
    std::ranges::sort(here);
    do
      if (here.empty() || possible(here)) choose(word + 1);
    while (std::ranges::next_permutation(here).found);
  }

  bool wakes(unsigned wake, unsigned sleep) const {
    // What ended a sleep comes right behind it.
    return ended(sleep) && what_.events[sleep_end(sleep)].what == sort::woken && what_.source[sleep_end(sleep)] == wake;
  }
  unsigned sleep_end(unsigned sleep) const {
    unsigned next = sleep + 1;
    while (next < what_.events.size() && what_.events[next].thread != what_.events[sleep].thread) ++next;
    return next;
  }
  bool ended(unsigned sleep) const { return sleep_end(sleep) < what_.events.size(); }
  unsigned look_of(unsigned sleep) const {
    unsigned look = sleep - 1;
    while (what_.events[look].thread != what_.events[sleep].thread) --look;
    return look;
  }

  /// Whether everybody sleeps as long as the candidate has it.
  bool possible(const order& of) const {
    order asleep;
    for (const unsigned each : of) {
      const event& it = what_.events[each];
      if (it.what == sort::sleep) {
        asleep.push_back(each);
      } else if (it.what == sort::give_up) {
        if (std::erase_if(asleep, [&](unsigned sleep) { return ended(sleep) && sleep_end(sleep) == each; }) != 1)
          return false;
      } else {
        const auto most = std::min<std::size_t>(asleep.size(), it.held);
        const auto taken = std::erase_if(asleep, [&](unsigned sleep) { return wakes(each, sleep); });
        if (taken != most) return false;
      }
    }
    // Who is taken later than it is woken was never taken.
    return std::ranges::none_of(asleep, [&](unsigned sleep) { return ended(sleep); });
  }

  bool finds_nobody(unsigned each) const {
    if (what_.events[each].what != sort::wake) return false;
    for (unsigned e = 0; e < what_.events.size(); ++e)
      if (what_.events[e].what == sort::woken && what_.source[e] == each) return false;
    return true;
  }

  void judge() {
    relation earlier = earlier_;
    for (const auto& of : orders_) {
      std::optional<unsigned> last;
      for (const unsigned each : of) {
        if (last) earlier.insert(*last, each);
        if (!finds_nobody(each)) last = each;
      }
    }
    const relation certainly = +earlier;
    if (!certainly.irreflexive()) return;
    for (const auto& of : orders_)
      for (std::size_t i = 0; i < of.size(); ++i)
        for (std::size_t j = i + 1; j < of.size(); ++j)
          if (certainly(of[j], of[i])) return;
    if (nothing_older_is_read(certainly)) found_.insert(told());
  }

  bool nothing_older_is_read(const relation& certainly) const {
    for (unsigned look = 0; look < what_.events.size(); ++look) {
      if (!what_.events[look].silent) continue;
      const order& of = orders_[what_.events[look].where];
      std::size_t place = 0;
      for (std::size_t i = 0; i < of.size(); ++i) {
        if (what_.events[of[i]].what == sort::sleep && look_of(of[i]) == look) {
          place = i;
          break;
        }
        if (certainly(of[i], look)) place = i + 1;
      }
      for (std::size_t i = 0; i < place; ++i)
        if (knows_newer(of[i], look)) return false;
    }
    return true;
  }

  /// Whether a thread knew of a write that is newer than what was read, when it did `what`.
  bool knows_newer(unsigned what, unsigned look) const {
    const auto& writes = coherence_[what_.events[look].where];
    const auto newer = std::next(std::ranges::find(writes, what_.source[look]));
    for (unsigned e = 0; e < what_.events.size(); ++e) {
      const event& it = what_.events[e];
      if (!before_(e, what) || !it.access() || it.where != what_.events[look].where) continue;
      if (std::find(newer, writes.end(), it.what == sort::write ? e : what_.source[e]) != writes.end()) return true;
    }
    return false;
  }

  std::string name(unsigned e) const {
    return std::to_string(what_.events[e].thread) + "." + std::to_string(what_.events[e].instruction);
  }

  std::string told() const {
    std::vector<std::string> parts;
    for (const auto& of : orders_) {
      std::string changes;
      unsigned place = 0;
      for (const unsigned each : of) {
        if (finds_nobody(each)) {
          parts.push_back(name(each) + "@" + std::to_string(place));
          continue;
        }
        ++place;
        changes += " " + name(each);
      }
      if (!changes.empty()) parts.push_back("queue" + changes);
    }
    for (unsigned e = 0; e < what_.events.size(); ++e)
      if (what_.events[e].what == sort::woken) parts.push_back(name(e) + "^" + name(what_.source[e]));
    std::ranges::sort(parts);
    std::string out;
    for (const auto& part : parts) out += part + " ";
    return out;
  }

  const candidate& what_;
  const std::array<std::vector<unsigned>, litmus::location_count>& coherence_;
  const relation& before_;
  relation earlier_;
  /// By word.
  std::array<order, litmus::location_count> orders_;
  std::set<std::string> found_;
};

}  // namespace

std::set<std::string> queue_orders(const axioms& rules, const candidate& what,
                                   const std::array<std::vector<unsigned>, litmus::location_count>& coherence) {
  return queues(rules, what, coherence).all();
}

}  // namespace gauntlet::oracle
