#include "tenon/wasi/common/guest_memory.h"

#include <fmt/format.h>

#include <bit>

#include "tenon/spec/errors.h"

namespace tenon::wasi {

static_assert(std::endian::native == std::endian::little, "values are copied to guests as they are");

Result<std::span<u8>> GuestMemory::range(u32 start, u64 size, u32 align) const {
  const std::span<u8> memory = view_(state_);
  // Neither sum nor comparison can overflow: both operands are below 2^33.
  if (size > UINT32_MAX) return fail(ErrorCode::Host, "Pointer overflow");
  if (u64{start} + size > memory.size())
    return fail(ErrorCode::Host, fmt::format("Pointer out of bounds: Region {{ start: {}, len: {} }}", start, size));
  if (start % align != 0)
    return fail(ErrorCode::Host, fmt::format("Pointer not aligned to {}: Region {{ start: {}, len: {} }}", align, start, size));
  return memory.subspan(start, size);
}

Result<> GuestMemory::write_bytes(u32 at, Bytes bytes) const {
  TENON_TRY(const std::span<u8> target, range(at, bytes.size()));
  racy_copy(target.data(), bytes.data(), bytes.size());
  return {};
}

Result<u32> GuestMemory::element(u32 start, u64 count, u32 size) {
  u64 offset;
  if (__builtin_mul_overflow(count, u64{size}, &offset) || offset > UINT32_MAX - start)
    return fail(ErrorCode::Host, "Pointer overflow");
  return static_cast<u32>(start + offset);
}

}  // namespace tenon::wasi
