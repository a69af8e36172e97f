#pragma once
/// The smallest program that still shows what a larger one showed.

#include <functional>

#include "models/litmus/program.hpp"

namespace gauntlet::oracle {

/// Takes away threads, then instructions, and makes what is left simpler, as long as `still_shows` says yes.
litmus::program shrunk(litmus::program from, const std::function<bool(const litmus::program&)>& still_shows);

}  // namespace gauntlet::oracle
