// GuestMemory: the only way in which the WASI host touches a guest's memory. Every access asks for the memory anew and checks
// its whole range, so that nothing that grows or moves the memory in between can make an access stray. Other threads of the guest
// may write at the same time: what is checked is read once, into memory of the host's own.
#pragma once

#include <span>
#include <string_view>

#include "tenon/base/racy.h"
#include "tenon/base/result.h"
#include "tenon/base/types.h"

namespace tenon::wasi {

/// A 32-bit guest's memory as a host function sees it for the length of one call. Errors are ErrorCode::Host and end the call:
/// a wrong pointer is a trap, as preview 1 says.
class GuestMemory {
 public:
  /// Gives the memory as it is now.
  using View = std::span<u8> (*)(void* state);
  GuestMemory(void* state, View view) : state_(state), view_(view) {}
  /// A memory that stays where it is; for tests and hosts without growth.
  explicit GuestMemory(std::span<u8>& fixed)
      : GuestMemory(&fixed, [](void* state) { return *static_cast<std::span<u8>*>(state); }) {}

  u64 size() const { return view_(state_).size(); }

  /// The bytes [start, start + size), where they lie inside and `start` is a multiple of `align`. Valid until the guest runs.
  Result<std::span<u8>> range(u32 start, u64 size, u32 align = 1) const;

  /// One value at `at`, which must be aligned to its size (structures: to `align`). Guests and host are little-endian.
  template <class T>
  Result<T> read(u32 at, u32 align = alignof(T)) const {
    TENON_TRY(const std::span<u8> bytes, range(at, sizeof(T), align));
    return racy_load<T>(bytes.data());
  }
  template <class T>
  Result<> write(u32 at, const T& value, u32 align = alignof(T)) const {
    TENON_TRY(const std::span<u8> bytes, range(at, sizeof(T), align));
    racy_store(bytes.data(), value);
    return {};
  }
  /// Copies `bytes` to the guest.
  Result<> write_bytes(u32 at, Bytes bytes) const;

  /// `start` plus `count` elements of `size` bytes.
  static Result<u32> element(u32 start, u64 count, u32 size);

 private:
  void* state_;
  View view_;
};

}  // namespace tenon::wasi
