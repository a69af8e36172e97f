#pragma once
/// What an explored program does in place of its main: searches, and says what was found.

namespace gauntlet::rc11::unmodified {

/// Takes what the C library would call main with. @return the exit status: 0 nothing is wrong in what was explored, 1
/// something is, 2 bad options, 3 the checker failed, 4 the budget was too small to say
int report(int argc, char** argv, char** environment, int (*main)(int, char**, char**));

}  // namespace gauntlet::rc11::unmodified
