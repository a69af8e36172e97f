#pragma once
/// A token that goes round: each thread waits for it and passes it on, so that there is one waiting and one waking for
/// each thread and round. With one thread nobody ever waits; with two it is ping-pong.

#include <deque>

#include "bench/race.hpp"

namespace gauntlet::bench {

/// @tparam Seat where one thread waits: `void take()` waits for the token, `void give()` lets the one that waits have
/// it
template <class Seat>
class ring {
 public:
  ring(unsigned threads, std::uint64_t rounds) : expected_(threads * rounds), seats_(threads) { seats_.front().give(); }

  void run(unsigned thread, std::uint64_t rounds) {
    Seat& mine = seats_[thread];
    Seat& next = seats_[(thread + 1) % seats_.size()];
    for (; rounds != 0; --rounds) {
      mine.take();
      ++passed_;
      next.give();
    }
  }

  bool correct() const { return passed_ == expected_; }

 private:
  const std::uint64_t expected_;
  std::deque<Seat> seats_;
  /// Whoever has the token may write it.
  std::uint64_t passed_ = 0;
};

}  // namespace gauntlet::bench
