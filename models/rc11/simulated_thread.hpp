#pragma once
/// A simulated thread, as it stands in the execution that runs.

#include <cstdint>
#include <vector>

#include "models/rc11/event.hpp"
#include "models/rc11/fiber.hpp"
#include "models/rc11/limits.hpp"

namespace gauntlet::rc11 {

struct simulated_thread {
  enum class status : std::uint8_t { none, fresh, waiting, beyond, joining, watching, asleep, blocked, finished };
  fiber stack;
  status now = status::none;
  /// The last event that it has done, and the one that it does next if the graph holds one.
  event_id last = no_event;
  event_id next = no_event;
  /// By limits::events; or as what it would do otherwise is another execution's.
  bool held = false;
  /// All that it does is to look under locks, until it finds something else there: see explorer::await_polled.
  bool polls = false;
  /// It made a plain access since its last event.
  bool plain = false;
  unsigned children = 0;
  void (*function)(void*) = nullptr;
  void* argument = nullptr;
  /// The thread that this one joins or watches; or everybody.
  unsigned other = 0;
  /// The word that it sleeps on, and what that held; whether it gives up when nobody else can go on.
  bool timed = false;
  bool gives_up = false;
  /// It is held by an object that somebody else has to release.
  bool locked_out = false;
  const void* word = nullptr;
  bits expected = 0;
  std::uint16_t queue = 0;
  /// It fell asleep whatever the word held.
  bool unconditional = false;
  /// The awaits that it is in, outermost first: where their iterations began, among its events.
  struct await {
    unsigned from;
    bool waits;
  };
  std::vector<await> awaits;
  /// What an iteration in vain read and took back: a location, how many writes it had, and whether it was the newest
  /// one that was read. More may end the wait.
  struct wish {
    std::uint16_t location;
    std::uint16_t writes;
    bool newest;
  };
  std::vector<wish> wishes;
  /// While it goes once more through an iteration that was in vain: the event that it should do next, and did before.
  event_id probe = no_event;
  bool probing = false;
  std::size_t probed_await = 0;
  /// While it tries what the iteration would do if its last read had read another write; before what it does with the
  /// newest is known.
  bool trying = false;
  bool trying_first = false;
  event_id tried = no_event;
  event_id instead = no_event;
  site where;
};

}  // namespace gauntlet::rc11
