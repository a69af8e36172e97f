#include "models/rc11/consistency.hpp"

#include <bit>

namespace gauntlet::rc11 {

unsigned lower_bound(const graph& in, unsigned location, const tick* before, event_id except) {
  const auto& where = in.of_location(location);
  unsigned bound = 0;
  for (event_id write = where.newest; write != no_event; write = in[write].older)
    if (write != except && in.covers(before, write)) {
      bound = in[write].place;
      break;
    }
  for (event_id read = where.last_read; read != no_event; read = in[read].read_before)
    if (read != except && in.covers(before, read)) bound = std::max(bound, in.place_of(in[read].from));
  return bound;
}

bool global_order::holds(const graph& in, event_id newest, event_id revisited) {
  switch (model_) {
    case memory_model::rc11:
    case memory_model::ra:  // Allows no more than rc11: what is seq_cst stays so.
      return in.sequential < 2 || partial_sc(in, newest, revisited);
    case memory_model::tso:
    case memory_model::sc:
      return total_order(in);
  }
  return true;
}

namespace {
template <class Visit>
void each(const std::uint64_t* set, unsigned words, Visit visit) {
  for (unsigned word = 0; word < words; ++word)
    for (std::uint64_t left = set[word]; left != 0; left &= left - 1)
      visit(word * 64 + static_cast<unsigned>(std::countr_zero(left)));
}
}  // namespace

/// sc: po ∪ rf ∪ co ∪ fr is acyclic. tso: the same with a store's order to later loads left out, unless a
/// read-modify-write or a seq_cst store or fence stands between, and rf only between threads (coherence covers the
/// rest).
bool global_order::total_order(const graph& in) {
  const unsigned size = in.size();
  const bool buffered = model_ == memory_model::tso;
  words_ = (size + 63) / 64;
  order_.assign(std::size_t{size} * words_, 0);
  const auto insert = [&](unsigned from, unsigned to) {
    order_[from * words_ + to / 64] |= std::uint64_t{1} << (to % 64);
  };
  const auto drains = [](const event& it) {
    // A locked instruction drains the buffer, also where a compare-exchange fails.
    return it.kind > kind::fence || it.modify != operation::none ||
           ((it.kind == kind::fence || it.kind == kind::write) && it.asked == order::seq_cst);
  };
  for (unsigned j = 0; j < size; ++j) {
    const event& second = in[static_cast<event_id>(j)];
    // On x86 a fence that isn't seq_cst is nothing, and must not link what is before it to what is after.
    if (buffered && second.kind == kind::fence && !drains(second)) continue;
    bool drained = drains(second);
    for (event_id i = second.previous; i != no_event; i = in[i].previous) {
      const event& first = in[i];
      if (buffered && first.kind == kind::fence && !drains(first)) continue;
      const bool relaxed = buffered && first.kind == kind::write && second.kind == kind::read && !drained;
      if (!relaxed || drains(first)) insert(i, j);
      drained = drained || drains(first);
    }
    if (const event_id creator = in.of_thread(second.thread).creator; creator != no_event) insert(creator, j);
    if (second.kind == kind::join)
      if (const event_id last = in.of_thread(static_cast<unsigned>(second.value)).last; last != no_event)
        for (event_id i = last; i != no_event; i = in[i].previous) insert(i, j);
    if (second.kind == kind::read && second.from != no_event && (!buffered || in[second.from].thread != second.thread))
      insert(second.from, j);
    if (second.kind == kind::write) {
      for (event_id i = second.older; i != no_event; i = in[i].older) insert(i, j);
      for (event_id i = in.of_location(second.location).last_read; i != no_event; i = in[i].read_before)
        if (in.place_of(in[i].from) < second.place && i != second.previous) insert(i, j);
    }
  }
  return acyclic(size);
}

/// Takes events away that nothing left comes before: none remain exactly if there is no cycle.
bool global_order::acyclic(unsigned size) {
  const auto row = [&](unsigned event) { return order_.data() + std::size_t{event} * words_; };
  degree_.assign(size, 0);
  for (unsigned i = 0; i < size; ++i) each(row(i), words_, [&](unsigned j) { ++degree_[j]; });
  first_.clear();
  for (unsigned i = 0; i < size; ++i)
    if (degree_[i] == 0) first_.push_back(i);
  for (std::size_t done = 0; done < first_.size(); ++done)
    each(row(first_[done]), words_, [&](unsigned j) {
      if (--degree_[j] == 0) first_.push_back(j);
    });
  return first_.size() == size;
}

}  // namespace gauntlet::rc11
