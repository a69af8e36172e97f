#include "models/rc11/search.hpp"

#include <algorithm>
#include <utility>

namespace gauntlet::rc11 {

void search::begin(unsigned lanes) {
  if (levels_.empty()) levels_.emplace_back();
  if (levels_[0].built == nullptr) levels_[0].built = std::make_unique<graph>();
  if (spare_ == nullptr) spare_ = std::make_unique<graph>();
  levels_[0].built->clear(lanes);
  levels_[0].built->headless = fault_ == fault::ignore_release_sequence;
  levels_[0].first_item = 0;
  levels_[0].revisited = no_event;
  depth_ = 0;
  items_.clear();
  share_ = 1;
  unshared_ = 0;
  explored_ = 0;
  dropped = 0;
  twins_ = false;
  paused_ = false;
}

/// What the last item had goes to what was set aside since, and to itself if it was run.
void search::settle(unsigned own) {
  const std::size_t parts = items_.size() - unshared_ + own;
  for (std::size_t i = unshared_; i < items_.size(); ++i) items_[i].share = share_ / static_cast<double>(parts);
  explored_ += parts == 0 ? share_ : share_ * own / static_cast<double>(parts);
  share_ = 0;
  unshared_ = items_.size();
}

search::step search::next() {
  constexpr std::uint64_t enough = 1000;
  settle(std::exchange(paused_, false) ? 0 : 1);
  for (const std::uint64_t before = dropped;;) {
    if (items_.size() == levels_[depth_].first_item) {
      if (depth_ == 0) return step::end;
      --depth_;
      continue;
    }
    if (dropped - before > enough) {
      paused_ = true;
      return step::pause;
    }
    const item chosen = items_.back();
    items_.pop_back();
    share_ = chosen.share;
    unshared_ = items_.size();
    if (apply(chosen)) return step::run;
    settle(0);
  }
}

void search::release() {
  std::vector<level>().swap(levels_);
  std::vector<item>().swap(items_);
  spare_.reset();
  graphs_ = 0;
}

/// For half of it all items are equally probable. For the other half, at each event all ways to go on are, of which the
/// run took one: what was set aside early has more before it. Each of the two alone is far off for some programs.
void search::make_probable() {
  const double even = 0.5 / static_cast<double>(items_.size());
  double left = 0.5;
  for (std::size_t first = 0; first < items_.size();) {
    std::size_t end = first + 1;
    while (end < items_.size() && items_[end].added() == items_[first].added()) ++end;
    const std::size_t ways = end - first + (end == items_.size() ? 0 : 1);
    const double part = left / static_cast<double>(ways);
    for (; first < end; ++first) items_[first].share = even + part, left -= part;
  }
}

bool search::descend(std::mt19937_64& random, double& ways) {
  while (!items_.empty()) {
    make_probable();
    double at = static_cast<double>(random() >> 11U) * 0x1p-53;
    std::size_t which = 0;
    while (which + 1 < items_.size() && at >= items_[which].share) at -= items_[which++].share;
    const item chosen = items_[which];
    ways /= chosen.share;
    items_.clear();
    if (apply(chosen)) return true;
  }
  return false;
}

void search::keep(part which) {
  settle(1);
  double whole = 0;
  for (const item& each : items_) whole += each.share;
  // The oldest are the largest.
  std::size_t older = 1;
  for (double sum = items_[0].share; older + 1 < items_.size() && sum + items_[older].share <= whole / 2; ++older)
    sum += items_[older].share;
  if (which == part::older) {
    items_.resize(older);
    while (levels_[depth_].first_item >= older) --depth_;
  } else {
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(older));
    for (level& each : levels_) each.first_item = std::max(each.first_item, older) - older;
  }
  unshared_ = items_.size();
}

bool search::apply(const item& chosen) {
  graph& in = current();
  switch (chosen.what) {
    case change::read:
      // What the write that revisits a read depends on was added after it.
      in.cut(chosen.event == levels_[depth_].revisited ? levels_[depth_].size : chosen.event + 1U);
      in[chosen.event].variant = chosen.variant;
      in.bind(chosen.event, chosen.other);
      in[chosen.event].stale = chosen.other != in.of_location(in[chosen.event].location).newest;
      return keeps_order(chosen.event) && consistent(chosen.event) && complete(chosen.event);
    case change::place: {
      in.cut(chosen.event + 1U);
      in.displace(chosen.event);
      in.place(chosen.event, chosen.other);
      const level& here = levels_[depth_];
      const bool revisits = here.revisited != no_event && chosen.event + 1U == here.size;
      if (revisits && !keeps_order(here.revisited)) return false;
      if (!consistent(chosen.event, revisits ? here.revisited : no_event)) return false;
      if (!revisits) return true;
      in[here.revisited].stale = in[chosen.event].newer != no_event;
      return complete(here.revisited);
    }
    case change::choice: {
      in.cut(chosen.event + 1U);
      event& it = in[chosen.event];
      if (it.value == 0 && chosen.other != 0) ++in.spent[it.variant];
      it.value = chosen.other;
      return true;
    }
    case change::revisit:
      return revisit(chosen);
  }
  return false;
}

