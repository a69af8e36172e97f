#include "models/trace.hpp"

#include <algorithm>
#include <string_view>

#include "harness/leaves.hpp"

namespace gauntlet::model {

namespace {

const char* order_name(int order) {
  constexpr const char* orders[] = {"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};
  return order < 0 ? "" : orders[order];
}

std::string hexadecimal(bits value) {
  std::string digits;
  do {
    digits.insert(digits.begin(), "0123456789abcdef"[static_cast<unsigned>(value & 15U)]);
    value >>= 4U;
  } while (value != 0);
  return "0x" + digits;
}

/// Whether a step conflicts with every other on its object. An atomic access does so only with the object's making and
/// end.
bool modifies(const told_step& did) {
  const std::string_view operation = did.operation;
  return operation == "write" || operation == "destroy" || operation == "initialise" || operation == "free";
}

}  // namespace

bool overlap(const told_step& one, const told_step& other) {
  if (one.extent == 0 && other.extent == 0) return one.object == other.object;
  const auto* const a = static_cast<const char*>(one.object);
  const auto* const b = static_cast<const char*>(other.object);
  return a != nullptr && b != nullptr && a < b + other.extent && b < a + one.extent;
}

std::string heap_name(const block& what) {
  return harness::readable_type(what.type) + "#" + std::to_string(what.number);
}

const char* name_of(sync::rmw operation) {
  constexpr const char* names[] = {"exchange", "fetch_add", "fetch_sub", "fetch_and", "fetch_or", "fetch_xor"};
  return names[static_cast<int>(operation)];
}

scenario_cast::scenario_cast(const harness::scenario& what, const void* storage, const blocks& heap,
                             unsigned role_count)
    : what_(what), heap_(heap), role_count_(role_count) {
  names_.add(storage, what.type->name(), "");
  for (const auto& [address, made] : heap_) names_.add(address, made.type, heap_name(made) + ".");
}

std::string cast::shown(bits value, value_type type) const {
  switch (type.kind) {
    case value_kind::boolean:
      return value != 0 ? "true" : "false";
    case value_kind::unsigned_integer:
      return std::to_string(static_cast<std::uint64_t>(value));
    case value_kind::signed_integer: {
      const unsigned unused = 64U - std::min(type.size, std::uint8_t{8}) * 8U;
      return std::to_string(static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << unused) >> unused);
    }
    case value_kind::pointer: {
      if (value == 0) return "null";
      const auto name = target(reinterpret_cast<const void*>(static_cast<std::uintptr_t>(value)));
      return name.empty() ? hexadecimal(value) : "&" + name;
    }
    case value_kind::other:
      break;
  }
  return type.size == 0 ? "" : hexadecimal(value);
}

std::string scenario_cast::target(const void* address) const {
  const auto found = heap_.find(address);
  return found == heap_.end() ? "" : heap_name(found->second);
}

std::string scenario_cast::variable(const void* object) const {
  if (object == nullptr) return "";
  if (const harness::leaf* const known = leaf_at(object)) return known->name;
  const auto found = heap_.find(object);
  if (found != heap_.end()) return heap_name(found->second);
  // A local of some thread: no debug information says which frame it lies in.
  std::size_t place = 0;
  while (place < locals_.size() && locals_[place] != object) ++place;
  if (place == locals_.size()) locals_.push_back(object);
  return "local#" + std::to_string(place);
}

std::string scenario_cast::subject(const told_step& did) const {
  const std::string_view operation = did.operation;
  const auto found = heap_.find(did.object);
  if ((operation == "allocate" || operation == "free") && found != heap_.end()) return heap_name(found->second);
  return variable(did.object);
}

std::string scenario_cast::role(int thread) const {
  if (thread == setup_thread) return "setup";
  const auto index = static_cast<unsigned>(thread);
  return index < role_count_ ? std::string(what_.role(index)) : "spawned " + std::to_string(index - role_count_ + 1);
}

std::string scenario_cast::person(int thread) const {
  return thread == setup_thread ? "setup" : role(thread) + " " + std::to_string(thread);
}

/// Of ordinary memory only what is the same in every process: no addresses.
value_type scenario_cast::type_of(const told_step& did) const {
  if (did.extent == 0) return did.type;
  const harness::leaf* const known = leaf_at(did.object);
  if (known == nullptr || known->size != did.type.size) return {};
  const value_type type = read_as(known, did.type);
  const auto* const pointed = reinterpret_cast<const void*>(static_cast<std::uintptr_t>(did.value));
  const bool is_told = type.kind != value_kind::pointer || pointed == nullptr || !target(pointed).empty();
  return is_told ? type : value_type{};
}

value_type cast::read_as(const harness::leaf* known, value_type type) {
  if (type.size == 0 || type.size > 8) return type;
  // A part of something larger is a number at most.
  if (known == nullptr || known->size != type.size) return {value_kind::unsigned_integer, type.size};
  constexpr value_kind kinds[] = {value_kind::unsigned_integer, value_kind::signed_integer, value_kind::boolean,
                                  value_kind::pointer, value_kind::unsigned_integer};
  return {kinds[static_cast<int>(known->kind)], type.size};
}

harness::trace_event cast::told(const told_step& did, std::uint64_t number) const {
  harness::trace_event event;
  event.step = number;
  event.thread = did.thread;
  event.role = role(did.thread);
  event.operation = did.operation;
  event.variable = subject(did);
  event.value = shown(did.value, type_of(did));
  event.order = order_name(did.order);
  event.reads_from = did.reads_from;
  event.stale = did.stale;
  if (did.where.file != nullptr) event.where = harness::at(did.where);
  if (did.place != nullptr && !did.place->file.empty()) event.where = *did.place;
  return event;
}

std::string race(const cast& who, const std::vector<told_step>& steps, const told_step& failed) {
  for (auto it = steps.rbegin(); it != steps.rend(); ++it) {
    if (!overlap(*it, failed) || it->thread == failed.thread) continue;
    if (!modifies(*it) && !modifies(failed)) continue;
    return who.variable(failed.object) + ": the " + failed.operation + " by " + who.person(failed.thread) +
           " and the " + it->operation + " by " + who.person(it->thread) + " at step " +
           std::to_string(steps.rend() - it - 1) + " conflict, and no happens-before orders them";
  }
  return who.variable(failed.object) + ": two conflicting accesses that no happens-before orders";
}

}  // namespace gauntlet::model
