#pragma once
/// What is slow to parse in the sources of an engine and its cells. The Makefile compiles it once for each engine and
/// gives it to every compilation; no source includes it, and each includes what it needs.

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "harness/specification.hpp"
