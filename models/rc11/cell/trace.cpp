#include <algorithm>

#include "models/rc11/cell/run.hpp"

namespace gauntlet::rc11 {

harness::violation describe(explorer& found, const violation& broken, const std::function<void()>& program,
                            const harness::scenario& what, const void* storage) {
  account& told = current();
  told.recording = true;
  found.repeat(program);
  told.recording = false;

  const model::scenario_cast who(what, storage, told.heap, told.roles);
  harness::violation out = tell(found, broken, told, who);
  if (const sync::site where = from(broken.where); !out.where && where.file != nullptr) out.where = harness::at(where);
  if (out.violation_class == "leak") {
    const auto left = std::find_if(told.heap.begin(), told.heap.end(), [](const auto& it) { return it.second.alive; });
    if (left != told.heap.end())
      out.message = model::heap_name(left->second) + " is still alive when everything is over";
  }
  return out;
}

}  // namespace gauntlet::rc11
