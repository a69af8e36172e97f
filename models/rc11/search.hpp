#pragma once
/// Which execution graph comes next: TruSt (Kokologiannakis, Marmanis, Gladstein & Vafeiadis, "Truly Stateless, Optimal
/// Dynamic Partial Order Reduction", POPL 2022). Every consistent graph is built once: events are added one at a time;
/// a read's other writes, and a write's other places, are set aside as alternatives; and a new write revisits earlier
/// reads, which takes back what was added since, but only where all of that was added in the one canonical way. Of
/// graphs that differ only in which of several symmetric threads is which, one is built (twins.cpp).
///
/// A graph is never copied for an alternative: it is an item that says which of the newest events to take back. Only a
/// revisit makes a graph of its own, on a stack; so memory is linear in the depth of revisits.

#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "models/rc11/consistency.hpp"
#include "models/rc11/graph.hpp"

namespace gauntlet::rc11 {

class search {
 public:
  search(memory_model model, fault seeded) : order_(model, seeded), fault_(seeded) {}

  /// Starts anew, with an empty graph.
  void begin(unsigned lanes);
  /// Makes current() the next graph that is to be run on; unless there is none left, or none was found among the next
  /// thousand, so that who has a budget can look at it.
  enum class step : std::uint8_t { run, pause, end };
  step next();
  /// Bytes of graphs and of what is set aside.
  std::size_t held() const noexcept { return graphs_ + items_.capacity() * sizeof(item); }
  /// Gives them back. To be followed by begin().
  void release();

  /// How much of the search is done, from 0 to 1, if what is set aside together is equally large; exactly 1 at its end,
  /// but for rounding.
  double explored() const noexcept { return explored_; }
  /// Goes down a random path instead of through everything: makes current() one of the graphs that the last one has set
  /// aside, and forgets the others. @param ways is divided by how probable that one was @return false where there is
  /// none
  bool descend(std::mt19937_64& random, double& ways);
  /// Divides what is set aside in two parts of about the same size, and forgets one of them. To be followed by next().
  bool divisible() const noexcept { return items_.size() > 1; }
  /// From here on counts what is done of the part that was kept.
  void forget_progress() noexcept { explored_ = 0, dropped = 0; }
  enum class part : std::uint8_t { older, newer };
  void keep(part which);

  graph& current() noexcept { return *levels_[depth_].built; }

  // What a thread adds, when it has gone beyond what the graph holds.

  /// The read reads the newest write; the others are set aside.
  void add_read(const event& what, event_id& added);
  /// @return false if the graph with that write is not to be run any further
  bool add_write(const event& what, event_id& added);
  /// Whether the search has to begin anew, as it relied on something that isn't so.
  bool misled() noexcept { return std::exchange(anew_, false); }
  /// What a read whose write follows writes.
  event written_after(event_id read) const;
  /// A choice among `alternatives`. @param what of the first; what the others spend is in its `variant`
  event_id add_choice(const event& what, unsigned alternatives);
  /// A fence or a start.
  event_id add_other(const event& what);
  /// A join, of a thread that has ended; a watch, of one that has come as far as `reached`.
  event_id add_join(const event& what);
  event_id add_watch(const event& what, event_id reached);

  /// The alternative that next() would come to next, if it is one of `read`: the write that it would read instead. It
  /// can be dropped, if it is known to lead nowhere.
  std::optional<event_id> alternative(event_id read) const;
  void drop_alternative();

  /// Takes the newest event back, as if it had not been added yet: for one that has no alternatives.
  void withdraw() { current().cut(current().size() - 1); }

  /// Graphs that were built and came to nothing: inconsistent, or with two read-modify-writes of one write.
  std::uint64_t dropped = 0;
  std::uint64_t alternatives() const noexcept { return items_.size(); }

 private:
  enum class change : std::uint8_t { read, place, revisit, choice };
  struct item {
    change what;
    std::uint8_t variant;
    event_id event;
    /// The write to read, the write to be placed after, the write that revisits; of a choice, the alternative.
    event_id other;
    /// Of the whole search; while going down a random path, how probable it is.
    double share = 0;
    /// The event whose addition it is an alternative of.
    event_id added() const noexcept { return what == change::revisit ? other : event; }
  };
  struct level {
    std::unique_ptr<graph> built;
    std::size_t first_item = 0;
    /// The read whose revisit made the graph, and its size then.
    event_id revisited = no_event;
    unsigned size = 0;
    /// What is counted of it in graphs_.
    std::size_t bytes = 0;
  };

  void settle(unsigned own);
  void make_probable();
  bool consistent(event_id newest, event_id revisited = no_event);
  bool keeps_order(event_id read);
  bool in_queue_order(event_id bound) const;
  bool agree(event_id wake, event_id look) const;
  event_id known_of_queue(event_id look) const;
  /// The place of the oldest write that coherence lets a read that isn't bound yet read.
  unsigned oldest_readable(const graph& in, event_id read) const;
  bool apply(const item& chosen);
  bool revisit(const item& chosen);
  bool complete(event_id read);
  bool comes_too_late(event_id read);
  /// What comes before a write: what a revisit by it keeps.
  const tick* before(event_id write);
  void set_aside_revisits(event_id write);
  void take_out_what_waits(event_id read, event_id write);
  bool is_floor(event_id id) const;
  bool in_reach(unsigned thread, event_id previous, const tick* known) const;
  bool is_in_reach(event_id read, event_id write) const;
  void expect_in_reach(event_id read, event_id newest);
  template <class Visit>
  void each_revisited(unsigned location, const tick* known, unsigned until, std::optional<event_id> base,
                      Visit visit) const;
  bool moot(event_id read, event_id write);
  bool maximal(event_id id, const tick* known) const;
  void set_aside_places(event_id write, unsigned bound, bool first_is_kept);
  bool may_follow(event_id write, event_id after) const;
  /// See twins.cpp.
  void join_twins(tick* known) const;
  template <class Ask>
  bool each_elder(event_id id, Ask ask) const;
  /// Whether a read, a write or a choice that was bound leaves its thread's twins in order.
  bool in_order(event_id id);
  /// The oldest place that a write may be placed after for that.
  unsigned after_elders(event_id write) const;

  global_order order_;
  fault fault_;
  std::vector<level> levels_;
  std::size_t depth_ = 0;
  std::vector<item> items_;
  std::size_t graphs_ = 0;
  /// What the last item had of the whole search; and where those begin that it is to be divided among.
  double share_ = 1;
  std::size_t unshared_ = 0;
  double explored_ = 0;
  bool paused_ = false;
  /// Locations whose reads stay in the graph though they wait.
  std::vector<bool> stay_;
  bool anew_ = false;
  std::unique_ptr<graph> spare_;
  std::vector<event_id> renamed_;
  std::vector<tick> known_;
  std::vector<tick> elders_;
  /// Whether any thread has a twin.
  bool twins_ = false;
};

}  // namespace gauntlet::rc11
