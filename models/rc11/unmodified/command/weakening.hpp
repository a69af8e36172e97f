#pragma once
/// Which memory orders a program needs: each is made relaxed by itself, and the program explored with that.

#include "models/rc11/unmodified/command/building.hpp"

namespace gauntlet::rc11::unmodified {

/// @throws std::invalid_argument if no order was weakened in a program that was built to have some: what could be is
/// listed
void expect_weakened(const building& built, const std::string& place);

/// Says of each order of the program's own sources what becomes of it without. @return the exit status: 0 if it was
/// said, 2 without a program, 3 if the checker failed, else what the program as it is came to
int weaken_each(building& built, const request& asked);

}  // namespace gauntlet::rc11::unmodified
