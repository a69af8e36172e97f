#pragma once
/// A cell whose primitive is an unmodified program: make validate's, for a type that isn't written on the seam.

namespace gauntlet::rc11::unmodified {

/// Whether the program is a cell: models/rc11/unmodified/cell/program.cpp is linked into it.
bool is_cell() noexcept;

/// Does what harness/main.cpp does for other cells, as far as scripts/child.py asks it: lists its checks, or explores
/// them, and records what it finds. @return the exit status
int run_cell(int argc, char** argv, char** environment, int (*main)(int, char**, char**));

}  // namespace gauntlet::rc11::unmodified
