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

bool global_order::holds(const graph& in) {
  switch (model_) {
    case memory_model::rc11:
    case memory_model::ra:  // Allows no more than rc11: what is seq_cst stays so.
      return in.sequential < 2 || partial_sc(in);
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
void insert(std::uint64_t* set, unsigned member) {
  set[member / 64] |= std::uint64_t{1} << (member % 64);
}
bool meets(const std::uint64_t* one, const std::uint64_t* other, unsigned words) {
  for (unsigned word = 0; word < words; ++word)
    if ((one[word] & other[word]) != 0) return true;
  return false;
}
bool accesses(const event& it) {
  return it.kind == kind::read || it.kind == kind::write;
}
/// Whether `first` comes before `second` by rf ∪ co ∪ fr, closed under composition: eco.
bool communicates(const graph& in, const event& first, const event& second) {
  const bool from_write = first.kind == kind::write;
  const bool to_write = second.kind == kind::write;
  const unsigned left = from_write ? first.place : in.place_of(first.from);
  const unsigned right = to_write ? second.place : in.place_of(second.from);
  return from_write && !to_write ? left <= right : left < right;
}
}  // namespace

void global_order::compose(row into, const std::uint64_t* from, const std::vector<std::uint64_t>& through) const {
  each(from, words_, [&](unsigned member) {
    for (unsigned word = 0; word < words_; ++word) into[word] |= through[member * words_ + word];
  });
}

/// hb, eco, po, po between different locations, and scb = po ∪ po≠loc;hb;po≠loc ∪ hb|loc ∪ co ∪ fr.
void global_order::relate(const graph& in) {
  const unsigned size = in.size();
  words_ = (size + 63) / 64;
  const std::size_t cells = std::size_t{size} * words_;
  for (auto* relation : {&before_, &communication_, &sequenced_, &elsewhere_, &order_}) relation->assign(cells, 0);
  for (unsigned j = 0; j < size; ++j) {
    const event& second = in[static_cast<event_id>(j)];
    const tick* const clock = in.clock(static_cast<event_id>(j), view::before);
    for (unsigned i = 0; i < size; ++i) {
      const event& first = in[static_cast<event_id>(i)];
      if (i == j) continue;
      const bool program = first.thread == second.thread && first.index < second.index;
      const bool happens = program || (first.thread != second.thread && in.covers(clock, static_cast<event_id>(i)));
      const bool same = accesses(first) && accesses(second) && first.location == second.location;
      if (happens) insert(at(before_, i), j);
      if (program) {
        insert(at(order_, i), j);
        if (!same) insert(at(elsewhere_, i), j);
      }
      if (!same) continue;
      if (happens) insert(at(order_, i), j);
      if (communicates(in, first, second)) {
        insert(at(communication_, i), j);
        // co and fr; rf alone orders nothing here, and eco from a read to a read is none of these.
        if (second.kind == kind::write) insert(at(order_, i), j);
      }
    }
  }
  scratch_.assign(std::size_t{2} * words_, 0);
  for (unsigned i = 0; i < size; ++i) {
    std::fill(scratch_.begin(), scratch_.end(), 0);
    compose(scratch_.data(), at(elsewhere_, i), before_);
    compose(at(order_, i), scratch_.data(), elsewhere_);
  }
}

/// psc = ([Esc] ∪ [Fsc];hb?) ; scb ; ([Esc] ∪ hb?;[Fsc])  ∪  [Fsc] ; (hb ∪ hb;eco;hb) ; [Fsc], which must be acyclic.
bool global_order::partial_sc(const graph& in) {
  relate(in);
  const unsigned size = in.size();
  std::vector<std::uint64_t>& sets = scratch_;
  sets.assign(std::size_t{5} * words_, 0);
  const row all = sets.data();
  const row fences = all + words_;
  const row source = fences + words_;
  const row middle = source + words_;
  const row wide = middle + words_;
  for (unsigned i = 0; i < size; ++i) {
    const event& it = in[static_cast<event_id>(i)];
    if (it.kind > kind::fence || it.how() != order::seq_cst) continue;
    insert(all, i);
    if (it.kind == kind::fence) insert(fences, i);
  }
  // before_ restricted to fences, hb;[Fsc]: into elsewhere_, which is done with.
  for (unsigned i = 0; i < size; ++i)
    for (unsigned word = 0; word < words_; ++word) at(elsewhere_, i)[word] = at(before_, i)[word] & fences[word];
  sequenced_.assign(sequenced_.size(), 0);
  each(all, words_, [&](unsigned i) {
    const bool fence = in[static_cast<event_id>(i)].kind == kind::fence;
    std::fill_n(source, 3 * words_, 0);
    insert(source, i);
    if (fence && fault_ != fault::weaken_psc)
      for (unsigned word = 0; word < words_; ++word) source[word] |= at(before_, i)[word];
    compose(middle, source, order_);
    const row out = at(sequenced_, i);
    for (unsigned word = 0; word < words_; ++word) out[word] |= middle[word] & all[word];
    compose(out, middle, elsewhere_);
    if (!fence) return;
    for (unsigned word = 0; word < words_; ++word) out[word] |= at(elsewhere_, i)[word];
    compose(wide, at(before_, i), communication_);
    compose(out, wide, elsewhere_);
  });
  for (bool shrank = true; shrank;) {
    shrank = false;
    each(all, words_, [&](unsigned i) {
      if (meets(at(sequenced_, i), all, words_)) return;
      all[i / 64] &= ~(std::uint64_t{1} << (i % 64));
      shrank = true;
    });
  }
  for (unsigned word = 0; word < words_; ++word)
    if (all[word] != 0) return false;
  return true;
}

/// sc: po ∪ rf ∪ co ∪ fr is acyclic. tso: the same with a store's order to later loads left out, unless a
/// read-modify-write or a seq_cst store or fence stands between, and rf only between threads (coherence covers the
/// rest).
bool global_order::total_order(const graph& in) {
  const unsigned size = in.size();
  const bool buffered = model_ == memory_model::tso;
  words_ = (size + 63) / 64;
  order_.assign(std::size_t{size} * words_, 0);
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
      if (!relaxed || drains(first)) insert(at(order_, i), j);
      drained = drained || drains(first);
    }
    if (const event_id creator = in.of_thread(second.thread).creator; creator != no_event)
      insert(at(order_, creator), j);
    if (second.kind == kind::join)
      if (const event_id last = in.of_thread(static_cast<unsigned>(second.value)).last; last != no_event)
        for (event_id i = last; i != no_event; i = in[i].previous) insert(at(order_, i), j);
    if (second.kind == kind::read && second.from != no_event && (!buffered || in[second.from].thread != second.thread))
      insert(at(order_, second.from), j);
    if (second.kind == kind::write) {
      for (event_id i = second.older; i != no_event; i = in[i].older) insert(at(order_, i), j);
      for (event_id i = in.of_location(second.location).last_read; i != no_event; i = in[i].read_before)
        if (in.place_of(in[i].from) < second.place && i != second.previous) insert(at(order_, i), j);
    }
  }
  // Takes events away that nothing left comes before: none remain exactly if there is no cycle.
  degree_.assign(size, 0);
  for (unsigned i = 0; i < size; ++i) each(at(order_, i), words_, [&](unsigned j) { ++degree_[j]; });
  scratch_.clear();
  for (unsigned i = 0; i < size; ++i)
    if (degree_[i] == 0) scratch_.push_back(i);
  for (std::size_t done = 0; done < scratch_.size(); ++done)
    each(at(order_, static_cast<unsigned>(scratch_[done])), words_, [&](unsigned j) {
      if (--degree_[j] == 0) scratch_.push_back(j);
    });
  return scratch_.size() == size;
}

}  // namespace gauntlet::rc11