/// A read-modify-write whose read was bound anew goes on to its write at once: that is part of what the graph decides.
bool search::complete(event_id read) {
  const event& it = current()[read];
  if (in_queue_order(read)) {
    event_id ignored = no_event;
    return !it.indivisible || add_write(written_after(read), ignored);
  }
  // Who falls asleep too late for a wake is found by it, if that comes later.
  if (it.indivisible) set_aside_revisits(current().append(written_after(read)));
  ++dropped;
  return false;
}

bool search::keeps_order(event_id read) {
  if (in_order(read)) return true;
  ++dropped;
  return false;
}

bool search::consistent(event_id newest, event_id revisited) {
  if (order_.holds(current(), newest, revisited)) return true;
  ++dropped;
  return false;
}

unsigned search::oldest_readable(const graph& in, event_id read) const {
  if (fault_ == fault::skip_coherence) return 0;
  const event& it = in[read];
  // A wake finds whom it would, were it the read-modify-write that it is if it finds somebody: all in its past.
  const auto past = it.modify == operation::wake ? view::known : view::before;
  return lower_bound(in, it.location, in.clock(read, past), read);
}

event search::written_after(event_id read) const {
  const graph& in = *levels_[depth_].built;
  const event& it = in[read];
  event written = it;
  written.kind = kind::write;
  written.from = no_event;
  written.after_plain = false;
  written.waits = false;
  written.value = modified(it, in.value(it));
  return written;
}

void search::add_read(const event& what, event_id& added) {
  graph& in = current();
  const event_id read = added = in.append(what);
  const unsigned bound = oldest_readable(in, read);
  // Reading the newest write is always consistent, if what was there before is.
  const event_id newest = in.of_location(what.location).newest;
  const bool waits = !in.waiters().empty();
  for (event_id write = newest;; write = in[write].older) {
    if (in.place_of(write) < bound) break;
    in[read].from = write;
    // Where it would be held for ever, what comes later changes nothing about what it passed over.
    const bool nowhere = write != newest && (!goes_on(what, in.value(in[read])) || (twins_ && !in_order(read)) ||
                                             (waits && !is_in_reach(read, write)) || moot(read, write));
    const unsigned ways = nowhere ? 0 : variants(what, in.value(in[read]));
    for (unsigned variant = write == newest ? 1 : 0; variant < ways; ++variant)
      items_.push_back({change::read, static_cast<std::uint8_t>(variant), read, write});
    if (write == no_event) break;
  }
  if (waits) expect_in_reach(read, newest);
  in[read].variant = 0;
  in.bind_new(read, newest);
  comes_too_late(read);
}

bool search::may_follow(event_id write, event_id after) const {
  const graph& in = *levels_[depth_].built;
  return fault_ == fault::break_atomicity || !in.taken(in[write].location, after);
}

void search::set_aside_places(event_id write, unsigned bound, bool first_is_kept) {
  const graph& in = current();
  bool kept = !first_is_kept;
  for (event_id after = in.of_location(in[write].location).newest;; after = in[after].older) {
    if (in.place_of(after) < bound) break;
    if (may_follow(write, after)) {
      if (kept) items_.push_back({change::place, 0, write, after});
      kept = true;
    }
    if (after == no_event) break;
  }
}

bool search::add_write(const event& what, event_id& added) {
  graph& in = current();
  const event_id write = added = in.append(what);
  set_aside_revisits(write);
  if (what.indivisible) {
    const event_id from = in.base(write);
    if (!may_follow(write, from)) {
      ++dropped;
      return false;
    }
    const bool newest = in.of_location(what.location).newest == from;
    in.place(write, from);
    return newest || consistent(write);
  }
  unsigned bound =
      fault_ == fault::skip_coherence ? 0 : lower_bound(in, what.location, in.clock(write, view::before), write);
  bound = std::max(bound, after_elders(write));
  set_aside_places(write, bound, true);
  in.place(write, in.of_location(what.location).newest);
  return true;
}

std::optional<event_id> search::alternative(event_id read) const {
  if (items_.size() == levels_[depth_].first_item) return {};
  const item& next = items_.back();
  if (next.what != change::read || next.event != read) return {};
  return next.other;
}

void search::drop_alternative() {
  // One that an earlier run set aside has its share already.
  if (items_.size() == unshared_) {
    explored_ += items_.back().share;
    --unshared_;
  }
  items_.pop_back();
  ++dropped;
}

event_id search::add_choice(const event& what, unsigned alternatives) {
  graph& in = current();
  const event_id added = in.append(what);
  for (unsigned other = alternatives - 1; other > 0; --other) {
    in[added].value = other;
    if (in_order(added)) items_.push_back({change::choice, 0, added, static_cast<event_id>(other)});
  }
  in[added].value = 0;
  return added;
}

event_id search::add_other(const event& what) {
  const event_id added = current().append(what);
  if (what.kind == kind::fence && fault_ != fault::ignore_fence) current().order_fence(added);
  if (what.kind == kind::start && what.variant != 0) twins_ = true;
  return added;
}

event_id search::add_join(const event& what) {
  const event_id added = current().append(what);
  current().learn(added, static_cast<unsigned>(what.value));
  return added;
}

event_id search::add_watch(const event& what, event_id reached) {
  const event_id added = current().append(what);
  current().see(added, reached);
  return added;
}

}  // namespace gauntlet::rc11
