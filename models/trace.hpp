#pragma once
/// What the model engines tell of a failed execution in the same words: steps, with names for what they touched.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/engine.hpp"
#include "harness/names.hpp"
#include "models/model.hpp"

namespace gauntlet::model {

/// The thread that runs before() and after().
inline constexpr int setup_thread = -1;
inline constexpr int no_order = -1;

/// What one thread did at one step.
struct told_step {
  const char* operation = "";
  int thread = setup_thread;
  const void* object = nullptr;
  value_type type;
  bits value = 0;
  /// A std::memory_order, or no_order.
  int order = no_order;
  std::optional<std::uint64_t> reads_from;
  bool stale = false;
  sync::site where{};
  /// Of an access to ordinary memory, how many bytes it touches, and where it was made; `where` is empty then.
  std::uint64_t extent = 0;
  const harness::position* place = nullptr;
};

/// Whether both touch the same object of the seam, or the same bytes of ordinary memory.
bool overlap(const told_step& one, const told_step& other);

/// A piece of the heap that the model watches.
struct block {
  std::size_t size;
  const char* type;
  /// How many of that type were made before it: names are `node#0`, `node#1`.
  unsigned number;
  bool alive;
};
using blocks = std::map<const void*, block>;

std::string heap_name(const block& what);

const char* name_of(sync::rmw operation);

/// Names for everything that an execution touched.
class cast {
 public:
  virtual ~cast() = default;

  virtual std::string variable(const void* object) const = 0;
  virtual std::string role(int thread) const = 0;
  /// "worker 1"
  virtual std::string person(int thread) const = 0;
  harness::trace_event told(const told_step& did, std::uint64_t number) const;

 protected:
  /// The variable of a step, or the heap node that it makes or frees.
  virtual std::string subject(const told_step& did) const { return variable(did.object); }
  /// What a pointer's value points to, or "".
  virtual std::string target(const void* address) const = 0;
  virtual value_type type_of(const told_step& did) const { return did.type; }
  /// How a value of that many bytes is read, where this is known of what it lies in.
  static value_type read_as(const harness::leaf* known, value_type type);

 private:
  std::string shown(bits value, value_type type) const;
};

class scenario_cast : public cast {
 public:
  /// @param storage where the scenario's object lies
  scenario_cast(const harness::scenario& what, const void* storage, const blocks& heap, unsigned role_count);

  std::string variable(const void* object) const override;
  std::string role(int thread) const override;
  std::string person(int thread) const override;

 protected:
  /// The member of the scenario's, or of what the model's heap holds, that lies there; or null.
  virtual const harness::leaf* leaf_at(const void* object) const { return names_.at(object); }
  std::string subject(const told_step& did) const override;
  std::string target(const void* address) const override;

 private:
  value_type type_of(const told_step& did) const override;

  const harness::scenario& what_;
  const blocks& heap_;
  unsigned role_count_;
  harness::names names_;
  mutable std::vector<const void*> locals_;
};

/// A race's two sides: the step that failed, and the last one that it conflicts with.
std::string race(const cast& who, const std::vector<told_step>& steps, const told_step& failed);

}  // namespace gauntlet::model
