#include "tests/rc11/shrinking.hpp"

namespace gauntlet::oracle {

namespace {

using litmus::action;
using litmus::instruction;
using litmus::program;

/// Simpler forms of an instruction, the simplest first.
std::vector<instruction> simpler(const instruction& from) {
  std::vector<instruction> out;
  const auto with = [&](auto change) {
    instruction it = from;
    change(it);
    out.push_back(it);
  };
  if (from.only_if) with([](instruction& it) { it.only_if.reset(); });
  if (litmus::updates(from.what)) {
    with([](instruction& it) { it.what = action::load; });
    with([](instruction& it) { it.what = action::store; });
  }
  if (from.what == action::await) with([](instruction& it) { it.what = action::load; });
  if (from.what == action::wait) with([](instruction& it) { it.what = action::timed_wait; });
  if (from.what == action::take) with([](instruction& it) { it.what = action::exchange; });
  if (from.what == action::compare_exchange) with([](instruction& it) { it.what = action::exchange; });
  if (from.by.from) with([](instruction& it) { it.by = 1; });
  if (from.how != litmus::rlx && from.what != action::fence && !litmus::is_plain(from.where))
    with([](instruction& it) { it.how = litmus::rlx; });
  if (from.failure != litmus::rlx) with([](instruction& it) { it.failure = litmus::rlx; });
  return out;
}

/// A load may not release, a store may not acquire.
bool valid(const instruction& it) {
  if (it.what == action::load) return it.how != litmus::rel && it.how != litmus::acq_rel;
  if (it.what == action::store) return it.how != litmus::acq && it.how != litmus::acq_rel;
  return true;
}

}  // namespace

program shrunk(program from, const std::function<bool(const program&)>& still_shows) {
  const auto accept = [&](const program& smaller) {
    if (!still_shows(smaller)) return false;
    from = smaller;
    return true;
  };
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (std::size_t t = from.size(); t-- > 0;) {
      program fewer = from;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(t));
      if (accept(fewer)) smaller = true;
    }
    for (std::size_t t = from.size(); t-- > 0;)
      for (std::size_t i = from[t].size(); i-- > 0;) {
        program fewer = from;
        fewer[t].erase(fewer[t].begin() + static_cast<std::ptrdiff_t>(i));
        if (accept(fewer)) {
          smaller = true;
          continue;
        }
        for (const auto& form : simpler(from[t][i])) {
          program other = from;
          other[t][i] = form;
          if (valid(form) && accept(other)) {
            smaller = true;
            break;
          }
        }
      }
  }
  return from;
}

}  // namespace gauntlet::oracle
