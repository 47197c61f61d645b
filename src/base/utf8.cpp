#include "tenon/base/utf8.h"

#include <cstring>

namespace tenon {

std::optional<char32_t> decode_utf8(Bytes bytes, std::size_t& pos) {
  if (pos >= bytes.size()) return std::nullopt;
  u8 lead = bytes[pos];
  if (lead < 0x80) {
    ++pos;
    return lead;
  }
  std::size_t extra = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  if (lead < 0xc2 || lead > 0xf4 || bytes.size() - pos <= extra) return std::nullopt;
  char32_t scalar = lead & (0x3f >> extra);
  for (std::size_t i = 1; i <= extra; ++i) {
    u8 next = bytes[pos + i];
    if ((next & 0xc0) != 0x80) return std::nullopt;
    scalar = scalar << 6 | (next & 0x3f);
  }
  constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  if (scalar < kLeast[extra] || scalar > 0x10ffff || (scalar >= 0xd800 && scalar < 0xe000)) return std::nullopt;
  pos += extra + 1;
  return scalar;
}

bool is_utf8(Bytes bytes) {
  std::size_t pos = 0;
  while (pos < bytes.size()) {
    // Eight ASCII bytes at a time: names are nearly always ASCII.
    if (bytes.size() - pos >= 8) {
      u64 chunk;
      std::memcpy(&chunk, bytes.data() + pos, 8);
      if ((chunk & 0x8080808080808080u) == 0) {
        pos += 8;
        continue;
      }
    }
    if (!decode_utf8(bytes, pos)) return false;
  }
  return true;
}

void append_utf8(std::string& out, char32_t scalar) {
  auto put = [&](u32 byte) { out.push_back(static_cast<char>(byte)); };
  if (scalar < 0x80) {
    put(scalar);
  } else if (scalar < 0x800) {
    put(0xc0 | scalar >> 6);
    put(0x80 | (scalar & 0x3f));
  } else if (scalar < 0x10000) {
    put(0xe0 | scalar >> 12);
    put(0x80 | (scalar >> 6 & 0x3f));
    put(0x80 | (scalar & 0x3f));
  } else {
    put(0xf0 | scalar >> 18);
    put(0x80 | (scalar >> 12 & 0x3f));
    put(0x80 | (scalar >> 6 & 0x3f));
    put(0x80 | (scalar & 0x3f));
  }
}

}  // namespace tenon
