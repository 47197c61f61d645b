// Floats as decimals.
#pragma once

#include <string>

#include "tenon/base/types.h"

namespace tenon {

/// The shortest decimal that reads back as the same finite number, without an exponent: "-0.5", "100000", "0". Where two are
/// equally near the number, the one further from zero, as other WebAssembly tools print it. Thread-safe.
std::string shortest_decimal(f32 value);
std::string shortest_decimal(f64 value);

}  // namespace tenon
