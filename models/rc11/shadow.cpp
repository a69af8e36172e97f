#include "models/rc11/shadow.hpp"

#include <stdexcept>

namespace gauntlet::rc11 {

void shadow::clear() {
  cells_.assign(64, {});
  names_.clear();
  slots_.clear();
  used_ = 0;
  execution_ = 0;
}

void shadow::begin(unsigned lanes) {
  if (cells_.empty()) clear();
  lanes_ = lanes;
  ++execution_;
  next_touch_ = 0;
}

void shadow::grow() {
  std::vector<cell> old(cells_.size() * 2);
  old.swap(cells_);
  for (const cell& it : old) {
    if (it.address == nullptr) continue;
    std::size_t slot = hash(it.address) & (cells_.size() - 1);
    while (cells_[slot].address != nullptr) slot = (slot + 1) & (cells_.size() - 1);
    cells_[slot] = it;
    for (std::uint16_t name = it.first_name; name != no_name; name = names_[name])
      slots_[name] = static_cast<std::uint32_t>(slot);
  }
}

shadow::cell& shadow::find(const void* address) {
  std::size_t slot = hash(address) & (cells_.size() - 1);
  while (cells_[slot].address != address) {
    if (cells_[slot].address == nullptr) {
      if (2 * ++used_ > cells_.size()) {
        grow();
        --used_;
        return at(address);
      }
      cells_[slot].address = address;
      break;
    }
    slot = (slot + 1) & (cells_.size() - 1);
  }
  cell& it = cells_[slot];
  if (it.execution != execution_) {
    it.execution = execution_;
    it.alive = life::unknown;
    it.name = no_name;
    it.written = 0;
    it.first_touch = next_touch_;
    next_touch_ += lanes_;
    if (touched_.size() < next_touch_) touched_.resize(next_touch_ * std::size_t{2});
    rc11::clear(touched_.data() + it.first_touch, lanes_);
  }
  return it;
}

void shadow::begin_life(cell& where, unsigned size, bool atomic) {
  where.alive = life::alive;
  where.size = static_cast<std::uint8_t>(size);
  where.initialised = true;
  where.atomic = atomic;
  if (!atomic) return;
  std::uint16_t& name = where.name == no_name ? where.first_name : names_[where.name];
  if (name == no_name) {
    if (names_.size() == no_name) throw std::length_error("rc11: more than 65,535 atomic objects in one exploration");
    name = static_cast<std::uint16_t>(names_.size());
    where.location = where.name = name;
    names_.push_back(no_name);
    slots_.push_back(static_cast<std::uint32_t>(&where - cells_.data()));
    return;
  }
  where.location = where.name = name;
}

int shadow::write(cell& where, const access& by) {
  if (where.written != 0 && where.writer != by.thread && by.before[where.writer] < where.written) return where.writer;
  tick* const readers = touched_.data() + where.first_touch;
  readers[by.thread] = 0;
  if (exceeds(readers, by.before, lanes_))
    for (unsigned other = 0; other < lanes_; ++other)
      if (readers[other] > by.before[other]) return static_cast<int>(other);
  rc11::clear(readers, lanes_);
  where.writer = static_cast<std::uint8_t>(by.thread);
  where.written = static_cast<tick>(by.when + 1);
  return -1;
}

}  // namespace gauntlet::rc11
