#include "count.h"

#include <array>

#include "tenon/base/leb128.h"

namespace tenon::differ {

u64 counts[kOpCount];

namespace {

/// Ops by prefix (none, 0xfb to 0xfe) and code.
constexpr u32 kCodes = 512;
std::array<std::array<u16, kCodes>, 5> positions() {
  std::array<std::array<u16, kCodes>, 5> made{};
  for (std::size_t i = 0; i < kOpCount; ++i) {
    const OpInfo& row = kOps[i];
    if (row.code < kCodes) made[row.prefix == 0 ? 0 : row.prefix - 0xfa][row.code] = static_cast<u16>(i);
  }
  return made;
}

}  // namespace

void count(const u8* pc) {
  static const auto ops = positions();
  if (*pc == 0xff) return;  // the interpreter's own way back to its host
  if (*pc < 0xfb) {
    ++counts[ops[0][*pc]];
    return;
  }
  const u8* at = pc + 1;
  ++counts[ops[*pc - 0xfa][decode_uleb<u32>(at)]];
}

}  // namespace tenon::differ
