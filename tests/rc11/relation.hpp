#pragma once
/// Sets of events and relations between them, as the papers' algebra has them: `a | b` union, `a & b` intersection,
/// `a * b` composition, `+a` transitive closure. Boolean matrices, at most 64 events.

#include <array>
#include <bit>
#include <cstdint>

namespace gauntlet::oracle {

using set = std::uint64_t;
inline constexpr unsigned most_events = 64;

class relation {
 public:
  explicit relation(unsigned events) : events_(events) {
    for (unsigned i = 0; i < events; ++i) rows_[i] = 0;
  }
  /// [s], the identity on a set
  relation(unsigned events, set on) : relation(events) {
    for (unsigned i = 0; i < events; ++i) rows_[i] = on & (set{1} << i);
  }

  void insert(unsigned from, unsigned to) { rows_[from] |= set{1} << to; }
  bool operator()(unsigned from, unsigned to) const { return (rows_[from] >> to & 1) != 0; }
  set row(unsigned from) const { return rows_[from]; }

  friend relation operator|(relation left, const relation& right) {
    for (unsigned i = 0; i < left.events_; ++i) left.rows_[i] |= right.rows_[i];
    return left;
  }
  friend relation operator&(relation left, const relation& right) {
    for (unsigned i = 0; i < left.events_; ++i) left.rows_[i] &= right.rows_[i];
    return left;
  }
  friend relation operator-(relation left, const relation& right) {
    for (unsigned i = 0; i < left.events_; ++i) left.rows_[i] &= ~right.rows_[i];
    return left;
  }
  friend relation operator*(const relation& left, const relation& right) {
    relation out(left.events_);
    for (unsigned i = 0; i < left.events_; ++i)
      for (set row = left.rows_[i]; row != 0; row &= row - 1)
        out.rows_[i] |= right.rows_[static_cast<unsigned>(std::countr_zero(row))];
    return out;
  }
  /// [from]; this; [to]
  relation between(set from, set to) const {
    relation out(events_);
    for (unsigned i = 0; i < events_; ++i)
      if ((from >> i & 1) != 0) out.rows_[i] = rows_[i] & to;
    return out;
  }
  relation operator+() const {
    relation out = *this;
    for (unsigned via = 0; via < events_; ++via)
      for (unsigned i = 0; i < events_; ++i)
        if (out(i, via)) out.rows_[i] |= out.rows_[via];
    return out;
  }
  /// This or the identity.
  relation optional() const {
    relation out = *this;
    for (unsigned i = 0; i < events_; ++i) out.insert(i, i);
    return out;
  }
  relation inverse() const {
    relation out(events_);
    for (unsigned i = 0; i < events_; ++i)
      for (set row = rows_[i]; row != 0; row &= row - 1) out.insert(static_cast<unsigned>(std::countr_zero(row)), i);
    return out;
  }
  bool irreflexive() const {
    for (unsigned i = 0; i < events_; ++i)
      if ((*this)(i, i)) return false;
    return true;
  }
  bool acyclic() const { return (+*this).irreflexive(); }

 private:
  unsigned events_;
  std::array<set, most_events> rows_;
};

}  // namespace gauntlet::oracle
