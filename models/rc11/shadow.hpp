#pragma once
/// What one execution knows of addresses: which location of the graph lies there, whether it is alive, and who touched
/// it last, which is what data races are judged by (vector clocks, as in Flanagan & Freund, "FastTrack", PLDI 2009, but
/// with every thread's last read).

#include <cstdint>
#include <vector>

#include "models/rc11/graph.hpp"

namespace gauntlet::rc11 {

/// A thread's accesses between two of its events count as of the index of the next one.
struct access {
  unsigned thread;
  tick when;
  /// What happens before it.
  const tick* before;
};

class shadow {
 public:
  enum class life : std::uint8_t { unknown, alive, dead };
  static constexpr std::uint16_t no_name = 0xffff;

  struct cell {
    const void* address = nullptr;
    std::uint32_t execution = 0;
    std::uint32_t first_touch = 0;  // in touched_
    life alive = life::unknown;
    bool initialised = false;
    bool atomic = false;
    std::uint8_t size = 0;
    std::uint16_t location = 0;
    /// In names_: of the first atomic object that ever lay here, and of the one that does.
    std::uint16_t first_name = no_name;
    std::uint16_t name = no_name;
    std::uint8_t writer = 0;
    tick written = 0;
  };

  /// Forgets what the last execution did; names of locations stay. @param lanes at least the number of threads
  void begin(unsigned lanes);
  void clear();

  /// The cell of `address`; it stays where it is until another address is asked for.
  cell& at(const void* address) {
    cell& it = cells_[hash(address) & (cells_.size() - 1)];
    return it.address == address && it.execution == execution_ ? it : find(address);
  }
  /// The cell of an atomic object's location, if it lies at `address` and is the newest that has lain there; else null.
  /// Whether it is still alive is not asked.
  [[gnu::always_inline]] cell* lies(std::uint16_t location, const void* address) {
    cell& it = cells_[slots_[location]];
    return it.address == address && it.execution == execution_ && it.location == location ? &it : nullptr;
  }
  /// A new object begins its life at the cell's address: it gets the location that this address's so-many-th object has
  /// in every execution. @throws std::length_error beyond 65,535 locations
  void begin_life(cell& where, unsigned size, bool atomic);

  /// Records the access. @return the thread whose access races with it, or -1
  int read(cell& where, const access& by) {
    touch(where, by.thread, by.when);
    if (where.written == 0 || where.writer == by.thread || by.before[where.writer] >= where.written) return -1;
    return where.writer;
  }
  int write(cell& where, const access& by);
  /// Records a read that is known not to race.
  void touch(const cell& where, unsigned thread, tick when) {
    touched_[where.first_touch + thread] = static_cast<tick>(when + 1);
  }

  unsigned locations() const noexcept { return static_cast<unsigned>(names_.size()); }

 private:
  static std::size_t hash(const void* address) {
    return static_cast<std::size_t>((reinterpret_cast<std::uintptr_t>(address) * 0x9e3779b97f4a7c15U) >> 20U);
  }
  cell& find(const void* address);
  void grow();

  std::uint32_t execution_ = 0;
  unsigned lanes_ = 8;
  std::size_t used_ = 0;
  std::vector<cell> cells_;
  /// For each cell that was touched in this execution, each thread's last read: its index + 1, or 0.
  std::vector<tick> touched_;
  std::uint32_t next_touch_ = 0;
  /// For each location, that of the next atomic object at the same address, or no_name.
  std::vector<std::uint16_t> names_;
  /// For each location, where in cells_ it lies.
  std::vector<std::uint32_t> slots_;
};

}  // namespace gauntlet::rc11
