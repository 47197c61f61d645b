// Floats as the printer writes them.
#pragma once

#include "tenon/print/print.h"

namespace tenon::print {

/// The parts of a float's text.
struct FloatText {
  bool negative = false;  ///< a sign stands before the literal
  bool special = false;   ///< infinity or NaN
  std::string literal;    ///< "0x1.8p+1", "inf", "nan:0x1"
  std::string decimal;    ///< "3", "-inf", "NaN"; with its own sign
};
FloatText float_parts(u32 bits);
FloatText double_parts(u64 bits);

}  // namespace tenon::print
