#include "models/rc11/bytes.hpp"

#include <algorithm>
#include <bit>
#include <string>

namespace gauntlet::rc11 {

namespace {

/// So much of a stack is the engine's: used up in its midst it could not say so.
constexpr std::size_t kept_stack = std::size_t{64} << 10U;

site at(const void* where) {
  return {where, nullptr, 0};
}

[[noreturn]] void raced(const char* what, const char* other_what, unsigned other, const void* other_where,
                        const void* where) {
  explorer& here = *explorer::current();
  here.fail("data_race",
            std::string("the ") + what + " by thread " + std::to_string(here.thread_index()) + " and the " +
                other_what + " by thread " + std::to_string(other) + " conflict, and no happens-before orders them",
            at(where), other, at(other_where));
}

}  // namespace

bytes::range& bytes::find(std::uintptr_t address) {
  const arena::use ordinary(arena::ordinary);
  auto& it = pages_[address >> 12U];
  if (it == nullptr) {
    it = std::make_unique<page>();
    it->number = address >> 12U;
    explorer::current()->grew(sizeof(page));
  }
  recent_[slot_of(it->number)] = it.get();
  return it->granules[(address >> 3U) % page_granules];
}

/// Bytes that were not accessed yet in this execution become a range of their own.
bytes::range& bytes::begun(std::uintptr_t granule, range& first, std::uint8_t mask, const char* what,
                           const void* where) {
  const auto begin = granule + static_cast<unsigned>(std::countr_zero(mask));
  const auto end = granule + 8U - static_cast<unsigned>(std::countl_zero(mask));
  const touch made = giver_.expect(begin, end, where);
  if (!ordered(made) && !here().replaying()) raced(what, "allocation", made.thread, made.where, where);
  range* it = &first;
  if (first.execution == execution_) {
    const std::uint32_t number = ranges_.add();
    it = &ranges_[number];
    *it = {};
    it->next = std::exchange(first.next, number);
  } else {
    *it = {};
  }
  it->execution = execution_;
  it->mask = mask;
  return *it;
}

/// The bytes outside of `mask` get a record of their own, with the same in it.
void bytes::divide(range& it, std::uint8_t mask) {
  const std::uint32_t number = ranges_.add();
  range& rest = ranges_[number];
  rest = it;
  rest.mask = static_cast<std::uint8_t>(it.mask & ~mask);
  it.mask = mask;
  it.next = number;
  std::uint32_t* link = &rest.more_reads;
  while (*link != 0) {
    const std::uint32_t copy = readers_.add();
    readers_[copy] = readers_[*link];
    *link = copy;
    link = &readers_[copy].next;
  }
}

/// Against what was recorded: plain accesses.
void bytes::judge(const range& it, bool writes, const char* what, const void* where) {
  if (!ordered(it.written)) raced(what, "write", it.written.thread, it.written.where, where);
  if (!writes) return;
  if (!ordered(it.read)) raced(what, "read", it.read.thread, it.read.where, where);
  for (std::uint32_t number = it.more_reads; number != 0; number = readers_[number].next) {
    const touch& other = readers_[number].read;
    if (!ordered(other)) raced(what, "read", other.thread, other.where, where);
  }
}

/// Against the atomic object's accesses, which the graph has.
void bytes::judge_events(const range& it, bool writes, const char* what, const void* where) {
  const graph& known = here().execution();
  const rc11::access by = here().now();
  const auto races = [&](event_id id) {
    return known[id].thread != by.thread && here().executed(id) && !known.covers(by.before, id);
  };
  for (event_id id = known.of_location(it.location).newest; id != no_event; id = known[id].older)
    if (races(id)) raced(what, "atomic write", known[id].thread, known[id].where(), where);
  if (!writes) return;
  for (event_id id = known.of_location(it.location).last_read; id != no_event; id = known[id].read_before)
    if (races(id)) raced(what, "atomic read", known[id].thread, known[id].where(), where);
}

void bytes::record(range& it, bool writes, const void* where) {
  const touch made{where, static_cast<tick>(here().done() + 1), static_cast<std::uint8_t>(here().thread_index())};
  if (writes) {
    it.written = made;
    it.read.when = 0;
    it.more_reads = 0;
    return;
  }
  if (it.read.when == 0 || it.read.thread == made.thread) {
    it.read = made;
    return;
  }
  for (std::uint32_t number = it.more_reads; number != 0; number = readers_[number].next)
    if (readers_[number].read.thread == made.thread) {
      readers_[number].read = made;
      return;
    }
  const std::uint32_t number = readers_.add();
  readers_[number] = {made, std::exchange(it.more_reads, number)};
}

void bytes::end_object(range& it, std::uintptr_t granule) {
  const auto begin = it.second_half ? granule - 8 : granule + static_cast<unsigned>(std::countr_zero(it.mask));
  if (it.size == 16) {
    range& other = this->granule(it.second_half ? granule - 8 : granule + 8);
    other.location = plain_data;
    other.second_half = false;
  }
  it.location = plain_data;
  it.second_half = false;
  here().forget(reinterpret_cast<const void*>(begin));
}

void bytes::first_look(std::uintptr_t address, std::uint8_t mask, bool writes, const void* where) {
  const arena::use ordinary(arena::ordinary);
  if (here().stack_left() < kept_stack) [[unlikely]]
    here().fail("crash", fiber::used_up(), at(where));
  const char* const what = writes ? "write" : "read";
  const std::uintptr_t begin = address & ~std::uintptr_t{7};
  range& first = granule(begin);
  std::uint8_t rest = mask;
  for (range* it = first.execution == execution_ ? &first : nullptr; it != nullptr && rest != 0; it = after(*it)) {
    const auto common = static_cast<std::uint8_t>(it->mask & rest);
    if (common == 0) continue;
    rest = static_cast<std::uint8_t>(rest & ~common);
    if (it->released) giver_.expect(begin + static_cast<unsigned>(std::countr_zero(common)), begin + 8, where);
    if (it->location != plain_data) {
      if (!here().replaying()) judge_events(*it, writes, what, where);
      if (!writes) {
        // The rest of the object is touched too, for all that will ask: it is accessed as one.
        record(*it, false, where);
        continue;
      }
      end_object(*it, begin);
    }
    if (common != it->mask) divide(*it, common);
    if (!here().replaying()) judge(*it, writes, what, where);
    record(*it, writes, where);
  }
  if (rest == 0) return;
  if (!writes && rest == mask) giver_.read_first(address, address + static_cast<unsigned>(std::popcount(mask)), where);
  record(begun(begin, first, rest, what, where), writes, where);
}

void bytes::span(const void* address, std::size_t size, bool writes, const void* where) {
  auto begin = reinterpret_cast<std::uintptr_t>(address);
  const auto end = begin + size;
  while (begin < end) {
    const auto part = std::min<std::size_t>(end - begin, 8U - (begin & 7U));
    access(reinterpret_cast<const void*>(begin), static_cast<unsigned>(part), writes, where);
    begin += part;
  }
}

/// An atomic object whose storage is accessed as one of another size: its life is over, if all that was done with it
/// comes before.
void bytes::judge_size(const range& it, unsigned size, const void* where) {
  const graph& known = here().execution();
  const rc11::access by = here().now();
  const auto expect_before = [&](event_id id) {
    if (known[id].thread == by.thread || !here().executed(id) || known.covers(by.before, id)) return;
    here().fail("undefined",
                "an atomic object of " + std::to_string(it.size) + " bytes is accessed as one of " +
                    std::to_string(size) + ": gauntlet knows no atomic accesses that overlap in part",
                at(where), known[id].thread, at(known[id].where()));
  };
  const auto& all = known.of_location(it.location);
  for (event_id id = all.newest; id != no_event; id = known[id].older) expect_before(id);
  for (event_id id = all.last_read; id != no_event; id = known[id].read_before) expect_before(id);
}

/// One range of exactly these bytes, for an atomic object of `size`.
bytes::range& bytes::atomic_part(std::uintptr_t begin, std::uint8_t mask, unsigned size, bool writes,
                                 const void* where) {
  const char* const what = writes ? "atomic write" : "atomic read";
  range& first = granule(begin);
  range* whole = nullptr;
  std::uint8_t rest = mask;
  for (range* it = first.execution == execution_ ? &first : nullptr; it != nullptr && rest != 0; it = after(*it)) {
    const auto common = static_cast<std::uint8_t>(it->mask & rest);
    if (common == 0) continue;
    rest = static_cast<std::uint8_t>(rest & ~common);
    if (it->released) giver_.expect(begin + static_cast<unsigned>(std::countr_zero(common)), begin + 8, where);
    if (it->location != plain_data && (it->mask != mask || it->size != size)) {
      if (!here().replaying()) judge_size(*it, size, where);
      end_object(*it, begin);
    }
    if (it->location == plain_data && common != it->mask) divide(*it, common);
    if (!here().replaying()) judge(*it, writes, what, where);
    if (whole == nullptr) {
      whole = it;
      continue;
    }
    // Written in pieces: what another thread has written is what it has to come after.
    whole->mask = static_cast<std::uint8_t>(whole->mask | it->mask);
    if (it->written.when != 0 && it->written.thread != here().thread_index()) whole->written = it->written;
    it->mask = 0;
  }
  if (whole == nullptr) return begun(begin, first, mask, what, where);
  whole->mask = mask;
  return *whole;
}

bytes::range& bytes::first_object(const void* address, unsigned size, bool writes, const void* where) {
  const arena::use ordinary(arena::ordinary);
  const auto a = reinterpret_cast<std::uintptr_t>(address);
  if (a % size != 0)
    here().fail(
        "undefined",
        "an atomic object of " + std::to_string(size) + " bytes lies at an address that isn't a multiple of that",
        at(where));
  const std::uintptr_t begin = a & ~std::uintptr_t{7};
  const auto mask = static_cast<std::uint8_t>(size >= 8 ? 0xffU : ((1U << size) - 1U) << (a & 7U));
  range& it = atomic_part(begin, mask, size, writes, where);
  range* const second = size == 16 ? &atomic_part(begin + 8, mask, size, writes, where) : nullptr;
  // Code that isn't instrumented wrote it: as good as a plain write.
  if (it.location != plain_data && !shows(it, address)) end_object(it, begin);
  if (it.location != plain_data) return it;
  it.location = here().begin(address, size, at(where));
  it.size = static_cast<std::uint8_t>(size);
  it.mirrored = no_event;
  if (second != nullptr) {
    second->location = it.location;
    second->size = it.size;
    second->second_half = true;
  }
  return it;
}

void bytes::release(const void* address, std::size_t size, const void* where) {
  const arena::use ordinary(arena::ordinary);
  const auto begin = reinterpret_cast<std::uintptr_t>(address) & ~std::uintptr_t{7};
  const auto end = reinterpret_cast<std::uintptr_t>(address) + size;
  for (std::uintptr_t at = begin; at < end; at += 8) {
    range& first = granule(at);
    if (first.execution != execution_) continue;
    for (range* it = &first; it != nullptr; it = after(*it)) {
      if (it->mask == 0) continue;
      if (!here().replaying()) judge(*it, true, "release", where);
      if (it->location != plain_data) {
        if (!here().replaying()) judge_events(*it, true, "release", where);
        end_object(*it, at);
      }
      it->released = true;
      record(*it, true, where);
    }
  }
}

bool bytes::is_shared(const void* address, std::size_t size) {
  const auto begin = reinterpret_cast<std::uintptr_t>(address) & ~std::uintptr_t{7};
  const auto end = reinterpret_cast<std::uintptr_t>(address) + size;
  const unsigned mine = here().thread_index();
  const auto by_another = [&](const touch& one) { return one.when != 0 && one.thread != mine; };
  for (std::uintptr_t at = begin; at < end; at += 8) {
    range& first = granule(at);
    if (first.execution != execution_) continue;
    for (const range* it = &first; it != nullptr; it = after(*it))
      if (it->location != plain_data || it->more_reads != 0 || by_another(it->written) || by_another(it->read))
        return true;
  }
  return false;
}

void bytes::renew(const void* address, std::size_t size) {
  const auto begin = reinterpret_cast<std::uintptr_t>(address) & ~std::uintptr_t{7};
  const auto end = reinterpret_cast<std::uintptr_t>(address) + size;
  for (std::uintptr_t at = begin; at < end; at += 8) granule(at).execution = 0;
}

}  // namespace gauntlet::rc11
