#pragma once
/// LB: each load reads the store that comes after the other load. C++20 allows it where nothing synchronizes, but for
/// values that come out of thin air; RC11 never does.

#include "models/litmus/catalogue.hpp"

namespace gauntlet::litmus {

inline std::vector<test> load_buffering() {
  using enum status;
  return {
      {.name = "lb_rlx",
       .threads = {{load(r0, x, rlx), store(y, 1, rlx)}, {load(r1, y, rlx), store(x, 1, rlx)}},
       .weak = "11",
       .cxx20 = allowed,
       .source = "Herding Cats, no thin air: lb",
       .differs = no_cycles,
       .outcomes = "00 01 10",
       .executions = 3},
      {.name = "lb_acq_rlx",
       .threads = {{load(r0, x, acq), store(y, 1, rlx)}, {load(r1, y, rlx), store(x, 1, rlx)}},
       .weak = "11",
       .cxx20 = allowed,
       .source = "[intro.races]: an acquire of a relaxed store synchronizes with nothing",
       .differs = no_cycles,
       .outcomes = "00 01 10",
       .executions = 3},
      {.name = "lb_acq_rel",
       .threads = {{load(r0, x, acq), store(y, 1, rel)}, {load(r1, y, acq), store(x, 1, rel)}},
       .weak = "11",
       .source = "[intro.races]: happens-before has no cycle",
       .outcomes = "00 01 10",
       .executions = 3},
      {.name = "lb_fences",
       .threads = {{load(r0, x, rlx), fence(acq_rel), store(y, 1, rlx)},
                   {load(r1, y, rlx), fence(acq_rel), store(x, 1, rlx)}},
       .weak = "11",
       .source = "[atomics.fences]/2",
       .outcomes = "00 01 10",
       .executions = 3},
      {.name = "lb_data",
       .threads = {{load(r0, x, rlx), store(y, r0, rlx)}, {load(r1, y, rlx), store(x, r1, rlx)}},
       .weak = "11",
       .source = "[atomics.order]/8: no value out of thin air",
       .outcomes = "00",
       .executions = 3},
      {.name = "lb_control",
       .threads = {{load(r0, x, rlx), when(r0, 1, store(y, 1, rlx))},
                   {load(r1, y, rlx), when(r1, 1, store(x, 1, rlx))}},
       .weak = "11",
       .source = "[atomics.order]/9, a note on out of thin air",
       .outcomes = "00",
       .executions = 1},
      {.name = "3_lb_rlx",
       .threads = {{load(r0, x, rlx), store(y, 1, rlx)},
                   {load(r1, y, rlx), store(z, 1, rlx)},
                   {load(r2, z, rlx), store(x, 1, rlx)}},
       .weak = "111",
       .cxx20 = allowed,
       .source = "Herding Cats, no thin air: 3.lb",
       .differs = no_cycles,
       .outcomes = "000 001 010 011 100 101 110",
       .executions = 7},
  };
}

}  // namespace gauntlet::litmus
