#pragma once
/// What the parts of models/model.hpp on Relacy share: where Relacy's objects lie, and the recording of a step.

#include "models/relacy/execution.hpp"
#include "models/relacy/relacy.hpp"
#include "models/relacy/scheduler.hpp"

namespace gauntlet::model {

using relacy::current;
using relacy::execution;
using relacy::no_token;
using relacy::step;
using relacy::token;
using sync::site;

struct atomic_state {
  rl::atomic<token> newest;
  /// Written when the object is made and destroyed, read by each access: one that no happens-before orders with its
  /// life's beginning or end is a race, atomic or not ([intro.races], [basic.life]).
  rl::var<token> life;
  value_type type;
};

struct plain_state {
  rl::var<token> newest;
  value_type type;
};

static_assert(sizeof(atomic_state) <= sizeof(location) && sizeof(plain_state) <= sizeof(location));

inline atomic_state& atomic_at(const location& where) {
  return *reinterpret_cast<atomic_state*>(const_cast<unsigned char*>(where.opaque));
}
inline plain_state& plain_at(const location& where) {
  return *reinterpret_cast<plain_state*>(const_cast<unsigned char*>(where.opaque));
}

inline rl::debug_info info(site where) {
  return {where.function, where.file, where.line};
}

// Relacy's and the standard's memory orders have the same values.
inline rl::memory_order relacy_order(std::memory_order order) {
  return static_cast<rl::memory_order>(order);
}

inline int acting_thread() {
  return current().now == execution::phase::roles ? static_cast<int>(rl::ctx().current_thread()) : setup_thread;
}

inline step about(const char* operation, const void* object, value_type type, int order, site where) {
  return {.operation = operation,
          .thread = acting_thread(),
          .object = object,
          .type = type,
          .value = 0,
          .order = order,
          .read = no_token,
          .stale = false,
          .where = where};
}

/// A step that is being made: announced at construction, recorded by done().
class making {
 public:
  making(const char* operation, const void* object, value_type type, int order, site where)
      : step_(about(operation, object, type, order, where)) {
    current().intend(step_);
  }
  void named(const char* operation) { step_.operation = operation; }
  void reads(token read, bool stale) {
    step_.read = read;
    step_.stale = stale;
  }
  void done(bits value) {
    step_.value = value;
    current().record(step_);
  }

 private:
  step step_;
};

}  // namespace gauntlet::model
