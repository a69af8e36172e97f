#include <algorithm>
#include <string_view>

#include "harness/leaves.hpp"
#include "harness/variables.hpp"
#include "models/rc11/cell/ordinary.hpp"
#include "models/rc11/cell/run.hpp"

namespace gauntlet::rc11 {

namespace {

/// With names for what `new` gave, too.
class cell_cast : public model::scenario_cast {
 public:
  cell_cast(const harness::scenario& what, const void* storage, const account& told)
      : scenario_cast(what, storage, told.heap, told.roles), blocks_(read_) {
    for (const auto& it : ordinary().blocks())
      blocks_.add_block({reinterpret_cast<const void*>(it.begin), it.size, {it.allocated.where}});
  }

 private:
  const harness::leaf* leaf_at(const void* object) const override {
    const harness::leaf* const known = scenario_cast::leaf_at(object);
    return known != nullptr ? known : blocks_.at(object);
  }
  std::string subject(const model::told_step& did) const override {
    const std::string name = std::string_view(did.operation) == "free" ? blocks_.block_name(did.object) : "";
    return name.empty() ? scenario_cast::subject(did) : name;
  }
  std::string target(const void* address) const override {
    const std::string name = blocks_.block_name(address);
    return name.empty() ? scenario_cast::target(address) : name;
  }

  harness::frames read_;
  harness::variables blocks_;
};

}  // namespace

harness::violation describe(explorer& found, const violation& broken, const std::function<void()>& program,
                            const harness::scenario& what, const void* storage) {
  account& told = current();
  told.recording = true;
  const auto again = found.repeat(program);
  told.recording = false;
  // Of two accesses that race, the one that comes second now may have been the first.
  const bool fails = fails_a_step(broken.violation_class) && again && fails_a_step(again->violation_class);
  const violation& seen = fails ? *again : broken;
  told.accesses.settle(told.intended(static_cast<int>(seen.thread) + told.first()));

  const cell_cast who(what, storage, told);
  harness::violation out = tell(found, seen, told, who);
  if (!out.where && seen.where.where != nullptr)
    out.where = is_of_seam(seen.where) ? harness::at(from(seen.where)) : told.accesses.place_of({seen.where.where});
  if (out.violation_class == "leak") {
    const auto left = std::find_if(told.heap.begin(), told.heap.end(), [](const auto& it) { return it.second.alive; });
    if (left != told.heap.end())
      out.message = model::heap_name(left->second) + " is still alive when everything is over";
  }
  return out;
}

}  // namespace gauntlet::rc11
