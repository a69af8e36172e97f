#pragma once
/// A step, kept only while a failure is told.

#include "models/rc11/cell/account.hpp"

namespace gauntlet::model {

using rc11::at;
using rc11::current;
using rc11::engine;

/// What a location keeps where it lies.
inline value_type& type_at(const location& where) {
  return *reinterpret_cast<value_type*>(const_cast<unsigned char*>(where.opaque));
}

/// Announced at construction, recorded by done().
class telling {
 public:
  telling(const char* operation, const void* object, value_type type, int order, sync::site where) {
    if (!current().recording) [[likely]]
      return;
    step_ = {operation, rc11::acting(), object, type, 0, order, {}, false, where};
    current().accesses.see_write(step_.thread);
    current().intend(step_);
  }
  void named(const char* operation) { step_.operation = operation; }
  void concerns(const void* object) { step_.object = object; }
  void ordered(std::memory_order how) { step_.order = static_cast<int>(how); }
  void done(bits value) { record(value, rc11::no_event, rc11::no_event); }
  /// The thread's last event is the step's.
  void read(bits value) { record(value, current().recording ? engine().last_event() : rc11::no_event, rc11::no_event); }
  void wrote(bits value) {
    record(value, rc11::no_event, current().recording ? engine().last_event() : rc11::no_event);
  }
  void exchanged(bits value) {
    if (!current().recording) return;
    const auto last = engine().last_event();
    record(value, engine().execution()[last].previous, last);
  }

 private:
  void record(bits value, rc11::event_id from, rc11::event_id written) {
    if (!current().recording) [[likely]]
      return;
    step_.value = value;
    current().record(step_, from, written);
  }
  told_step step_;
};

/// An access to ordinary memory, or the release of some: announced at construction, recorded at the end.
class told_access {
 public:
  [[gnu::always_inline]] told_access(const char* operation, const void* address, std::size_t size)
      : recording_(current().recording) {
    if (recording_) [[unlikely]]
      current().accesses.begin(operation, address, size);
  }
  [[gnu::always_inline]] ~told_access() {
    if (recording_) [[unlikely]]
      current().accesses.end();
  }
  told_access(const told_access&) = delete;
  told_access& operator=(const told_access&) = delete;

 private:
  bool recording_;
};

}  // namespace gauntlet::model
