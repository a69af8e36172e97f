/// One scenario of a primitive's contract as a program of its own: std::atomic objects, threads and a main function.
///
///     program SCENARIO THREADS OPERATIONS

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <vector>

#include "harness/scenario.hpp"
#include "harness/tally.hpp"
#include "models/rc11/unmodified/scenarios.hpp"

namespace {

using namespace gauntlet;

// Before main, as that is run for each execution.
const harness::contract contract = harness::cell_contract();

void run(const harness::scenario& what, harness::shape size) {
  rc11::unmodified::roles_are(size.threads);
  void* const storage = std::aligned_alloc(64, (what.size + 63) / 64 * 64);
  what.construct(storage, size);
  what.before(storage);
  std::vector<std::thread> roles;
  roles.reserve(size.threads);
  for (unsigned role = 0; role < size.threads; ++role) roles.emplace_back(what.thread, storage, role);
  for (auto& role : roles) role.join();
  what.after(storage);
  if (what.outcome != nullptr) harness::tally(what).expect(storage);
  what.destroy(storage);
  std::free(storage);
}

}  // namespace

/// What the library asks a cell for: see models/rc11/unmodified/cell.cpp.
extern "C" const harness::contract* gauntlet_contract() {
  return &contract;
}

int main(int argc, char** argv) {
  const auto number = [&](int at) { return static_cast<unsigned>(std::atoi(argv[at])); };
  for (const auto& what : contract.scenarios())
    for (const auto& size : what.model)
      if (argc == 4 && argv[1] == what.name && number(2) == size.threads && number(3) == size.operations) {
        run(what, size);
        return 0;
      }
  std::fprintf(stderr, "%s: expected a scenario, and its numbers of threads and operations\n", argv[0]);
  return 2;
}
