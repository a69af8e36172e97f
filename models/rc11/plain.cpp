/// Plain data: races, reads of what was never written, and failures at large.

#include <algorithm>
#include <string>

#include "models/rc11/arena.hpp"
#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11 {

void explorer::fail(const std::string& violation_class, const std::string& message, const site& at) {
  const arena::use ordinary(arena::ordinary);
  // What would be, had it read something else, is no failure yet.
  if (me().trying) not_in_vain();
  // Copies, as the arguments lie in the program's own memory.
  found_.broken = {std::string(violation_class.c_str()), std::string(message.c_str()), running_, at};
  abandon();
}

void explorer::fail(const std::string& violation_class, const std::string& message, const site& at,
                    unsigned other_thread, const site& other) {
  const arena::use ordinary(arena::ordinary);
  if (me().trying) not_in_vain();
  found_.broken = {
      std::string(violation_class.c_str()), std::string(message.c_str()), running_, at, other_thread, other};
  abandon();
}

void explorer::run_again() {
  const arena::use ordinary(arena::ordinary);
  if (me().trying) not_in_vain();
  again_ = true;
  abandon();
}

void explorer::refuse(const std::string& why) {
  const arena::use ordinary(arena::ordinary);
  if (me().trying) not_in_vain();
  diverged_ = why.c_str();
  abandon();
}

bool explorer::is_on_another_stack(const void* address) const noexcept {
  return std::any_of(threads_.begin(), threads_.end(),
                     [&](const auto& it) { return it.get() != running_thread_ && it->stack.holds(address); });
}

void explorer::raced(const char* what, int other, const site& at) {
  fail("data_race",
       std::string("the ") + what + " by thread " + std::to_string(running_) + " and an access by thread " +
           std::to_string(other) + " conflict, and no happens-before orders them",
       at);
}

void explorer::plain_create(const void* address, unsigned size, bool initialised, const site& at) {
  const arena::use ordinary(arena::ordinary);
  shadow::cell& it = shadow_.at(address);
  shadow_.begin_life(it, size, false);
  it.initialised = initialised;
  me().plain = me().plain || initialised;
  if (const int other = shadow_.write(it, now()); other >= 0) raced("initialisation", other, at);
}

void explorer::plain_destroy(const void* address, const site& at) {
  const arena::use ordinary(arena::ordinary);
  destroy(address, at);
}

void explorer::plain_read(const void* address, const site& at) {
  const arena::use ordinary(arena::ordinary);
  me().plain = true;
  shadow::cell& it = shadow_.at(address);
  if (it.alive == shadow::life::dead) fail("use_after_free", "plain data is read after its life has ended", at);
  if (const int other = shadow_.read(it, now()); other >= 0) raced("read", other, at);
  if (it.alive == shadow::life::alive && !it.initialised)
    fail("undefined", "plain data is read before it was given a value", at);
}

void explorer::plain_write(const void* address, const site& at) {
  const arena::use ordinary(arena::ordinary);
  me().plain = true;
  shadow::cell& it = shadow_.at(address);
  if (it.alive == shadow::life::dead) fail("use_after_free", "plain data is written after its life has ended", at);
  if (const int other = shadow_.write(it, now()); other >= 0) raced("write", other, at);
  it.initialised = true;
}

}  // namespace gauntlet::rc11
