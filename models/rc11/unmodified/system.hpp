#pragma once
/// What the program asks the system for. Input and output go through, in every execution anew; signals that a thread
/// sends to itself are handled at once; what can't be the same in every execution, or orders threads unseen, is
/// refused.

#include <string>

namespace gauntlet::rc11::unmodified {

/// Ends the search: the program has called `name` at `where`, which can't be explored. @param why a clause
[[noreturn]] void refuse_call(const char* name, const char* why, const void* where);

/// From now on executions begin with the signal handlers that there are; and the next one does.
void keep_signals();
void forget_signals() noexcept;
/// Whether the program has a handler of its own for it.
bool is_handled(int number) noexcept;

/// An execution is over: closes what it has left open, and begins standard input anew.
void forget_files();
/// Standard input begins where it is, in each execution of each search.
void hold_input();
/// The program is about to read standard input, all of which is kept, so that each execution can read it.
void expect_input();

}  // namespace gauntlet::rc11::unmodified
