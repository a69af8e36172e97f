#pragma once
/// Plain memory, byte by byte: who wrote and read what last, which bytes are an atomic object, and so whether two
/// accesses race (vector clocks, as in Flanagan & Freund, "FastTrack", PLDI 2009, but with every thread's last read).
///
/// Memory is looked at in granules of eight bytes. Most are only ever accessed as one: those have one record. Accesses
/// of different extent divide a granule into ranges, each with its own record, at the time that they come; so
/// overlapping accesses are judged exactly.
///
/// An atomic object's accesses are not recorded: the graph has them. It begins with the first atomic access, which
/// finds its initial value in memory, and ends with the first plain write. Memory shows the newest, in modification
/// order, of the writes that were made, for code that isn't instrumented; if something else lies there, such code has
/// written it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "models/rc11/arena.hpp"
#include "models/rc11/explorer.hpp"
#include "models/rc11/pool.hpp"

namespace gauntlet::rc11 {

/// The value of an object of 1, 2, 4, 8 or 16 bytes.
[[gnu::always_inline]] inline bits get(const void* address, unsigned size) noexcept {
  switch (size) {
    case 1:
      return *static_cast<const std::uint8_t*>(address);
    case 2:
      return *static_cast<const std::uint16_t*>(address);
    case 4:
      return *static_cast<const std::uint32_t*>(address);
    case 8:
      return *static_cast<const std::uint64_t*>(address);
    default:
      return *static_cast<const bits*>(address);
  }
}
[[gnu::always_inline]] inline void put(void* address, bits value, unsigned size) noexcept {
  switch (size) {
    case 1:
      *static_cast<std::uint8_t*>(address) = static_cast<std::uint8_t>(value);
      break;
    case 2:
      *static_cast<std::uint16_t*>(address) = static_cast<std::uint16_t>(value);
      break;
    case 4:
      *static_cast<std::uint32_t*>(address) = static_cast<std::uint32_t>(value);
      break;
    case 8:
      *static_cast<std::uint64_t*>(address) = static_cast<std::uint64_t>(value);
      break;
    default:
      *static_cast<bits*>(address) = value;
  }
}

class bytes {
 public:
  /// An access by `thread`, before its event number `when`; none if that is 0.
  struct touch {
    const void* where = nullptr;
    tick when = 0;
    std::uint8_t thread = 0;
  };
  static constexpr std::uint16_t plain_data = 0xffff;

  /// Whoever gives out storage: asked of bytes that an execution touches for the first time, or that were released.
  class giver {
   public:
    /// Fails the execution if [begin, end) is storage that nobody has, or no longer.
    /// @return who was given it; none if it was there before the first execution, or isn't of this giver's
    virtual touch expect(std::uintptr_t begin, std::uintptr_t end, const void* where) = 0;
    /// [begin, end) is read, and no instrumented code has written it.
    virtual void read_first(std::uintptr_t begin, std::uintptr_t end, const void* where) = 0;

   protected:
    ~giver() = default;
  };
  explicit bytes(giver& of) : giver_(of) {}

  /// The record of some bytes of one granule.
  struct range {
    std::uint32_t execution = 0;
    std::uint8_t mask = 0;
    bool released = false;
    /// Of an atomic object of 16 bytes, its second half.
    bool second_half = false;
    std::uint8_t size = 0;
    std::uint16_t location = plain_data;
    event_id mirrored = no_event;
    touch written;
    touch read;
    /// Further threads' reads, in readers_; and the granule's next range, in ranges_; 0 for none.
    std::uint32_t more_reads = 0;
    std::uint32_t next = 0;
  };

  /// Forgets what the last execution did. Any time before the next one does anything.
  void begin() noexcept {
    ++execution_;
    ranges_.clear();
    readers_.clear();
  }

  /// A plain access of up to 8 bytes.
  [[gnu::always_inline]] void access(const void* address, unsigned size, bool writes, const void* where) {
    const auto a = reinterpret_cast<std::uintptr_t>(address);
    const unsigned offset = a & 7U;
    if (offset + size > 8) [[unlikely]]
      return span(address, size, writes, where);
    const auto mask = static_cast<std::uint8_t>(((1U << size) - 1U) << offset);
    range* const it = known(a, mask);
    if (it != nullptr && it->location == plain_data && !it->released && it->more_reads == 0) [[likely]] {
      const auto thread = static_cast<std::uint8_t>(here().thread_index());
      const bool only_mine =
          (it->written.when == 0 || it->written.thread == thread) && (it->read.when == 0 || it->read.thread == thread);
      if (only_mine) [[likely]] {
        const touch made{where, static_cast<tick>(here().done() + 1), thread};
        (writes ? it->written : it->read) = made;
        if (writes) it->read.when = 0;
        return;
      }
    }
    first_look(a, mask, writes, where);
  }
  /// Of any size.
  void span(const void* address, std::size_t size, bool writes, const void* where);

