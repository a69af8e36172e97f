#pragma once
/// What C++ does at a program's beginning and end.

namespace gauntlet::rc11::unmodified {

/// The program's main comes next: what was asked for until now is asked for in each execution.
void end_of_startup();
/// An execution begins.
void begin_language();
/// Destroys static objects, and calls what atexit() was given, newest first.
void do_last_things();
/// An execution's keys of thread-specific values are no more.
void forget_keys();

}  // namespace gauntlet::rc11::unmodified
