#pragma once
/// future whose cancel() looks whether it runs, and then takes it for cancelled.
///
///     canceller                            runner
///     looks: pending
///                                          set_running(): true
///     returns true, and tears down
///     what the runner uses
///
/// stress and relacy must catch it, as a future that was cancelled and ran.

#include "primitives/future/future.hpp"

namespace gauntlet {

template <class T>
class future_cancelled_though_it_runs : public future<T> {
 public:
  future_cancelled_though_it_runs() = default;
  future_cancelled_though_it_runs(const future<T>& of) : future<T>(of) {}

  bool cancel() {
    if (this->running()) return false;
    if (this->done()) return this->cancelled();
    // flaw: it may have begun since; only the outcome of this call tells.
    static_cast<void>(future<T>::cancel());
    return true;
  }
};

}  // namespace gauntlet
