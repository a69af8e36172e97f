/// Reads that a revisit would make wait.
///
/// A write may revisit a read that then holds its thread: a lock's word, that somebody else has taken now. The read
/// would be revisited once more when the lock is released, in one more graph, and the execution of this one would end
/// blocked. So the read is taken out of the graph again: its thread waits until there is something that lets it go on,
/// as it does where it finds the lock taken (Kokologiannakis, Marmanis & Vafeiadis, "Unblocking Dynamic Partial Order
/// Reduction", CAV 2023, revisit such a read in place).
///
/// What it may read then is what would have come to revisit it: writes that have the one before their read, the
/// waiter's floor, in their past (program order and reads-from). All else it reads in other graphs. It stands where it
/// stood, as if it had read its floor: so that is not to be taken back, as it is read by something that stays, or that
/// would not have come to read it in the canonical way.
///
/// In the canonical order a read reads the newest write: so that has to be within reach. It is where all writes are
/// read-modify-writes, or by who holds the lock. Where it isn't the search begins anew, and leaves such reads of that
/// location in its graphs.

#include <algorithm>

#include "models/rc11/search.hpp"

namespace gauntlet::rc11 {

/// @param read the last event of its thread, which reads `write`
void search::take_out_what_waits(event_id read, event_id write) {
  graph& in = current();
  const event& it = in[read];
  // Twins compare what they have done: there it stays.
  if (twins_ || it.stale || goes_on(it, in.value(it))) return;
  if (it.location < stay_.size() && stay_[it.location]) return;
  const graph::waiter made{it.thread, it.location, read, static_cast<event_id>(write - (write > read ? 1 : 0))};
  renamed_.resize(in.size());
  for (unsigned i = 0; i < in.size(); ++i) renamed_[i] = static_cast<event_id>(i - (i > read ? 1 : 0));
  renamed_[read] = no_event;
  spare_->assign(in, renamed_, read);
  spare_->add(made);
  level& here = levels_[depth_];
  std::swap(here.built, spare_);
  here.revisited = no_event;
  here.size = here.built->size();
}

bool search::is_floor(event_id id) const {
  const auto& all = levels_[depth_].built->waiters();
  if (fault_ == fault::take_floors) return false;
  return std::any_of(all.begin(), all.end(), [id](const graph::waiter& it) { return it.floor == id; });
}

/// Whether what has this clock, null for the initial value, may be read by the thread's read after `previous`.
bool search::in_reach(unsigned thread, event_id previous, const tick* known) const {
  const graph& in = *levels_[depth_].built;
  return fault_ == fault::out_of_reach ||
         std::none_of(in.waiters().begin(), in.waiters().end(), [&](const graph::waiter& it) {
           return graph::is_awaited(it, thread, previous) && (known == nullptr || !in.covers(known, it.floor));
         });
}

bool search::is_in_reach(event_id read, event_id write) const {
  const graph& in = *levels_[depth_].built;
  return in_reach(in[read].thread, in[read].previous, write == no_event ? nullptr : in.clock(write, view::known));
}

void search::expect_in_reach(event_id read, event_id newest) {
  if (is_in_reach(read, newest)) return;
  const unsigned location = current()[read].location;
  if (stay_.size() <= location) stay_.resize(location + 1);
  stay_[location] = true;
  anew_ = true;
}

}  // namespace gauntlet::rc11
