// LEB128 integers: unchecked decoding for bytes that were validated, and encoding. Checked reading is in reader.h.
#pragma once

#include <concepts>

#include "tenon/base/types.h"

namespace tenon {

/// Decodes an unsigned LEB128 at `p` and moves past it. The bytes must have been validated: nothing is checked.
template <std::unsigned_integral T>
inline T decode_uleb(const u8*& p) {
  u8 byte = *p++;
  T value = byte & 0x7f;
  for (unsigned shift = 7; byte & 0x80; shift += 7) {
    byte = *p++;
    value |= static_cast<T>(byte & 0x7f) << shift;
  }
  return value;
}

/// Decodes a signed LEB128 at `p` and moves past it. The bytes must have been validated: nothing is checked.
template <std::signed_integral T>
inline T decode_sleb(const u8*& p) {
  u64 value = 0;
  unsigned shift = 0;
  u8 byte;
  do {
    byte = *p++;
    value |= static_cast<u64>(byte & 0x7f) << shift;
    shift += 7;
  } while (byte & 0x80);
  if (shift < 64 && (byte & 0x40)) value |= ~u64{0} << shift;
  return static_cast<T>(value);
}

/// Moves `p` past one LEB128 of any kind.
inline void skip_leb(const u8*& p) {
  while (*p++ & 0x80) {
  }
}

/// Appends `value` in the fewest bytes. `Out` has push_back(u8).
template <class Out>
void append_uleb(Out& out, u64 value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<u8>(value | 0x80));
  out.push_back(static_cast<u8>(value));
}

/// Appends `value` in the fewest bytes. `Out` has push_back(u8).
template <class Out>
void append_sleb(Out& out, i64 value) {
  for (; value < -64 || value > 63; value >>= 7) out.push_back(static_cast<u8>(value | 0x80));
  out.push_back(static_cast<u8>(value & 0x7f));
}

}  // namespace tenon
