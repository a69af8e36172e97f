#pragma once

/// A function that the code under test, or a library that it is linked with, calls.
#define GAUNTLET_ENTRY extern "C" [[gnu::visibility("default")]]
/// Where it was called.
#define GAUNTLET_CALLER __builtin_return_address(0)
