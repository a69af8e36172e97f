#pragma once
/// future with a wait() that looks which futures are done before it has the others tell it (python/cpython bpo-14406).
///
///     who waits                                     producer
///     looks: one of two is not done, so 1 to come
///                                                   the future ends, and finds nobody to tell
///     asks to be told: it is done, nothing to tell
///     sleeps for ever
///
/// stress and relacy must catch it, as a deadlock. behaviour mostly meets futures that end before or after.

#include <memory>
#include <vector>

#include "primitives/future/future.hpp"
#include "primitives/future/wait.hpp"

namespace gauntlet {

template <class T>
class future_wait_looks_first : public future<T> {
 public:
  future_wait_looks_first() = default;
  future_wait_looks_first(const future<T>& of) : future<T>(of) {}

  friend done_and_not_done<future_wait_looks_first> wait(const std::vector<future_wait_looks_first>& futures,
                                                         return_when when) {
    done_and_not_done<future_wait_looks_first> ended;
    for (auto& each : distinct(futures)) (each.done() ? ended.done : ended.not_done).push_back(each);
    const bool enough = when == return_when::first_completed ? !ended.done.empty() : ended.not_done.empty();
    if (enough) return ended;
    countdown left(ended.not_done.size(), when);
    std::vector<countdown::link> links(ended.not_done.size());
    for (std::size_t i = 0; i < links.size(); ++i) {
      links[i].whole = &left;
      // flaw: one that is done by now must be counted here.
      static_cast<void>(ended.not_done[i].observe(links[i]));
    }
    left.wait(sync::deadline::never());
    for (std::size_t i = 0; i < links.size(); ++i) ended.not_done[i].ignore(links[i]);
    return gauntlet::wait_for(futures, std::chrono::seconds(0));
  }
};

}  // namespace gauntlet
