/// Plain memory that isn't a sync::var: Relacy has no words for accesses to parts of objects, so nothing is done.

#include <cstddef>

static void look(const void*, unsigned, bool, bool, const void*) {}
static void look_along(const void*, std::size_t, bool, const void*) {}

#include "models/copies.hpp"
