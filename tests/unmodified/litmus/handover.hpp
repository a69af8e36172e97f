#pragma once
/// Random programs whose threads hand plain data to each other by flags and counters, of orders that may be too weak.

#include <random>

#include "models/litmus/program.hpp"

namespace gauntlet::oracle {

/// Two to three threads of a few steps each: write plain data and raise a flag; look at a flag and, if it is raised,
/// read or write what it stands for; count up and do so, if the count is right; a fence. About a third has no race.
/// The same numbers give the same program everywhere.
inline litmus::program handover_program(std::mt19937_64& numbers) {
  using namespace litmus;
  const auto below = [&](unsigned bound) { return static_cast<unsigned>(numbers() % bound); };
  const auto flag = [&] { return below(3) ? x : y; };
  const auto data = [&] { return below(3) ? a : b; };
  const auto some = [&] { return static_cast<int>(1 + below(2)); };
  const auto publication = [&] { return below(5) == 0 ? rlx : (below(3) == 0 ? sc : rel); };
  const auto observation = [&] { return below(5) == 0 ? rlx : (below(3) == 0 ? sc : acq); };
  unsigned used = 0;
  const auto reg_left = [&](unsigned wanted) { return used + wanted <= register_count; };
  const auto next = [&] { return static_cast<reg>(used++); };

  program out(2 + below(2));
  for (auto& thread : out) {
    const std::size_t length = 2 + below(out.size() == 2 ? 4 : 3);
    while (thread.size() < length) {
      const unsigned step = below(8);
      if (step < 3) {
        thread.push_back(write(data(), some()));
        thread.push_back(store(flag(), some(), publication()));
      } else if (step < 6 && reg_left(2)) {
        const reg seen = next();
        const auto raised = static_cast<value>(some());
        thread.push_back(load(seen, flag(), observation()));
        thread.push_back(when(seen, raised, read(next(), data())));
        if (below(2)) thread.push_back(when(seen, raised, write(data(), some())));
        if (below(2)) thread.push_back(when(seen, raised, store(flag(), some(), publication())));
      } else if (step == 6 && reg_left(2)) {
        const reg seen = next();
        const auto before = static_cast<value>(below(2));
        thread.push_back(add(seen, flag(), 1, below(2) ? acq_rel : rel));
        thread.push_back(when(seen, before, read(next(), data())));
        thread.push_back(when(seen, before, write(data(), some())));
      } else {
        thread.push_back(fence(below(2) ? acq_rel : sc));
      }
    }
  }
  return out;
}

}  // namespace gauntlet::oracle
