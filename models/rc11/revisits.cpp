/// Revisits: a write that is new is read by reads that are older, where all that was added since can be taken back.

#include <algorithm>
#include <utility>

#include "models/rc11/search.hpp"

namespace gauntlet::rc11 {

/// Whether `id` was added in the canonical way, as seen from a graph that keeps what is older than it and what `known`
/// covers: reading, or being, the newest write among those; read by none of them.
bool search::maximal(event_id id, const tick* known) const {
  const graph& in = *levels_[depth_].built;
  const event& it = in[id];
  if (it.kind == kind::choice) return it.value == 0;
  if (it.kind > kind::write) return true;
  const auto kept = [&](event_id other) { return other <= id || in.covers(known, other); };
  event_id write = id;
  if (it.kind == kind::read) {
    write = it.from;
    if (it.variant != 0 || (write != no_event && !kept(write))) return false;
  } else {
    for (event_id read = in.of_location(it.location).last_read; read != no_event; read = in[read].read_before)
      if (in[read].from == id && kept(read)) return false;
  }
  for (event_id newer = in.newer(it.location, write); newer != no_event; newer = in[newer].newer)
    if (kept(newer)) return false;
  return true;
}

/// Whether a read-modify-write that reads `write` could only come to take that from another one, and is nobody to take
/// it from: no read that its own write would revisit.
bool search::moot(event_id read, event_id write) {
  const graph& in = *levels_[depth_].built;
  const event& it = in[read];
  const bool plain = it.modify < operation::enqueue && writes(it, in.value_of(it.location, write));
  if (!plain || may_follow(read, write)) return false;
  const unsigned lanes = in.lanes();
  known_.resize(lanes);
  assign(known_.data(), in.clock(read, view::known), lanes);
  if (write != no_event) join(known_.data(), in.clock(write, view::known), lanes);
  join_twins(known_.data());
  bool revisits = false;
  each_revisited(it.location, known_.data(), read, write, [&](event_id) { return revisits = true; });
  return !revisits;
}

/// Calls `visit` for each read that a write of `location`, newer than everything and with this clock, can revisit, the
/// newest first, until that returns true. @param base what the write has to follow at once, if it is indivisible
template <class Visit>
void search::each_revisited(unsigned location, const tick* known, unsigned until, std::optional<event_id> base,
                            Visit visit) const {
  const graph& in = *levels_[depth_].built;
  event_id oldest = in.of_location(location).last_read;
  if (oldest == no_event || fault_ == fault::drop_revisit) return;
  while (in[oldest].read_before != no_event) oldest = in[oldest].read_before;
  // The read-modify-write that already follows what this one read: both can be only where that one is taken back.
  event_id rival = base ? in.newer(location, *base) : no_event;
  if (rival != no_event && (!in[rival].indivisible || fault_ == fault::break_atomicity)) rival = no_event;
  if (rival != no_event && in.covers(known, rival)) return;
  const bool waits = !in.waiters().empty();
  for (unsigned i = until; i-- > oldest;) {
    const auto id = static_cast<event_id>(i);
    if (in.covers(known, id)) continue;
    if (waits && is_floor(id)) return;
    if (fault_ != fault::skip_maximality && !maximal(id, known)) return;
    if (in[id].kind != kind::read || in[id].location != location || (rival != no_event && rival <= id)) continue;
    if (waits && !in_reach(in[id].thread, in[id].previous, known)) continue;
    if (visit(id)) return;
  }
}

const tick* search::before(event_id write) {
  const graph& in = current();
  if (!twins_) return in.clock(write, view::known);
  known_.resize(in.lanes());
  assign(known_.data(), in.clock(write, view::known), in.lanes());
  join_twins(known_.data());
  return known_.data();
}

void search::set_aside_revisits(event_id write) {
  const graph& in = current();
  const auto base = in[write].indivisible ? std::optional(in.base(write)) : std::nullopt;
  each_revisited(in[write].location, before(write), write, base, [&](event_id read) {
    const unsigned ways = variants(in[read], in[write].value);
    for (unsigned variant = 0; variant < ways; ++variant)
      items_.push_back({change::revisit, static_cast<std::uint8_t>(variant), read, write});
    return false;
  });
}

bool search::revisit(const item& chosen) {
  {
    graph& from = current();
    from.cut(chosen.other + 1U);
    const tick* const known = before(chosen.other);
    renamed_.resize(from.size());
    event_id kept = 0;
    for (unsigned i = 0; i < from.size(); ++i) {
      const auto id = static_cast<event_id>(i);
      const bool stays = id <= chosen.event || id == chosen.other || from.covers(known, id);
      renamed_[id] = stays ? kept++ : no_event;
    }
    spare_->assign(from, renamed_, chosen.event + 1U);
    spare_->forget_waiters_after(chosen.event);
  }
  graph& in = *spare_;
  const event_id read = renamed_[chosen.event];
  const event_id write = renamed_[chosen.other];
  in.displace(write);
  // A read-modify-write that is revisited has lost its write; a stale read may read the newest again.
  in[read].indivisible = false;
  in[read].stale = false;
  in[read].variant = chosen.variant;
  const unsigned location = in[write].location;
  // Before it is bound: what its thread knew.
  in.bind(read, no_event);
  unsigned bound = oldest_readable(in, read);
  in.bind_new(read, write);

  // The spare graph becomes the current one: in place of its parent, if that has nothing left.
  if (items_.size() != levels_[depth_].first_item) ++depth_;
  if (depth_ == levels_.size()) levels_.emplace_back();
  level& made = levels_[depth_];
  std::swap(made.built, spare_);
  if (spare_ == nullptr) spare_ = std::make_unique<graph>();
  made.first_item = items_.size();
  made.revisited = read;
  made.size = in.size();
  const std::size_t counted = std::exchange(made.bytes, made.built->held());
  graphs_ = graphs_ - counted + made.bytes;

  if (in[write].indivisible) {
    const event_id base = in.base(write);
    if (!may_follow(write, base) || in.place_of(base) < bound) {
      ++dropped;
      return false;
    }
    in.place(write, base);
    in[read].stale = in[write].newer != no_event;
    if (in[write].modify == operation::enqueue && !in_queue_order(in[write].previous)) {
      ++dropped;
      return false;
    }
    if (!keeps_order(read) || !consistent(write, read) || (!comes_too_late(read) && !complete(read))) return false;
    take_out_what_waits(read, write);
    return true;
  }
  if (fault_ != fault::skip_coherence)
    bound = std::max({bound, lower_bound(in, location, in.clock(write, view::before), write), after_elders(write)});
  set_aside_places(write, bound, false);
  return false;
}

}  // namespace gauntlet::rc11
