// Short names for fixed-width types, used everywhere in Tenon. Nothing else lives here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tenon {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i8 = std::int8_t;
using i16 = std::int16_t;
using i32 = std::int32_t;
using i64 = std::int64_t;
using f32 = float;
using f64 = double;

/// A view of bytes that somebody else owns.
using Bytes = std::span<const u8>;

/// Views text as bytes; the text must outlive the view.
inline Bytes as_bytes(std::string_view text) {
  // SAFETY: u8 may alias any object, and the length is the text's own.
  return {reinterpret_cast<const u8*>(text.data()), text.size()};
}

/// Views bytes as text, without checking that they are UTF-8; the bytes must outlive the view.
inline std::string_view as_text(Bytes bytes) {
  // SAFETY: char may alias any object, and the length is the span's own.
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace tenon