  /// An atomic object is about to be accessed: it begins, if there is none yet. @return its record
  [[gnu::always_inline]] range& object(const void* address, unsigned size, bool writes, const void* where) {
    const auto a = reinterpret_cast<std::uintptr_t>(address);
    range* const it = known(a, static_cast<std::uint8_t>(size >= 8 ? 0xffU : ((1U << size) - 1U) << (a & 7U)));
    if (it != nullptr && it->location != plain_data && it->size == size && size <= 8 && !it->released &&
        (here().replaying() || is_quiet(*it, writes)) && shows(*it, address)) [[likely]]
      return *it;
    return first_object(address, size, writes, where);
  }
  /// Memory shows `write`, if it shows nothing newer.
  [[gnu::always_inline]] void mirror(range& it, void* address, event_id write) {
    const graph& known = here().execution();
    if (known.place_of(write) < known.place_of(it.mirrored)) return;
    it.mirrored = write;
    put(address, known[write].value, it.size);
  }

  /// Storage that is released: nobody may access it again, or do so at the same time. @param where it is released
  void release(const void* address, std::size_t size, const void* where);
  /// Whether any of it is an atomic object, or another thread accessed it in this execution.
  bool is_shared(const void* address, std::size_t size);
  /// Storage that is somebody's anew.
  void renew(const void* address, std::size_t size);

 private:
  static explorer& here() { return *explorer::current(); }

  static constexpr unsigned page_granules = 512;
  struct page {
    std::uintptr_t number = 0;
    range granules[page_granules];
  };

  range& granule(std::uintptr_t address) {
    page* const it = recent_[slot_of(address >> 12U)];
    if (it != nullptr && it->number == address >> 12U) [[likely]]
      return it->granules[(address >> 3U) % page_granules];
    return find(address);
  }
  range& find(std::uintptr_t address);
  /// Threads' stacks and heaps lie apart by powers of two.
  static std::size_t slot_of(std::uintptr_t page_number) {
    return (page_number ^ (page_number >> 8U) ^ (page_number >> 14U)) % recent;
  }
  /// The record of exactly these bytes of a granule, or null.
  [[gnu::always_inline]] range* known(std::uintptr_t address, std::uint8_t mask) {
    range* it = &granule(address);
    if (it->execution != execution_) return nullptr;
    while (it->mask != mask) {
      if (it->next == 0) return nullptr;
      it = &ranges_[it->next];
    }
    return it;
  }

  bool is_quiet(const range& it, bool writes) const {
    return ordered(it.written) && (!writes || it.read.when == 0 || (it.more_reads == 0 && ordered(it.read)));
  }
  /// Whether it happens before what the calling thread does now.
  static bool ordered(const touch& one) {
    if (one.when == 0) return true;
    const rc11::access by = here().now();
    return one.thread == by.thread || by.before[one.thread] >= one.when;
  }
  bool shows(const range& it, const void* address) const {
    return get(address, it.size) == here().execution().value_of(it.location, it.mirrored);
  }

  void first_look(std::uintptr_t address, std::uint8_t mask, bool writes, const void* where);
  range& first_object(const void* address, unsigned size, bool writes, const void* where);
  range& atomic_part(std::uintptr_t granule, std::uint8_t mask, unsigned size, bool writes, const void* where);
  range& begun(std::uintptr_t granule, range& first, std::uint8_t mask, const char* what, const void* where);
  void divide(range& it, std::uint8_t mask);
  void judge(const range& it, bool writes, const char* what, const void* where);
  void judge_size(const range& it, unsigned size, const void* where);
  void judge_events(const range& it, bool writes, const char* what, const void* where);
  void record(range& it, bool writes, const void* where);
  void end_object(range& it, std::uintptr_t granule);
  range* after(const range& it) { return it.next == 0 ? nullptr : &ranges_[it.next]; }

  giver& giver_;
  static constexpr std::size_t recent = 1024;
  std::uint32_t execution_ = 1;
  page* recent_[recent] = {};
  std::unordered_map<std::uintptr_t, std::unique_ptr<page>> pages_;
  pool<range> ranges_;
  struct reader {
    touch read;
    std::uint32_t next;
  };
  pool<reader> readers_;
};

}  // namespace gauntlet::rc11
